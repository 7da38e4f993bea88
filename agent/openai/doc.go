// Package openai is the policy that asks a language model through the HTTP
// interface that most local servers speak: llama.cpp's server, vLLM, LM Studio,
// and Ollama itself. What the model is told and how its answers become edits is
// agent/model's; this package finds the model and carries questions and replies.
//
// It needs four things of a server: POST chat/completions with "stream": true,
// GET models, and for short answers response_format with a JSON Schema. A server
// that refuses the schema is asked again without: agent/model reads what a model
// writes freely as well, it only gets less of use.
package openai
