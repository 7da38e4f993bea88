package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// A process is a running program as Linux shows it. Elsewhere none are found.
type process struct {
	id, parent string
	start      string // tells it from a later one that got the same id
	ticks      int    // of processor time that it has used
	command    string
}

func processes() []process {
	dirs, _ := filepath.Glob("/proc/[0-9]*") // the pattern is well-formed
	var list []process
	for _, dir := range dirs {
		if p, ok := readProcess(filepath.Base(dir)); ok {
			list = append(list, p)
		}
	}
	return list
}

func readProcess(id string) (process, bool) {
	stat, err := os.ReadFile(filepath.Join("/proc", id, "stat"))
	if err != nil {
		return process{}, false
	}
	// What follows the name in brackets: state, parent, ..., the start time.
	_, rest, _ := strings.Cut(string(stat[bytes.LastIndexByte(stat, '(')+1:]), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 20 || fields[0] == "Z" {
		return process{}, false // it has ended, only its parent has not noticed
	}
	line, _ := os.ReadFile(filepath.Join("/proc", id, "cmdline"))
	ticks, _ := strconv.Atoi(fields[11])
	return process{id, fields[1], fields[19], ticks, string(bytes.ReplaceAll(line, []byte{0}, []byte(" ")))}, true
}

// descendants are the processes that a process started, and those that they
// started.
func descendants(id string) []process {
	all, found := processes(), []process(nil)
	parents := map[string]bool{id: true}
	for grown := true; grown; {
		grown = false
		for _, p := range all {
			if parents[p.parent] && !parents[p.id] {
				parents[p.id], grown = true, true
				found = append(found, p)
			}
		}
	}
	return found
}

// left says which of the processes still run.
func left(list []process) error {
	for _, p := range list {
		if now, ok := readProcess(p.id); ok && now.start == p.start {
			return fmt.Errorf("process %s is left: %s", p.id, p.command)
		}
	}
	return nil
}

// leftWith says which process still carries an environment entry, as the
// browser does that was started by a command which was given it.
func leftWith(entry string) error {
	for _, p := range processes() {
		env, err := os.ReadFile(filepath.Join("/proc", p.id, "environ"))
		if err == nil && bytes.Contains(env, []byte(entry+"\x00")) {
			return fmt.Errorf("process %s is left: %s", p.id, p.command)
		}
	}
	return nil
}
