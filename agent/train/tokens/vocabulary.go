package tokens

import (
	"fmt"
	"strings"

	"github.com/ollama/ollama/fs/gguf"
)

// A Vocabulary is what a GGUF file says of its model's tokens.
type Vocabulary struct {
	Tokens  []string // by id, with bytes written as GPT-2 does
	Merges  []string // "left right", the strongest first
	Special []int    // ids of the tokens that stand for themselves, such as <|im_end|>
	Pre     string   // how text is split before it is merged
	EOS     int
}

// control is the type of a token that ordinary text never becomes.
const control = 3

// VocabularyOf reads the vocabulary of a GGUF file.
func VocabularyOf(f *gguf.File) (Vocabulary, error) {
	if kind := f.KeyValue("tokenizer.ggml.model").String(); kind != "gpt2" {
		return Vocabulary{}, fmt.Errorf("the model's tokenizer is %q; known is gpt2", kind)
	}
	v := Vocabulary{
		Tokens: f.KeyValue("tokenizer.ggml.tokens").Strings(),
		Merges: f.KeyValue("tokenizer.ggml.merges").Strings(),
		Pre:    f.KeyValue("tokenizer.ggml.pre").String(),
	}
	eos := f.KeyValue("tokenizer.ggml.eos_token_id")
	v.EOS = max(int(eos.Uint()), int(eos.Int()))
	for id, kind := range f.KeyValue("tokenizer.ggml.token_type").Ints() {
		if kind == control {
			v.Special = append(v.Special, id)
		}
	}
	if splits[v.Pre] == "" {
		return Vocabulary{}, fmt.Errorf("how the model's tokenizer splits text, %q, is not known", v.Pre)
	}
	if len(v.Tokens) == 0 || len(v.Merges) == 0 || v.EOS >= len(v.Tokens) {
		return Vocabulary{}, fmt.Errorf("the model's file holds %d tokens and %d merges: it is not whole", len(v.Tokens), len(v.Merges))
	}
	return v, nil
}

// HuggingFace is the vocabulary as a tokenizer.json.
func (v Vocabulary) HuggingFace() any {
	ids := make(map[string]int, len(v.Tokens))
	for id, t := range v.Tokens {
		ids[t] = id
	}
	var added []any
	for _, id := range v.Special {
		added = append(added, map[string]any{
			"id": id, "content": v.Tokens[id], "special": true,
			"single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
		})
	}
	merges := make([][]string, len(v.Merges))
	for i, m := range v.Merges {
		merges[i] = strings.SplitN(m, " ", 2)
	}
	level := map[string]any{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}
	return map[string]any{
		"version": "1.0", "truncation": nil, "padding": nil, "added_tokens": added, "normalizer": nil,
		"pre_tokenizer": map[string]any{"type": "Sequence", "pretokenizers": []any{
			map[string]any{"type": "Digits", "individual_digits": true}, level,
		}},
		"post_processor": nil, "decoder": level,
		"model": map[string]any{
			"type": "BPE", "dropout": nil, "unk_token": nil, "continuing_subword_prefix": nil, "end_of_word_suffix": nil,
			"fuse_unk": false, "byte_fallback": false, "ignore_merges": false, "vocab": ids, "merges": merges,
		},
	}
}
