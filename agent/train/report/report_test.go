package report_test

import (
	"math"
	"os"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"relook/agent/train"
	"relook/agent/train/report"
)

// run is what a run of 8 warm and 40 further steps might show.
func run() []train.Metrics {
	var list []train.Metrics
	for s := range 48 {
		up := float64(s) / 48
		m := train.Metrics{Step: s, Phase: "warm", Values: map[string]float64{train.Loss: 2 * math.Exp(-float64(s)/3), train.GradNorm: 1 / (1 + up)}}
		if s >= 8 {
			m = train.Metrics{Step: s, Phase: "grpo", Seconds: map[string]float64{"sample": 20, "render": 6, "train": 30, "logprobs": 8}, Values: map[string]float64{
				train.Reward: 0.4 + 0.4*up + 0.05*math.Sin(float64(s)), train.Full: 0.3 + 0.4*up, train.FormedRate: 0.9 + 0.1*up, train.ValidRate: 1,
				train.AcceptedRate: 0.5 + 0.3*up, train.Length: 21 - 3*up, train.Entropy: 0.5 - 0.3*up, train.FeedbackCE: 2.1 - up, train.EqualGroups: float64(s % 3), train.GradNorm: 0.3,
			}}
		}
		list = append(list, m)
		if s%12 == 11 || s == 0 {
			for i, set := range []string{"known", "held-out"} {
				v := (0.5 + 0.4*up) / float64(i+1)
				list = append(list, train.Metrics{Step: s, Phase: "eval", Set: set, Values: map[string]float64{train.Reward: v, train.Full: v * 0.9, train.FormedRate: 0.8}})
			}
		}
	}
	return list
}

// The report is a page by itself: it needs nothing else, and says its numbers in
// words too. With RELOOK_REPORT set to a file it is written there to be looked at.
func TestReport(t *testing.T) {
	var b strings.Builder
	if err := report.Write(&b, "night <1>", run()); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	if _, err := html.Parse(strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"night &lt;1&gt;", "48 steps", "Reward", "Feedback foreseen", "kinds never trained on", "render", "9 %", `aria-label="Entropy by step`} {
		if !strings.Contains(text, want) {
			t.Errorf("the report says nothing of %q", want)
		}
	}
	for _, no := range []string{"NaN", "http:", "https:", "<script", "Distance to the reference"} {
		if strings.Contains(text, no) {
			t.Errorf("the report has %q", no)
		}
	}
	if name := os.Getenv("RELOOK_REPORT"); name != "" {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b.Reset()
	if err := report.Write(&b, "none", nil); err != nil || !strings.Contains(b.String(), "nothing measured yet") {
		t.Errorf("a run without steps gave %v", err)
	}
}
