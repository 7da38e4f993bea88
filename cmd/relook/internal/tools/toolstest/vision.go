// Package toolstest makes what tests need of a model's server and is not to be
// had anywhere: a model of 1 MB that sees pictures. Its weights are random. It
// shows that pictures, questions and answers get through a real Ollama, and says
// nothing about pages.
package toolstest

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"slices"

	"github.com/ollama/ollama/fs/ggml"
)

// The model is a mistral3: a text model with a Pixtral tower before it.
const (
	hidden  = 64  // width of a layer
	forward = 128 // width of a layer's middle
	layers  = 2   // of the text model; the tower has one
	heads   = 2
	headDim = hidden / heads
	patch   = 28  // px of a side of a piece of the picture
	picture = 448 // px of the longest side that the tower takes
)

// WriteVision writes the model to a new file. The same seed gives the same bytes.
func WriteVision(name string, seed uint64) error {
	f, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("making a model: %w", err)
	}
	w := &weights{rand: rand.New(rand.NewPCG(seed, 0))}
	if err := ggml.WriteGGUF(f, header(), w.all()); err != nil {
		f.Close()
		return fmt.Errorf("writing a model: %w", err)
	}
	return f.Close()
}

func header() ggml.KV {
	tokens, types := alphabet()
	return ggml.KV{
		"general.architecture": "mistral3", "general.name": "tiny-random-vision", "general.file_type": uint32(0),
		"context_length": uint32(32768), "embedding_length": uint32(hidden), "block_count": uint32(layers),
		"feed_forward_length": uint32(forward), "vocab_size": uint32(len(tokens)), "spatial_merge_size": uint32(2),
		"attention.head_count": uint32(heads), "attention.head_count_kv": uint32(heads),
		"attention.key_length": uint32(headDim), "attention.value_length": uint32(headDim),
		"attention.layer_norm_rms_epsilon": float32(1e-5),
		"rope.dimension_count":             uint32(headDim), "rope.freq_base": float32(10000),
		"vision.block_count": uint32(1), "vision.embedding_length": uint32(hidden), "vision.feed_forward_length": uint32(forward),
		"vision.image_size": uint32(picture), "vision.longest_edge": uint32(picture), "vision.patch_size": uint32(patch),
		"vision.num_channels": uint32(3), "vision.attention.head_count": uint32(heads), "vision.attention.key_length": uint32(headDim),
		"vision.attention.layer_norm_epsilon": float32(1e-5), "vision.rope.freq_base": float32(10000),
		"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "default", "tokenizer.ggml.tokens": tokens,
		"tokenizer.ggml.token_type": types, "tokenizer.ggml.merges": []string{"t h"},
		"tokenizer.ggml.bos_token_id": uint32(1), "tokenizer.ggml.eos_token_id": uint32(2), "tokenizer.ggml.add_bos_token": true,
	}
}

// alphabet has a token for each byte, in the letters by which GPT-2 writes bytes:
// those that print stand for themselves, the others are counted on from 256. The
// tower's marks have fixed numbers: 10, 12 and 13.
func alphabet() (tokens []string, types []int32) {
	const control, normal = 3, 1
	tokens = []string{"<unk>", "<s>", "</s>", "[INST]", "[/INST]", "<c5>", "<c6>", "<c7>", "<c8>", "<c9>", "[IMG]", "<c11>", "[IMG_BREAK]", "[IMG_END]"}
	types = slices.Repeat([]int32{control}, len(tokens))
	next := rune(256)
	for b := range rune(256) {
		r := b
		if !(b > ' ' && b < 0x7f || b > 0xa0 && b != 0xad) {
			r = next
			next++
		}
		tokens, types = append(tokens, string(r)), append(types, normal)
	}
	return append(tokens, "th"), append(types, normal)
}

// weights gathers the tensors of the model.
type weights struct {
	rand *rand.Rand
	list []*ggml.Tensor
}

