package weights

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/ollama/ollama/fs/gguf"

	"relook/agent/train/tokens"
)

// Shape is what of a llama model its weights are read and written with.
type Shape struct {
	Layers, Hidden, Inner int
	Heads, KVHeads        int
	Vocabulary            int
	Context               int
	RopeBase, Epsilon     float64
	BOS, EOS              int
	Tied                  bool // whether the output uses the embedding's weights
}

// ShapeOf reads the shape of a GGUF file. Only llama models are known: the CPU
// trainer takes no others.
func ShapeOf(f *gguf.File) (Shape, error) {
	if arch := f.KeyValue("general.architecture").String(); arch != "llama" {
		return Shape{}, fmt.Errorf("the base is a %s model; this trainer takes llama models, such as smollm2:135m", arch)
	}
	number := func(key string) int {
		kv := f.KeyValue(key)
		return max(int(kv.Uint()), int(kv.Int()))
	}
	s := Shape{
		Layers: number("block_count"), Hidden: number("embedding_length"), Inner: number("feed_forward_length"),
		Heads: number("attention.head_count"), KVHeads: number("attention.head_count_kv"),
		Vocabulary: number("vocab_size"), Context: number("context_length"),
		RopeBase: f.KeyValue("rope.freq_base").Float(), Epsilon: f.KeyValue("attention.layer_norm_rms_epsilon").Float(),
		BOS: number("tokenizer.ggml.bos_token_id"), EOS: number("tokenizer.ggml.eos_token_id"),
		Tied: !f.TensorInfo("output.weight").Valid(),
	}
	if s.Layers == 0 || s.Hidden == 0 || s.Heads == 0 || s.KVHeads == 0 || s.Hidden%s.Heads != 0 {
		return Shape{}, fmt.Errorf("the model's shape can't be read: %+v", s)
	}
	return s, nil
}

// Unpack writes the folder dir for the model in a GGUF file: config.json,
// model.safetensors in 32 bits, tokenizer.json. A folder that is there and whole
// is left as it is.
func Unpack(ctx context.Context, file, dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "config.json")); err == nil {
		return nil // written last
	}
	f, err := gguf.Open(file)
	if err != nil {
		return fmt.Errorf("opening the base model: %w", err)
	}
	defer f.Close()
	shape, err := ShapeOf(f)
	if err != nil {
		return err
	}
	vocabulary, err := tokens.VocabularyOf(f)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := writeJSON(filepath.Join(dir, "tokenizer.json"), vocabulary.HuggingFace()); err != nil {
		return err
	}
	if err := writeJSON(filepath.Join(dir, "tokenizer_config.json"), map[string]any{
		"tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": false,
		"bos_token": vocabulary.Tokens[shape.BOS], "eos_token": vocabulary.Tokens[shape.EOS], "pad_token": vocabulary.Tokens[shape.EOS],
		"model_max_length": shape.Context,
	}); err != nil {
		return err
	}
	if err := writeTensors(ctx, f, shape, filepath.Join(dir, "model.safetensors")); err != nil {
		return err
	}
	return writeJSON(filepath.Join(dir, "config.json"), shape.config())
}

func (s Shape) config() map[string]any {
	return map[string]any{
		"architectures": []string{"LlamaForCausalLM"}, "model_type": "llama", "hidden_act": "silu",
		"hidden_size": s.Hidden, "intermediate_size": s.Inner, "num_hidden_layers": s.Layers,
		"num_attention_heads": s.Heads, "num_key_value_heads": s.KVHeads, "head_dim": s.Hidden / s.Heads,
		"max_position_embeddings": s.Context, "rms_norm_eps": s.Epsilon, "rope_theta": s.RopeBase,
		"vocab_size": s.Vocabulary, "bos_token_id": s.BOS, "eos_token_id": s.EOS, "pad_token_id": s.EOS,
		"tie_word_embeddings": s.Tied, "torch_dtype": "float32", "attention_bias": false, "mlp_bias": false,
		"attention_dropout": 0.0, "initializer_range": 0.02, "pretraining_tp": 1, "use_cache": true,
	}
}

// A tensor is one of a safetensors file.
type tensor struct {
	name  string
	shape []int
	read  func() ([]float32, error)
}

func writeTensors(ctx context.Context, f *gguf.File, s Shape, name string) error {
	var list []tensor
	for _, info := range f.TensorInfos() {
		hf, ok := folderName(info.Name)
		if !ok {
			return fmt.Errorf("the base model has a part %q that is not known", info.Name)
		}
		t := tensor{name: hf + ".weight"}
		for i := len(info.Shape) - 1; i >= 0; i-- { // GGUF names the fastest first
			t.shape = append(t.shape, int(info.Shape[i]))
		}
		heads := s.rotated(hf)
		t.read = func() ([]float32, error) {
			values, err := readTensor(f, info)
			if err == nil && heads > 0 {
				values = unpermute(values, t.shape[0], t.shape[1], heads)
			}
			return values, err
		}
		list = append(list, t)
	}
	return writeSafetensors(ctx, name, list)
}

// rotated is the number of heads of a module whose rows stand in another order,
// 0 for any other.
func (s Shape) rotated(module string) int {
	switch {
	case strings.HasSuffix(module, "q_proj"):
		return s.Heads
	case strings.HasSuffix(module, "k_proj"):
		return s.KVHeads
	}
	return 0
}

func readTensor(f *gguf.File, info gguf.TensorInfo) ([]float32, error) {
	_, r, err := f.TensorReader(info.Name)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", info.Name, err)
	}
	b := make([]byte, info.NumBytes())
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, fmt.Errorf("reading %s: %w", info.Name, err)
	}
	values, err := dequantise(info.Type, b, int(info.NumValues()))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", info.Name, err)
	}
	return values, nil
}

// modules are the parts of a layer: their names in the folder by those in GGUF.
var modules = map[string]string{
	"attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
	"ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
	"attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm",
}

var layerName = regexp.MustCompile(`^blk\.(\d+)\.([a-z_]+)\.weight$`)

// folderName is the name of a module in the folder, without ".weight".
func folderName(name string) (string, bool) {
	switch name {
	case "token_embd.weight":
		return "model.embed_tokens", true
	case "output_norm.weight":
		return "model.norm", true
	case "output.weight":
		return "lm_head", true
	}
	m := layerName.FindStringSubmatch(name)
	if m == nil || modules[m[2]] == "" {
		return "", false
	}
	return "model.layers." + m[1] + "." + modules[m[2]], true
}

// unpermute puts rows that rotate as pairs of neighbours into the order in which
// the two halves of a head rotate together.
func unpermute(w []float32, rows, columns, heads int) []float32 {
	return reorder(w, rows, columns, heads, func(pair, which, half int) (from, to int) { return 2*pair + which, which*half + pair })
}

// permute is the reverse of unpermute.
func permute(w []float32, rows, columns, heads int) []float32 {
	return reorder(w, rows, columns, heads, func(pair, which, half int) (from, to int) { return which*half + pair, 2*pair + which })
}

func reorder(w []float32, rows, columns, heads int, place func(pair, which, half int) (from, to int)) []float32 {
	out := make([]float32, len(w))
	size := rows / heads
	half := size / 2
	for h := range heads {
		for pair := range half {
			for which := range 2 {
				from, to := place(pair, which, half)
				copy(out[(h*size+to)*columns:(h*size+to+1)*columns], w[(h*size+from)*columns:])
			}
		}
	}
	return out
}

func writeJSON(name string, v any) error {
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return fmt.Errorf("encoding %s: %w", filepath.Base(name), err)
	}
	return os.WriteFile(name, append(b, '\n'), 0o644)
}
