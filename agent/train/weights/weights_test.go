package weights

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ollama/ollama/fs/ggml"
	"github.com/ollama/ollama/fs/gguf"
)

// sequence is n numbers that differ.
func sequence(n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(i) / 8
	}
	return out
}

func TestPermute(t *testing.T) {
	w := sequence(8 * 3) // 2 heads of 4 rows
	if got := unpermute(permute(w, 8, 3, 2), 8, 3, 2); !slices.Equal(got, w) {
		t.Errorf("there and back it is %v", got)
	}
	// Row 1 of a head rotates with row 0 in a GGUF file, with its second half in a
	// folder: the pair (0, 2) becomes (0, 1).
	rows := func(w []float32) (out []float32) {
		for i := 0; i < len(w); i += 3 {
			out = append(out, w[i]*8/3)
		}
		return out
	}
	if got := rows(permute(w, 8, 3, 2)); !slices.Equal(got, []float32{0, 2, 1, 3, 4, 6, 5, 7}) {
		t.Errorf("the rows come as %v", got)
	}
}

func TestDequantise(t *testing.T) {
	half := func(bits uint16) []byte { return binary.LittleEndian.AppendUint16(nil, bits) }
	nibbles := bytes.Repeat([]byte{0x21}, 16) // 1 in the first half, 2 in the second
	for _, c := range []struct {
		name         string
		kind         gguf.TensorType
		b            []byte
		first, later float32
	}{
		{"q4_1", gguf.TensorTypeQ4_1, slices.Concat(half(0x3800), half(0x3c00), nibbles), 1.5, 2},
		{"q4_0", gguf.TensorTypeQ4_0, slices.Concat(half(0x3800), nibbles), -3.5, -3},
		{"q8_0", gguf.TensorTypeQ8_0, slices.Concat(half(0xc000), bytes.Repeat([]byte{3}, 16), bytes.Repeat([]byte{0xff}, 16)), -6, 2},
	} {
		got, err := dequantise(c.kind, c.b, 32)
		if err != nil || got[0] != c.first || got[15] != c.first || got[16] != c.later || got[31] != c.later {
			t.Errorf("%s gives %v: %v", c.name, got, err)
		}
		if _, err := dequantise(c.kind, c.b[1:], 32); err == nil {
			t.Errorf("%s: a tensor that is cut off is read", c.name)
		}
	}
	for bits, want := range map[uint16]float32{0: 0, 0x8001: -1.0 / (1 << 24), 0x7c00: float32(math.Inf(1)), 0x3555: 0.33325195} {
		got, err := dequantise(gguf.TensorTypeF16, binary.LittleEndian.AppendUint16(nil, bits), 1)
		if err != nil || got[0] != want {
			t.Errorf("the half %04x is %v, not %v: %v", bits, got, want, err)
		}
	}
}

// base writes a llama of one layer with two heads.
func base(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "base.gguf")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var list []*ggml.Tensor
	for part, shape := range map[string][]uint64{"attn_q": {8, 8}, "attn_k": {8, 4}, "ffn_down": {16, 8}} {
		list = append(list, &ggml.Tensor{
			Name: "blk.0." + part + ".weight", Kind: uint32(ggml.TensorTypeF32), Shape: shape, WriterTo: floats(sequence(int(shape[0] * shape[1]))),
		})
	}
	err = ggml.WriteGGUF(f, ggml.KV{
		"general.architecture": "llama", "llama.block_count": uint32(1), "llama.embedding_length": uint32(8),
		"llama.attention.head_count": uint32(2), "llama.attention.head_count_kv": uint32(1),
	}, list)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// An adapter's numbers arrive in the GGUF file, those of the rotated rows in the
// other order.
func TestAdapter(t *testing.T) {
	dir := t.TempDir()
	var list []tensor
	for name, shape := range map[string][]int{
		"self_attn.q_proj.lora_A": {2, 8}, "self_attn.q_proj.lora_B": {8, 2}, "mlp.down_proj.lora_A": {2, 16}, "mlp.down_proj.lora_B": {8, 2},
	} {
		list = append(list, tensor{"base_model.model.model.layers.0." + name + ".weight", shape, func() ([]float32, error) { return sequence(shape[0] * shape[1]), nil }})
	}
	if err := writeSafetensors(t.Context(), filepath.Join(dir, "a.safetensors"), list); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "a.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := ReadAdapter(archive(t, map[string][]byte{"/x/adapter_config.json": []byte(`{"r":2,"lora_alpha":32}`), "adapter_model.safetensors": b}))
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "a.gguf")
	if err := a.WriteGGUF(base(t), out); err != nil {
		t.Fatal(err)
	}
	f, err := gguf.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if alpha := f.KeyValue("adapter.lora.alpha"); f.KeyValue("general.type").String() != "adapter" {
		t.Errorf("it is no adapter: %v", alpha)
	}
	for name, want := range map[string][]float32{
		"blk.0.attn_q.weight.lora_a": sequence(16), "blk.0.attn_q.weight.lora_b": permute(sequence(16), 8, 2, 2),
		"blk.0.ffn_down.weight.lora_a": sequence(32), "blk.0.ffn_down.weight.lora_b": sequence(16),
	} {
		if got, err := readTensor(f, f.TensorInfo(name)); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s is %v: %v", name, got, err)
		}
	}
	a.Tensors["base_model.model.model.layers.7.mlp.down_proj.lora_A.weight"] = Matrix{2, 16, sequence(32)}
	if err := a.WriteGGUF(base(t), out); err == nil || !strings.Contains(err.Error(), "another model") {
		t.Errorf("an adapter of another model gave %v", err)
	}
}

func archive(t *testing.T, files map[string][]byte) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for name, text := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

func TestBadAdapters(t *testing.T) {
	for name, files := range map[string]map[string][]byte{
		"empty":     {},
		"no rank":   {"adapter_config.json": []byte(`{}`)},
		"no tensor": {"adapter_config.json": []byte(`{"r":2}`)},
		"cut off":   {"adapter_config.json": []byte(`{"r":2}`), "adapter_model.safetensors": []byte("\xff\x00\x00\x00\x00\x00\x00\x00{}")},
	} {
		if _, err := ReadAdapter(archive(t, files)); err == nil {
			t.Errorf("%s: it was read", name)
		}
	}
	if _, err := ReadAdapter(strings.NewReader("no archive")); err == nil {
		t.Error("what is no archive was read")
	}
}
