package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"relook/agent/model"
	"relook/agent/train"
	"relook/agent/train/weights"
	"relook/cmd/relook/internal/config"
	"relook/cmd/relook/internal/term"
	"relook/cmd/relook/internal/tools"
)

func (a *app) policyCommand() *cobra.Command {
	c := &cobra.Command{Use: "policy", Short: "Publish, list and compare trained policies"}
	var dir, tag string
	publish := &cobra.Command{
		Use:   "publish",
		Short: "Make of a training run a model that Ollama runs",
		Long: `Publish turns the adapter that a run ended with into a GGUF adapter, gives it to
Ollama over the base model as ` + model.RepairModel + `:TAG, and asks it a few prompts of the run to
see that it answers in the form that it was taught.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.publish(c.Context(), dir, tag) },
	}
	publish.Flags().StringVar(&dir, "run", "out/train", "folder of the run")
	publish.Flags().StringVar(&tag, "tag", "latest", "tag of the policy")
	list := &cobra.Command{
		Use: "list", Short: "List the published policies", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.listPolicies() },
	}
	card := &cobra.Command{
		Use: "card TAG", Short: "Print what a policy was made of", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			p, err := a.policyNamed(args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(a.out, p.card())
			return err
		},
	}
	compare := &cobra.Command{
		Use: "compare TAG TAG", Short: "Compare what was measured of two policies", Args: cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error { return a.comparePolicies(args[0], args[1]) },
	}
	use := &cobra.Command{
		Use: "use TAG", Short: "Make a policy the one that is asked when no model is named", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return a.usePolicy(c.Context(), args[0]) },
	}
	c.AddCommand(publish, list, use, card, compare)
	return c
}

// A policy is what is kept of a published policy, beside its adapter.
type policy struct {
	Tag       string                        `json:"tag"`
	Base      string                        `json:"base"`
	Rank      int                           `json:"rank"`
	Published time.Time                     `json:"published"`
	Bytes     int64                         `json:"bytes"` // of the adapter
	Config    train.Config                  `json:"config"`
	Tasks     int                           `json:"tasks"` // learnt from
	Steps     int                           `json:"steps"`
	Before    map[string]map[string]float64 `json:"before"` // measured of the base, by set
	After     map[string]map[string]float64 `json:"after"`
}

func policiesDir() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding the folder of the policies: %w", err)
	}
	return filepath.Join(cache, "relook", "policies"), nil
}

// publish exports, hands over and checks.
func (a *app) publish(ctx context.Context, run, tag string) (err error) {
	if tag == "" || strings.ContainsAny(tag, "/:\\ ") || strings.HasPrefix(tag, ".") {
		return fmt.Errorf("%q is no tag: take letters and digits, such as v1", tag)
	}
	text, err := os.ReadFile(filepath.Join(run, "config.toml"))
	if err != nil {
		return fmt.Errorf("there is no run in %s: `relook train --run %s` makes one: %w", run, run, err)
	}
	cfg, err := train.ParseConfig(text)
	if err != nil {
		return err
	}
	t, err := newTools(config.Config{}, a.log)
	if err != nil {
		return err
	}
	base, err := t.BaseFile(cfg.Base)
	if err != nil {
		return err
	}
	dir, err := policiesDir()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making the folder of the policies: %w", err)
	}
	progress := term.NewProgress(a.err)
	defer progress.Close()
	progress.Say("turning the adapter into a file that Ollama takes")
	adapter := filepath.Join(dir, tag+".gguf")
	if err := writeAdapter(filepath.Join(run, "adapter.tar.gz"), base, adapter); err != nil {
		return err
	}
	server, err := t.OpenOllama(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	name := model.RepairModel + ":" + tag
	if err := t.CreatePolicy(ctx, server.URL, name, base, adapter, a.steps(progress)); err != nil {
		return err
	}
	list, err := train.ReadTasks(filepath.Join(run, "tasks.jsonl"))
	if err != nil {
		return err
	}
	progress.Say("asking " + name)
	formed, asked, err := checkPolicy(ctx, t, server.URL, name, list)
	if err != nil {
		return err
	}
	if err := keepPolicy(dir, run, tag, adapter, cfg, list); err != nil {
		return err
	}
	progress.Close()
	_, err = fmt.Fprintf(a.out, "%s is published: %d of %d answers are in the form that it was taught.\nrelook refine PAGE --policy ollama --model %s asks it.\n", name, formed, asked, name)
	return err
}

func writeAdapter(archive, base, file string) error {
	f, err := os.Open(archive)
	if err != nil {
		return fmt.Errorf("the run has no adapter yet, it is not done: %w", err)
	}
	defer f.Close()
	adapter, err := weights.ReadAdapter(f)
	if err != nil {
		return err
	}
	return adapter.WriteGGUF(base, file)
}

// checkPolicy counts answers that are JSON strings, which is the form.
func checkPolicy(ctx context.Context, t *tools.Tools, url, name string, list []train.Task) (formed, asked int, err error) {
	const most = 5
	for _, task := range list {
		if asked == most {
			break
		}
		reply, err := t.Greedy(ctx, url, name, task.Prompt, model.RepairTokens)
		if err != nil {
			return 0, 0, fmt.Errorf("asking %s: %w", name, err)
		}
		asked++
		var line string
		if json.Unmarshal([]byte(strings.TrimSpace(reply)), &line) == nil {
			formed++
		}
	}
	return formed, asked, nil
}

func keepPolicy(dir, run, tag, adapter string, cfg train.Config, list []train.Task) error {
	info, err := os.Stat(adapter)
	if err != nil {
		return err
	}
	metrics, err := train.ReadMetrics(run)
	if err != nil {
		return err
	}
	p := policy{
		Tag: tag, Base: cfg.Base, Rank: cfg.Rank, Published: time.Now().UTC().Truncate(time.Second), Bytes: info.Size(), Config: cfg,
		Before: map[string]map[string]float64{}, After: map[string]map[string]float64{},
	}
	for _, t := range list {
		if t.Trains() {
			p.Tasks++
		}
	}
	for _, m := range metrics {
		p.Steps = max(p.Steps, m.Step+1)
		if m.Phase == "eval" {
			if p.Before[m.Set] == nil {
				p.Before[m.Set] = m.Values
			}
			p.After[m.Set] = m.Values
		}
	}
	b, err := json.MarshalIndent(p, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, tag+".json"), append(b, '\n'), 0o644)
}

func (a *app) policies() ([]policy, error) {
	dir, err := policiesDir()
	if err != nil {
		return nil, err
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	var list []policy
	for _, name := range names {
		b, err := os.ReadFile(name)
		var p policy
		if err == nil {
			err = json.Unmarshal(b, &p)
		}
		if err != nil {
			return nil, fmt.Errorf("reading what is kept of a policy in %s: %w", name, err)
		}
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b policy) int { return b.Published.Compare(a.Published) })
	return list, nil
}

func (a *app) policyNamed(tag string) (policy, error) {
	list, err := a.policies()
	if err != nil {
		return policy{}, err
	}
	tag = strings.TrimPrefix(tag, model.RepairModel+":")
	i := slices.IndexFunc(list, func(p policy) bool { return p.Tag == tag })
	if i < 0 {
		return policy{}, fmt.Errorf("no policy %s was published: `relook policy list` lists them", tag)
	}
	return list[i], nil
}

func (a *app) listPolicies() error {
	list, err := a.policies()
	if err != nil {
		return err
	}
	if len(list) == 0 {
		_, err := fmt.Fprintln(a.out, "No policy was published yet: `relook policy publish` makes one of a training run.")
		return err
	}
	for _, p := range list {
		_, err := fmt.Fprintf(a.out, "%s:%-12s %s  rank %d  %.1f MB  %4d steps  %s\n", model.RepairModel, p.Tag, p.Base, p.Rank, float64(p.Bytes)/1e6, p.Steps, p.Published.Format(time.DateOnly))
		if err != nil {
			return err
		}
	}
	return nil
}

// measured are the lines of a card that have numbers.
var measured = []struct{ name, value string }{
	{"reward", train.Reward}, {"fully repaired", train.Full}, {"well-formed", train.FormedRate}, {"valid renders", train.ValidRate},
}

var measuredSets = []struct{ name, set string }{{"kinds it was trained on, pages it never saw", "known"}, {"kinds it was never trained on", "held-out"}}

// card is what a policy was made of, for people.
func (p policy) card() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s:%s\n\nA LoRA adapter of rank %d over %s, %.1f MB, trained by `relook train` with seed %d on %d tasks: %d steps with known answers, %d by reinforcement. It repairs CSS from a measured diagnosis, and nothing else.\n\n",
		model.RepairModel, p.Tag, p.Rank, p.Base, float64(p.Bytes)/1e6, p.Config.Seed, p.Tasks, p.Config.Warm.Steps, p.Config.GRPO.Steps)
	for _, s := range measuredSets {
		before, after := p.Before[s.set], p.After[s.set]
		if after == nil {
			continue
		}
		fmt.Fprintf(&b, "%s, greedily and without a grammar:\n\n| | before | after |\n|---|---|---|\n", s.name)
		for _, m := range measured {
			fmt.Fprintf(&b, "| %s | %.3f | %.3f |\n", m.name, before[m.value], after[m.value])
		}
		b.WriteString("\n")
	}
	return b.String()
}

// usePolicy gives a policy the name that relook prefers.
func (a *app) usePolicy(ctx context.Context, tag string) (err error) {
	p, err := a.policyNamed(tag)
	if err != nil {
		return err
	}
	t, err := newTools(config.Config{}, a.log)
	if err != nil {
		return err
	}
	server, err := t.OpenOllama(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	if err := t.CopyModel(ctx, server.URL, model.RepairModel+":"+p.Tag, model.RepairModel+":latest"); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.out, "%s:latest is %s now.\n", model.RepairModel, p.Tag)
	return err
}

func (a *app) comparePolicies(one, other string) error {
	p, err := a.policyNamed(one)
	if err != nil {
		return err
	}
	q, err := a.policyNamed(other)
	if err != nil {
		return err
	}
	for _, s := range measuredSets {
		if _, err := fmt.Fprintf(a.out, "%s\n", s.name); err != nil {
			return err
		}
		for _, m := range measured {
			x, y := p.After[s.set][m.value], q.After[s.set][m.value]
			if _, err := fmt.Fprintf(a.out, "  %-16s %s %.3f   %s %.3f   %+.3f\n", m.name, p.Tag, x, q.Tag, y, y-x); err != nil {
				return err
			}
		}
	}
	return nil
}