func (w *weights) all() []*ggml.Tensor {
	tokens, _ := alphabet()
	w.random("token_embd.weight", 1, hidden, len(tokens))
	w.random("output.weight", 0.1, hidden, len(tokens))
	w.ones("output_norm.weight")
	w.add("output.bias", printable(tokens), len(tokens))
	for i := range layers {
		w.layer(fmt.Sprintf("blk.%d.", i))
	}
	w.layer("v.blk.0.")
	w.half("v.patch_conv.weight", 0.02, patch, patch, 3, hidden)
	w.ones("v.encoder_norm.weight")
	w.ones("mm.norm.weight")
	w.random("mm.patch_merger.merging_layer.weight", 0.1, 4*hidden, hidden)
	w.random("mm.linear_1.weight", 0.1, hidden, hidden)
	w.random("mm.linear_2.weight", 0.1, hidden, hidden)
	return w.list
}

func (w *weights) layer(name string) {
	for _, part := range []string{"attn_q", "attn_k", "attn_v", "attn_output"} {
		w.random(name+part+".weight", 0.1, hidden, hidden)
	}
	w.random(name+"ffn_gate.weight", 0.1, hidden, forward)
	w.random(name+"ffn_up.weight", 0.1, hidden, forward)
	w.random(name+"ffn_down.weight", 0.1, forward, hidden)
	w.ones(name + "attn_norm.weight")
	w.ones(name + "ffn_norm.weight")
}

// printable biases answers to plain text, since a random model would write
// anything, and to an early end of strings and lists.
func printable(tokens []string) []float32 {
	bias := make([]float32, len(tokens))
	for i, t := range tokens {
		space := t == "\u0120" // how GPT-2 writes a space
		if !space && (len(t) != 1 || t[0] <= ' ' || t[0] >= 0x7f) {
			bias[i] = -100
		}
		if t == `"` || t == "]" {
			bias[i] = 8
		}
	}
	return bias
}

// random is a tensor of normal numbers, the innermost dimension first.
func (w *weights) random(name string, spread float64, shape ...int) {
	w.add(name, w.normal(spread, shape), shape...)
}

func (w *weights) normal(spread float64, shape []int) []float32 {
	n := 1
	for _, s := range shape {
		n *= s
	}
	values := make([]float32, n)
	for i := range values {
		values[i] = float32(w.rand.NormFloat64() * spread)
	}
	return values
}

func (w *weights) ones(name string) {
	w.add(name, slices.Repeat([]float32{1}, hidden), hidden)
}

func (w *weights) add(name string, values []float32, shape ...int) {
	w.put(name, ggml.TensorTypeF32, binaryOf(values), shape)
}

// half is a random tensor of 16-bit numbers, which a convolution must have.
func (w *weights) half(name string, spread float64, shape ...int) {
	values := w.normal(spread, shape)
	out := make([]uint16, len(values))
	for i, v := range values {
		out[i] = float16(v)
	}
	w.put(name, ggml.TensorTypeF16, binaryOf(out), shape)
}

func (w *weights) put(name string, kind ggml.TensorType, data tensorData, shape []int) {
	t := &ggml.Tensor{Name: name, Kind: uint32(kind), WriterTo: data}
	for _, s := range shape {
		t.Shape = append(t.Shape, uint64(s))
	}
	w.list = append(w.list, t)
}

// float16 is the IEEE half of v, without rounding; what is too small is 0.
func float16(v float32) uint16 {
	bits := math.Float32bits(v)
	sign, exponent := uint16(bits>>16)&0x8000, int(bits>>23&0xff)-127+15
	if exponent <= 0 {
		return sign
	}
	return sign | uint16(exponent)<<10 | uint16(bits>>13)&0x3ff
}

type tensorData []byte

func binaryOf(values any) tensorData {
	data, err := binary.Append(nil, binary.LittleEndian, values)
	if err != nil {
		panic(err) // numbers of a fixed size always have a binary form
	}
	return data
}

// WriteTo implements io.WriterTo.
func (d tensorData) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(d)
	return int64(n), err
}
