// Package model is what every policy that asks a language model has in common:
// what the model is told, how its answer is bound, and how an answer becomes
// edits. How a question gets to a model and its reply back is the business of a
// Client: agent/ollama has one, agent/openai another.
//
// The model is shown the measured defects and the CSS rules behind them, both
// numbered, and chooses: which rule, which property, which value. The server
// binds the answer to a grammar in which rule numbers and properties are
// enumerated, so that even a small model can only say things that are edits.
//
// A model's reply is hostile input all the same. It is limited in size and
// time, parsed with suspicion, and turned into source edits by agent/edit,
// which checks every value as CSS. What can't be used is told to
// agent.Task.Drop and nothing else happens. Errors are kept for the machine:
// the server is down, the model is absent, the stream broke twice.
//
// The prompt begins with what stays the same (the system text, the rules, the
// defects) and ends with the question, because servers keep the longest common
// beginning of two prompts: the second question then costs only its answer.
package model
