// Package weights carries a model between the two worlds it lives in. Ollama
// runs GGUF files; the training engine takes a folder as Hugging Face lays it
// out. Unpack writes the folder that belongs to a GGUF file (unpack.go), and
// Adapter makes of a trained LoRA adapter the GGUF adapter that Ollama lays over
// the same file (adapter.go). Both are arithmetic on arrays: nothing here runs a
// model.
//
// A llama model's query and key rows stand in another order in a GGUF file than
// in the folder (they rotate pairs of neighbours, not halves): permute and
// unpermute turn one into the other.
package weights
