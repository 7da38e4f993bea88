package train_test

import (
	"strings"
	"testing"

	"relook/agent/train"
)

// Everything that is wrong is said at once, and an unknown name is wrong.
func TestConfig(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{"[grpo]\ngroup = 4\nadvantages = \"leave-one-out\"", nil},
		{"rank = 0\n[grpo]\ngroup = 1\nlambda = -1\nadvantages = \"best\"", []string{"rank is 0", "grpo.group is 1", "grpo.lambda is -1", `"best"`}},
		{"[grpo]\nresamples = 11", []string{"not 0 to 10"}},
		{"[grpo]\nlearning = 1", []string{"not known", "learning"}},
		{"[warm]\nsteps = 0\n[grpo]\nsteps = 0", []string{"nothing to do"}},
		{"[engine]\nreduction = \"median\"", []string{"mean or sum"}},
		{"rank = \"many\"", []string{"training file"}},
	} {
		_, err := train.ParseConfig([]byte(c.text))
		if (err == nil) != (c.want == nil) {
			t.Errorf("%q gave %v", c.text, err)
			continue
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%q: %q says nothing of %q", c.text, err, w)
			}
		}
	}
	text, err := train.DefaultConfig().Text()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := train.ParseConfig(text); err != nil || again != train.DefaultConfig() {
		t.Errorf("written and read again it is another: %v", err)
	}
}
