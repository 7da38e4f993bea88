package train

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Metrics are what one step showed. A number that a step does not have is absent.
type Metrics struct {
	Step  int    `json:"step"`  // from 0, over both phases
	Phase string `json:"phase"` // "warm", "grpo" or "eval"
	Set   string `json:"set,omitempty"`
	// Values are named with their unit where they have one: see the names below.
	Values map[string]float64 `json:"values"`
	// Seconds are wall times by part; they are all that differs when a run is done
	// again.
	Seconds map[string]float64 `json:"seconds,omitempty"`
}

// The names of Metrics.Values.
const (
	Loss         = "loss"
	GradNorm     = "grad_norm"
	Rate         = "learning_rate"
	Reward       = "reward"           // mean over trajectories
	ValidRate    = "valid_renders"    // part of trajectories
	FormedRate   = "well_formed"      // part of answers
	AcceptedRate = "accepted"         // part of rounds
	Full         = "full_repairs"     // part of trajectories
	Length       = "length_tokens"    // mean of answers
	Entropy      = "entropy_nats"     // mean of minus the log-probability of what was sampled
	KLDistance   = "kl_nats"          // mean distance to the reference
	FeedbackCE   = "feedback_nats"    // cross-entropy of the feedback's tokens
	Mismatch     = "mismatch_nats"    // mean distance between sampler and trainer
	EqualGroups  = "equal_groups"     // groups that teach nothing
	Groups       = "groups"           //
	Clipped      = "clipped"          // part of policy tokens outside the clip
	Examples     = "examples"         // seen in all
	Resampled    = "resampled_rounds" // mean draws that were thrown away
)

// appendMetrics adds lines to a file.
func appendMetrics(file string, list ...Metrics) error {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	return writeLines(f, "metrics", list)
}

// writeLines writes a list, a line of JSON each, and closes the file.
func writeLines[T any](f *os.File, what string, list []T) (err error) {
	defer func() { err = errors.Join(err, f.Close()) }()
	enc := json.NewEncoder(f)
	for _, v := range list {
		if err := enc.Encode(v); err != nil {
			return fmt.Errorf("writing the %s: %w", what, err)
		}
	}
	return nil
}

// ReadMetrics reads the metrics of a run's folder.
func ReadMetrics(dir string) ([]Metrics, error) {
	f, err := os.Open(filepath.Join(dir, metricsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var list []Metrics
	for dec := json.NewDecoder(bufio.NewReader(f)); dec.More(); {
		var m Metrics
		if err := dec.Decode(&m); err != nil {
			break // the last line was cut off by a kill
		}
		list = append(list, m)
	}
	return list, nil
}
