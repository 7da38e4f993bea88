// Package reward is the reward by which a policy is trained, by the rules of the
// ReLook paper:
//
//  1. Any required shot invalid (failure, time-out, blank): reward 0.
//  2. The reward is the visual score times the length term.
//  3. A revision is accepted only if it is strictly better than the best so far;
//     else another is sampled, at most ten times a round (force.go).
//  4. A machine's failure is retried and never scored: it comes as an error.
//  5. The critic sees the request, the code and the shots of one view at three
//     moments.
//  6. Without a model that sees, the measured diagnosis is the critic.
//
// Package service, below, serves it over HTTP to any trainer.
package reward
