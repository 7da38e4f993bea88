package tools

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/sourcegraph/conc"
)

// checkTime bounds each check: a doctor that hangs helps nobody.
const checkTime = 2 * time.Second

// A Check is what was found out about one thing.
type Check struct {
	Name     string // such as "browser"
	OK       bool
	Optional bool   // relook works without it
	Found    string // what is there, such as "chromium 140.0 at /usr/bin/chromium"
	Missing  string // what is not, a sentence; "" when OK
	Mend     string // the command or step that mends it; "" when OK
}

// Doctor looks at everything that relook works with, all at once. The order of
// the checks is always the same.
func (t *Tools) Doctor(ctx context.Context) []Check {
	looks := []func(context.Context) []Check{t.checkBrowser, t.checkFonts, t.checkOllama, t.checkGPU, t.checkCode, t.checkNeovim}
	results := make([][]Check, len(looks))
	var wg conc.WaitGroup
	for i, look := range looks {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, checkTime)
			defer cancel()
			results[i] = look(ctx)
		})
	}
	wg.Wait()
	var checks []Check
	for _, r := range results {
		checks = append(checks, r...)
	}
	return checks
}

func (t *Tools) checkBrowser(ctx context.Context) []Check {
	b, err := t.cfg.FindBrowser(ctx)
	if err != nil {
		if path := t.CachedBrowser(); path != "" {
			out, _ := t.run(ctx, nil, path, "--version")
			b, err = Browser{Path: path, Version: lastLines(out)}, nil
		}
	}
	if err != nil {
		return []Check{{Name: "browser", Missing: err.Error(), Mend: "relook setup --browser"}}
	}
	checks := []Check{{Name: "browser", OK: true, Found: strings.TrimSpace(b.Version + " at " + b.Path)}}
	sandbox := Check{Name: "sandbox", OK: b.SandboxOff == "", Optional: true, Found: "on"}
	if !sandbox.OK {
		sandbox.Found = "off"
		sandbox.Missing = "the browser's sandbox is off: " + b.SandboxOff
		sandbox.Mend = "run relook as an ordinary user, where user namespaces are allowed"
	}
	return append(checks, sandbox)
}

func (t *Tools) checkFonts(ctx context.Context) []Check {
	n, err := t.fonts(ctx)
	c := Check{Name: "fonts", OK: err == nil && n > 0, Found: fmt.Sprintf("%d fonts", n)}
	switch {
	case runtime.GOOS != "linux":
		c = Check{Name: "fonts", OK: true, Found: "the system's own"}
	case !c.OK:
		c.Found = ""
		c.Missing = "no fonts are installed: text is painted as empty boxes"
		c.Mend = "apt-get install " + fontPackages[0]
	}
	return []Check{c}
}

func (t *Tools) checkOllama(ctx context.Context) []Check {
	const setup = "relook setup --ollama"
	server := Check{Name: "ollama", Optional: true}
	models := Check{Name: "models", Optional: true}
	o, err := t.FindOllama(ctx)
	if err != nil {
		server.Missing, server.Mend = err.Error(), "set OLLAMA_HOST to an address of this machine"
		return []Check{server}
	}
	var names []string
	switch {
	case o.URL != "":
		server.OK, server.Found = true, fmt.Sprintf("version %s, running at %s", o.Version, o.URL)
		names, err = t.served(ctx, o.URL)
	case o.Path != "":
		server.OK, server.Found = true, o.Path+", not running: relook starts it when it is needed"
		names = installed(t.ModelsDir())
	default:
		server.Missing, server.Mend = "Ollama is not installed: only the embedded rules propose repairs", setup
		return []Check{server}
	}
	models.OK, models.Found = err == nil && len(names) > 0, strings.Join(names, ", ")
	switch {
	case err != nil:
		models.Missing, models.Mend = err.Error(), "see Ollama's log"
	case !models.OK:
		models.Missing, models.Mend = "no model is installed", "relook setup --model "+knownWeights[0].model
	}
	return []Check{server, models}
}

// served lists the models of a server.
func (t *Tools) served(ctx context.Context, host string) ([]string, error) {
	c, err := client(host)
	if err != nil {
		return nil, err
	}
	list, err := c.List(ctx)
	if err != nil {
		return nil, fmt.Errorf("asking Ollama for its models: %w", err)
	}
	var names []string
	for _, m := range list.Models {
		names = append(names, m.Name)
	}
	return names, nil
}

func (t *Tools) checkGPU(ctx context.Context) []Check {
	c := Check{Name: "gpu", OK: true, Optional: true}
	switch {
	case runtime.GOOS == "darwin" && runtime.GOARCH == "arm64":
		c.Found = "Apple"
	case found("nvidia-smi") != "":
		out, err := t.run(ctx, nil, "nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader")
		c.Found = strings.ReplaceAll(strings.TrimSpace(out), "\n", "; ")
		c.OK = err == nil && c.Found != ""
	case isFolder("/sys/module/amdgpu") && found("rocm-smi", "rocminfo") != "":
		c.Found = "AMD, with ROCm"
	default:
		c.OK = false
	}
	if !c.OK {
		c.Missing = "no GPU was found: models run on the processor, small ones do so well"
	}
	return []Check{c}
}

func (t *Tools) checkCode(ctx context.Context) []Check {
	return t.checkEditor(ctx, "vscode", "Visual Studio Code", "code", "codium", "code-server")
}

func (t *Tools) checkNeovim(ctx context.Context) []Check {
	return t.checkEditor(ctx, "neovim", "Neovim", "nvim")
}

func (t *Tools) checkEditor(ctx context.Context, name, title string, commands ...string) []Check {
	c := Check{Name: name, Optional: true}
	path := found(commands...)
	if path == "" {
		c.Missing = title + " is not on PATH"
		c.Mend = "install it if you want relook in it"
		return []Check{c}
	}
	out, err := t.run(ctx, nil, path, "--version")
	version, _, _ := strings.Cut(strings.TrimSpace(out), "\n")
	if c.OK = err == nil; !c.OK {
		c.Missing, c.Mend = title+" did not tell its version", "run `"+path+" --version`"
	}
	c.Found = strings.TrimSpace(version + " at " + path)
	return []Check{c}
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
