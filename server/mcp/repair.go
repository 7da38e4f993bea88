package mcp

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"relook/agent"
	"relook/agent/edit"
	"relook/preview"
	"relook/server"
)

type repairInput struct {
	target
	Instruction string `json:"instruction,omitempty" jsonschema:"what to change, in words; asks the local model"`
	Model       string `json:"model,omitempty" jsonschema:"a local model to ask beside the built-in rules, such as qwen2.5-coder:1.5b"`
	Passes      int    `json:"passes,omitempty" jsonschema:"most rounds of repair, 1 to 10; default 3"`
	Write       bool   `json:"write,omitempty" jsonschema:"write the repaired files; default false: the diff and the edits are returned and nothing is written"`
}

// maxInstruction is the longest text that is passed on to a model, in bytes.
const maxInstruction = 4000

// repair looks for repairs of a page, and writes them if it is asked to.
func (f *front) repair(c *call, in repairInput) (*reply, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	o, err := c.open(in.target, false)
	if err != nil {
		return nil, err
	}
	defer o.Close()
	if _, err := o.Source(); err != nil {
		return nil, err
	}
	set := o.set
	if in.Instruction != "" {
		set.Policies = []string{modelPolicy(set)}
	} else if in.Model != "" {
		set.Policies = []string{"rules", modelPolicy(set)}
	}
	if in.Model != "" {
		set.Model = in.Model
	}
	if in.Passes > 0 {
		set.Passes = in.Passes
	}
	trace, err := c.refine(o, set, in.Instruction)
	if err != nil {
		return nil, err
	}
	if trace.Status == agent.Failed {
		return nil, fmt.Errorf("%s can't be judged: %s", o.Entry, trace.Before.Diagnosis.InvalidReason)
	}
	return f.repaired(o, trace, in.Write)
}

func (in repairInput) check() error {
	switch {
	case len(in.Instruction) > maxInstruction || len(in.Model) > maxWords:
		return fmt.Errorf("the instruction is longer than %d bytes, or the model's name than %d", maxInstruction, maxWords)
	case in.Passes < 0 || in.Passes > 10:
		return errors.New("passes are not from 1 to 10")
	case in.Write && len(in.Texts) > 0:
		return errors.New("what is repaired is \"texts\", which no file holds: write the files yourself, or leave \"texts\" out")
	}
	return nil
}

// modelPolicy is the policy of the settings that asks a model.
func modelPolicy(set server.Settings) string {
	for _, p := range set.Policies {
		if p != "rules" {
			return p
		}
	}
	return "ollama"
}

func (c *call) refine(o *opened, set server.Settings, instruction string) (t *agent.Trace, err error) {
	c.progress("starting")
	policies, stop, err := c.front.cfg.Policies(c.ctx, set, c.progress)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	err = c.browse(set, func(b preview.Renderer) (err error) {
		t, err = agent.Refine(c.ctx, c.loop(b, policies, set, instruction), o.Page)
		return err
	})
	return t, err
}

func (c *call) loop(b preview.Renderer, policies []agent.Policy, set server.Settings, instruction string) agent.Config {
	return agent.Config{
		Renderer: b, Policies: policies, Rules: set.Rules, Views: set.Views, Moments: set.Moments, Timeout: set.Timeout,
		AllowHosts: set.AllowHosts, Passes: set.Passes, Instruction: instruction, Log: c.front.log,
		Progress: func(p agent.Progress) { c.progress(p.Text) },
	}
}

// repaired tells what came of a refinement. What is written was verified to its
// end, and over texts that are still what was rendered.
func (f *front) repaired(o *opened, t *agent.Trace, write bool) (*reply, error) {
	out := &reply{}
	if t.Status != agent.Improved {
		out.say("Nothing was changed. " + refusal(t))
		return out, nil
	}
	diff, err := diffOf(o.Page, t.Files)
	if err != nil {
		return nil, err
	}
	edits, err := editsOf(o.Page, t.Edits)
	if err != nil {
		return nil, err
	}
	if write {
		if err := o.Save(t.Files); err != nil {
			return nil, err
		}
	}
	names := strings.Join(slices.Sorted(maps.Keys(t.Files)), ", ")
	end := fmt.Sprintf("Not written. Apply the diff in %s, or call repair again with \"write\": true.", clean(o.dir))
	if write {
		end = fmt.Sprintf("Wrote %s in %s.", clean(names), clean(o.dir))
	}
	out.say(changed(t.Before.Diagnosis, t.After.Diagnosis) + "\n" + attempts(t) + "\n" + end)
	out.say(diff)
	out.say("The same as edits, lines and UTF-16 characters from 0: " + edits)
	return out, out.pairs(t.Before, t.After)
}

// attempts tells what was admitted and why, and how often what was rejected.
func attempts(t *agent.Trace) string {
	var b strings.Builder
	reasons := map[string]int{}
	for _, p := range t.Passes {
		for i, a := range p.Attempts {
			if slices.Contains(p.Admitted, i) {
				fmt.Fprintf(&b, "admitted: %s (%s): %s\n", clean(a.Why), a.Policy, clean(a.Verdict.Reason))
			} else if a.Verdict.Rule != "" {
				reasons[a.Verdict.Rule]++
			}
		}
	}
	for _, rule := range slices.Sorted(maps.Keys(reasons)) {
		fmt.Fprintf(&b, "rejected: %s by the gate's rule %q\n", plural(reasons[rule], "attempt"), rule)
	}
	return b.String()
}

// refusal says why nothing was changed.
func refusal(t *agent.Trace) string {
	worth := t.Before.Diagnosis.Count(preview.SeverityError) + t.Before.Diagnosis.Count(preview.SeverityWarning)
	var b strings.Builder
	n := 0
	for _, p := range t.Passes {
		n += len(p.Attempts)
		for _, why := range p.Dropped {
			fmt.Fprintf(&b, "an answer of the model could not be used: %s\n", clean(why))
		}
	}
	switch {
	case n > 0:
		fmt.Fprintf(&b, "No repair was better than the page as it is; %s.\n", plural(n, "attempt"))
		for _, p := range t.Passes {
			for _, a := range p.Attempts[:min(len(p.Attempts), 5)] {
				fmt.Fprintf(&b, "rejected: %s: %s\n", clean(a.Why), clean(a.Verdict.Reason))
			}
		}
	case worth == 0 && len(t.Before.Diagnosis.Defects) == 0:
		b.WriteString("The page has no defects.")
	default:
		fmt.Fprintf(&b, "relook knows no repair for its %s: tell with \"instruction\" what you want, or name a \"model\".", plural(len(t.Before.Diagnosis.Defects), "defect"))
	}
	return b.String()
}

func diffOf(page preview.Page, files map[string]string) (string, error) {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		src, err := page.Read(name)
		if err != nil {
			return "", err
		}
		b.WriteString(edit.Diff(name, src.String(), files[name]))
	}
	return cut(b.String(), maxDiff), nil
}

func editsOf(page preview.Page, edits []preview.Edit) (string, error) {
	type out struct {
		File    string        `json:"file"`
		Range   preview.Range `json:"range"`
		NewText string        `json:"newText"`
	}
	list := []out{}
	for _, e := range edits {
		src, err := page.Read(e.File)
		if err != nil {
			return "", err
		}
		list = append(list, out{e.File, src.Range(e.Span), e.NewText})
	}
	b, err := json.Marshal(list)
	return string(b), err
}
