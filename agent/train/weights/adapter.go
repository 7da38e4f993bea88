package weights

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"regexp"
	"slices"

	"github.com/ollama/ollama/fs/ggml"
	"github.com/ollama/ollama/fs/gguf"
)

// maxAdapter bounds what is read of an archive.
const maxAdapter = 1 << 30

// An Adapter is a LoRA adapter as the trainer exports it.
type Adapter struct {
	Rank    int
	Alpha   float64
	Tensors map[string]Matrix
}

// ReadAdapter reads the archive that a training engine exports: a gzipped tar
// with adapter_config.json and adapter_model.safetensors in it, wherever they
// lie.
func ReadAdapter(r io.Reader) (Adapter, error) {
	var a Adapter
	z, err := gzip.NewReader(r)
	if err != nil {
		return a, fmt.Errorf("reading the adapter: %w", err)
	}
	files := map[string][]byte{}
	for t := tar.NewReader(io.LimitReader(z, maxAdapter)); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return a, fmt.Errorf("reading the adapter: %w", err)
		}
		name := path.Base(h.Name)
		if name != "adapter_config.json" && name != "adapter_model.safetensors" {
			continue
		}
		if files[name], err = io.ReadAll(t); err != nil {
			return a, fmt.Errorf("reading %s of the adapter: %w", name, err)
		}
	}
	var config struct {
		R     int     `json:"r"`
		Alpha float64 `json:"lora_alpha"`
	}
	if err := json.Unmarshal(files["adapter_config.json"], &config); err != nil || config.R < 1 {
		return a, errors.New("the archive holds no adapter: adapter_config.json is missing or says no rank")
	}
	a.Rank, a.Alpha = config.R, config.Alpha
	a.Tensors, err = readSafetensors(files["adapter_model.safetensors"])
	return a, err
}

var loraName = regexp.MustCompile(`^base_model\.model\.(.+)\.lora_(A|B)(?:\.default)?\.weight$`)

// ggufName is the reverse of folderName for the parts of a layer.
func ggufName(module string) (string, bool) {
	m := regexp.MustCompile(`^model\.layers\.(\d+)\.(.+)$`).FindStringSubmatch(module)
	if m == nil {
		return "", false
	}
	for short, long := range modules {
		if long == m[2] {
			return "blk." + m[1] + "." + short + ".weight", true
		}
	}
	return "", false
}

// WriteGGUF writes the adapter as Ollama takes it, over the base in the GGUF file
// base.
func (a Adapter) WriteGGUF(base, file string) (err error) {
	f, err := gguf.Open(base)
	if err != nil {
		return fmt.Errorf("opening the base model: %w", err)
	}
	defer f.Close()
	shape, err := ShapeOf(f)
	if err != nil {
		return err
	}
	tensors, err := a.tensors(f, shape)
	if err != nil {
		return err
	}
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	return ggml.WriteGGUF(out, ggml.KV{
		"general.architecture": "llama", "general.type": "adapter",
		"adapter.type": "lora", "adapter.lora.alpha": float32(a.Alpha),
	}, tensors)
}

func (a Adapter) tensors(base *gguf.File, shape Shape) ([]*ggml.Tensor, error) {
	var list []*ggml.Tensor
	for name, m := range a.Tensors {
		part := loraName.FindStringSubmatch(name)
		if part == nil {
			return nil, fmt.Errorf("the adapter has a part %q that is not known", name)
		}
		to, ok := ggufName(part[1])
		info := base.TensorInfo(to)
		if !ok || !info.Valid() || len(info.Shape) != 2 {
			return nil, fmt.Errorf("the adapter changes %q, which the base model does not have: is it of another model?", part[1])
		}
		letter, wantRows, wantColumns := "b", int(info.Shape[1]), a.Rank
		if part[2] == "A" {
			letter, wantRows, wantColumns = "a", a.Rank, int(info.Shape[0])
		}
		if m.Rows != wantRows || m.Columns != wantColumns {
			return nil, fmt.Errorf("the adapter's %q is %dx%d, not %dx%d: is it of another model?", name, m.Rows, m.Columns, wantRows, wantColumns)
		}
		values := m.Values
		if heads := shape.rotated(part[1]); heads > 0 && letter == "b" { // only what comes out is rotated
			values = permute(values, m.Rows, m.Columns, heads)
		}
		list = append(list, &ggml.Tensor{
			Name: to + ".lora_" + letter, Kind: uint32(ggml.TensorTypeF32),
			Shape: []uint64{uint64(m.Columns), uint64(m.Rows)}, WriterTo: floats(values),
		})
	}
	if len(list) == 0 {
		return nil, errors.New("the adapter is empty")
	}
	slices.SortFunc(list, func(a, b *ggml.Tensor) int { return bytes.Compare([]byte(a.Name), []byte(b.Name)) })
	return list, nil
}

// floats writes numbers in 32 bits.
type floats []float32

// WriteTo implements io.WriterTo.
func (v floats) WriteTo(w io.Writer) (int64, error) {
	b := make([]byte, 4*len(v))
	if _, err := binary.Encode(b, binary.LittleEndian, []float32(v)); err != nil {
		return 0, err
	}
	n, err := w.Write(b)
	return int64(n), err
}
