package ollama

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ollama/ollama/api"
	"github.com/shirou/gopsutil/v4/mem"

	"relook/agent/model"
)

// Room is the memory that a model may take, in bytes; 0 is unknown.
type Room struct {
	GPU    uint64 // of the largest GPU
	Memory uint64 // of the machine
}

// String is the room in words, such as "24 GB of memory".
func (r Room) String() string {
	if r.GPU > 0 {
		return fmt.Sprintf("%.0f GB of GPU memory", float64(r.GPU)/1e9)
	}
	return fmt.Sprintf("%.0f GB of memory", float64(r.Memory)/1e9)
}

const (
	// mostOnCPU is the size, in billions of parameters, above which a model is
	// taken without a GPU only if nothing smaller is installed: beyond it a reply
	// takes minutes.
	mostOnCPU = 4.5
	// mostUnknown is the same where the machine that runs the model is unknown.
	mostUnknown = 9
	// overhead is what a model takes beside its weights: the context and the
	// server's own buffers, in bytes and as a part of the weights.
	overhead     = 600e6
	overheadPart = 1.15
	// share is the part of the machine's memory that a model may take: the editor
	// and the browser need the rest.
	share = 0.5
)

// fits reports whether a model can run in the room at a speed for which a person
// waits.
func (r Room) fits(m api.ListModelResponse) bool {
	need := float64(m.Size)*overheadPart + overhead
	size := model.Billions(m.Details.ParameterSize)
	switch {
	case r.GPU > 0:
		return need <= float64(r.GPU)
	case r.Memory > 0:
		return need <= share*float64(r.Memory) && size <= mostOnCPU
	}
	return size <= mostUnknown
}

// choose picks the model that is most likely to repair pages well: of those that
// fit one that was made for relook, then one trained for code, then the largest.
// When none fits it is the smallest.
func (c *client) choose(ctx context.Context, room *Room) (name, why string, err error) {
	list, err := c.api.List(ctx)
	if err != nil {
		return "", "", c.explain(ctx, err)
	}
	usable := slices.DeleteFunc(slices.Clone(list.Models), func(m api.ListModelResponse) bool {
		return m.RemoteHost != "" || m.RemoteModel != "" || strings.Contains(m.Details.Family, "bert") || strings.Contains(m.Name, "embed")
	})
	if len(usable) == 0 {
		return "", "", &MissingModelError{}
	}
	if room == nil {
		room = &Room{}
		if c.isHere() {
			*room = RoomHere(ctx)
		}
	}
	name, fit := best(usable, *room)
	switch {
	case fit == 0:
		return name, fmt.Sprintf("the smallest of %s, though it may be slow in %s", installedModels(len(usable)), room), nil
	case *room == (Room{}):
		return name, "the best of " + installedModels(len(usable)), nil
	}
	return name, fmt.Sprintf("the best of %s, of which %d fit into %s", installedModels(len(usable)), fit, room), nil
}

func installedModels(n int) string {
	if n == 1 {
		return "1 installed model"
	}
	return fmt.Sprintf("%d installed models", n)
}

// best returns the name of the best of the models, and how many of them fit.
func best(models []api.ListModelResponse, room Room) (name string, fit int) {
	for _, m := range models {
		if room.fits(m) {
			fit++
		}
	}
	return slices.MinFunc(models, func(a, b api.ListModelResponse) int {
		fitsA, fitsB := room.fits(a), room.fits(b)
		order := cmp.Compare(b.Size, a.Size)
		if !fitsA && !fitsB {
			order = -order
		}
		pa, pb := model.Billions(a.Details.ParameterSize), model.Billions(b.Details.ParameterSize)
		return cmp.Or(
			trueFirst(fitsA, fitsB),
			trueFirst(fitsA && strings.Contains(a.Name, "relook"), fitsB && strings.Contains(b.Name, "relook")),
			trueFirst(fitsA && strings.Contains(a.Name, "code"), fitsB && strings.Contains(b.Name, "code")),
			sized(pa, pb, fitsA),
			order,
			cmp.Compare(a.Name, b.Name),
		)
	}).Name, fit
}

// sized orders by parameters: the largest first if they fit, else the smallest.
func sized(a, b float64, fits bool) int {
	if fits {
		return cmp.Compare(b, a)
	}
	return cmp.Compare(a, b)
}

func trueFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// isHere reports whether the server runs on this machine, as far as its address
// tells.
func (c *client) isHere() bool { return model.Loopback(c.host) }

// RoomHere is the room on this machine. A GPU is found by its driver's own tool
// (NVIDIA) or what the kernel tells of it (AMD on Linux); on Apple's own chips
// the GPU has about two thirds of the memory.
func RoomHere(ctx context.Context) Room {
	var r Room
	if m, err := mem.VirtualMemoryWithContext(ctx); err == nil {
		r.Memory = m.Total
	}
	if r.GPU = nvidia(ctx); r.GPU == 0 {
		r.GPU = amd("/sys/class/drm")
	}
	if runtime.GOOS == "darwin" && runtime.GOARCH == "arm64" {
		r.GPU = r.Memory / 3 * 2
	}
	return r
}

// nvidia asks for the memory of each GPU; 0 where there is none.
func nvidia(ctx context.Context) uint64 {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "nvidia-smi", "--query-gpu=memory.total", "--format=csv,noheader,nounits")
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		return 0
	}
	return mebibytes(string(out)) << 20
}

// mebibytes is the largest number of the lines of text.
func mebibytes(text string) uint64 {
	var most uint64
	for line := range strings.Lines(text) {
		if n, err := strconv.ParseUint(strings.TrimSpace(line), 10, 40); err == nil {
			most = max(most, n)
		}
	}
	return most
}

// amd reads the memory of each GPU below a folder as Linux has it. Less than 2
// GB is a part of the machine's own memory that a display has.
func amd(drm string) uint64 {
	files, err := filepath.Glob(filepath.Join(drm, "card*", "device", "mem_info_vram_total"))
	if err != nil {
		return 0
	}
	var most uint64
	for _, f := range files {
		if n := number(f); n >= 2e9 {
			most = max(most, n)
		}
	}
	return most
}

func number(file string) uint64 {
	b, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(b)), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
