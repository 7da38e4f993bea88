// Package tokens is the tokenizer and the chat template of the model in
// training. The training engine speaks of tokens only, so what relook makes of a
// text must be what the model's own tokenizer makes of it, token for token:
// TestSameAsHuggingFace compares over ten thousand pieces of pages.
//
// The vocabulary and the merges are read out of the model's GGUF file
// (vocabulary.go). The encoder (bpe.go) is byte-pair encoding as GPT-2 has it;
// the one in Ollama's module merges equal ranks in no fixed order and splits
// digits wrongly, so it is not used.
package tokens
