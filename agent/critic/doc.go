// Package critic is the place of the critics of the ReLook paper: models that
// score shots from 0 to 100 and write feedback. They belong to training; at
// inference none runs unless asked for. Nothing is built here yet.
package critic
