// Package ollama is the policy that asks a language model which runs on the
// person's own machine, through Ollama. What the model is told and how its
// answers become edits is agent/model's; this package finds the server and the
// model, chooses how the model is asked, and carries questions and replies.
package ollama
