// Package train teaches a policy with what relook sees: tasks are pages that
// were broken (task.go), a rollout is the policy's attempt at one, looked at by
// the browser and judged by the gate (score.go, rollout.go), and a Run turns
// rollouts into steps of an engine (run.go), with what was learnt kept so that it
// goes on exactly where it was killed (state.go, metrics.go).
//
// The parts below it: mutant breaks pages; grpo is the arithmetic; engine is the
// border to the machine that holds the weights, tinker and enginetest are two
// such machines; tokens is the tokenizer; weights turns models into files and
// back; report draws the curves.
package train
