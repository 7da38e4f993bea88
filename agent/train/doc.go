// Package train is the place of the trainer: tasks, rollouts and the client of
// the training engine. Nothing is built here yet.
package train
