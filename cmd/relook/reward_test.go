package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"relook/agent/reward/service"
)

var rewardAddress = regexp.MustCompile(`rewards at (http://\S+),`)

// serveRewards runs `relook reward` with a real browser until the test ends, and
// returns its address.
func serveRewards(t *testing.T) string {
	t.Helper()
	c := newCall(t, nil)
	said, w := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() {
		a := &app{out: io.Discard, err: w, cwd: c.dir, parts: c.parts}
		ended <- a.run(ctx, []string{"reward", "--addr", "127.0.0.1:0", "--workers", "1", "--view", "390x844"}, strings.NewReader(""))
		_ = w.Close()
	}()
	lines := bufio.NewReader(said)
	line, err := lines.ReadString('\n')
	m := rewardAddress.FindStringSubmatch(line)
	if err != nil || m == nil {
		cancel()
		t.Fatalf("it says %q, %v", line, err)
	}
	t.Cleanup(func() {
		cancel()
		_, _ = io.Copy(io.Discard, lines) // it must not wait for a reader
		if code := <-ended; code != exitFine {
			t.Errorf("exit code %d", code)
		}
	})
	return m[1]
}

// The service with a real browser, and the reward function for TRL called as
// GRPOTrainer calls it.
func TestRewardService(t *testing.T) {
	address := serveRewards(t)
	body, err := json.Marshal(service.Sample{HTML: wide, Tokens: 10})
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.Post(address+"/v1/score", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var got service.Score
	if err := json.NewDecoder(res.Body).Decode(&got); err != nil || !got.Valid || got.Reward <= 0 || got.Reward >= 1 || !strings.Contains(got.Feedback, "sideways") {
		t.Errorf("%v, %+v", err, got)
	}
	folder, err := filepath.Abs("../../examples/trl")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "python3", "-B", "-c", `
import json
from relook_reward import relook_reward
print(json.dumps(relook_reward(
    prompts=["plans", [{"role": "user", "content": "plans"}], "blank", "long"],
    completions=["`+"```html\\n<!doctype html><html lang=en><title>x</title><p>text\\n```"+`", [{"role": "assistant", "content": "<p style='width:900px;background:#eee'>wide"}], "", "<p>text"],
    completion_ids=[[1], [1, 2], [], [0] * 9000], trainer_state=None)))`)
	cmd.Dir = folder
	cmd.Env = append(cmd.Environ(), "RELOOK_REWARD_URL="+address, "PYTHONPATH="+folder, "NO_PROXY=*")
	out, err := cmd.Output()
	var rewards []float64
	if err != nil || json.Unmarshal(out, &rewards) != nil || len(rewards) != 4 {
		t.Fatalf("%v: %s", err, out)
	}
	if rewards[0] <= rewards[1] || rewards[1] <= 0 || rewards[2] != 0 || rewards[3] != 0 {
		t.Errorf("rewards %v", rewards)
	}
}

func TestRewardFlags(t *testing.T) {
	c := newCall(t, nil)
	for _, args := range [][]string{{"--workers", "0"}, {"--workers", "65"}, {"--free-tokens", "9000"}, {"--request-time", "1ms"}, {"--addr", "nowhere"}, {"--critic", "text:"}, {"x"}} {
		c.err.Reset()
		if code := c.run(t, append([]string{"reward"}, args...)...); code != exitFailed || !strings.HasPrefix(c.err.String(), "relook: ") {
			t.Errorf("%q: exit code %d, %q", args, code, c.err.String())
		}
	}
}
