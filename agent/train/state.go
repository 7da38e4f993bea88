package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// The files of a run's folder.
const (
	stateFile   = "state.json"
	metricsFile = "metrics.jsonl"
	configFile  = "config.toml"
	tasksFile   = "tasks.jsonl"
	rolloutsDir = "trajectories"
)

// A State is all that a run needs to go on: the rest follows from the
// configuration and the step.
type State struct {
	Step       int    `json:"step"`       // the next
	Checkpoint string `json:"checkpoint"` // as the engine names it; "" at the start
	Base       string `json:"base"`
	Rank       int    `json:"rank"`
	// Success is how well tasks of each operator go, for the curriculum: a moving
	// mean of the reward.
	Success map[string]float64 `json:"success"`
	Best    float64            `json:"best"` // reward of the best evaluation
	// BestCheckpoint is that of Best.
	BestCheckpoint string `json:"bestCheckpoint"`
	Anchored       bool   `json:"anchored,omitempty"` // whether the reference of KL is kept
}

// readState reads a run's state; ok is false when it has none.
func readState(dir string) (s State, ok bool, err error) {
	b, err := os.ReadFile(filepath.Join(dir, stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return State{Success: map[string]float64{}}, false, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	if err != nil {
		return s, false, fmt.Errorf("reading the state of the run in %s: %w", dir, err)
	}
	if s.Success == nil {
		s.Success = map[string]float64{}
	}
	return s, true, nil
}

// writeState replaces the state at once, so that a kill leaves the old or the
// new.
func writeState(dir string, s State) error {
	b, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return err
	}
	file := filepath.Join(dir, stateFile)
	if err := os.WriteFile(file+".partial", append(b, '\n'), 0o644); err != nil {
		return fmt.Errorf("saving the state of the run: %w", err)
	}
	return os.Rename(file+".partial", file)
}

// rewind drops what was written after the checkpoint: those steps are done
// again.
func rewind(dir string, step int) error {
	list, err := ReadMetrics(dir)
	if err != nil {
		return err
	}
	kept := slices.DeleteFunc(list, func(m Metrics) bool { return m.Step >= step })
	file := filepath.Join(dir, metricsFile)
	if err := os.Remove(file + ".partial"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := appendMetrics(file+".partial", kept...); err != nil {
		return err
	}
	if err := os.Rename(file+".partial", file); err != nil {
		return err
	}
	names, err := filepath.Glob(filepath.Join(dir, rolloutsDir, "step-*.jsonl"))
	if err != nil {
		return err
	}
	for _, name := range names {
		var n int
		if _, err := fmt.Sscanf(filepath.Base(name), "step-%d.jsonl", &n); err == nil && n >= step {
			if err := os.Remove(name); err != nil {
				return err
			}
		}
	}
	return nil
}

// WriteTrajectories writes the trajectories of a step.
func WriteTrajectories(dir string, step int, list []Trajectory) error {
	dir = filepath.Join(dir, rolloutsDir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(dir, fmt.Sprintf("step-%06d.jsonl", step)))
	if err != nil {
		return err
	}
	return writeLines(f, "trajectories", list)
}

// ReadTrajectories reads the trajectories of a step of a run.
func ReadTrajectories(dir string, step int) ([]Trajectory, error) {
	f, err := os.Open(filepath.Join(dir, rolloutsDir, fmt.Sprintf("step-%06d.jsonl", step)))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var list []Trajectory
	for dec := json.NewDecoder(f); dec.More(); {
		var t Trajectory
		if err := dec.Decode(&t); err != nil {
			return list, fmt.Errorf("reading the trajectories: %w", err)
		}
		list = append(list, t)
	}
	return list, nil
}
