// Package reward is the place of the reward by which a policy is trained, and of
// its HTTP service. Nothing is built here yet.
package reward
