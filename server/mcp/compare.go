package mcp

import (
	"errors"
	"fmt"
	"strings"

	"relook/agent"
	"relook/preview"
)

type compareInput struct {
	target
	Redesign bool `json:"redesign,omitempty" jsonschema:"true if the page is meant to look different: then only what is broken or lost counts against the change; default false"`
}

// compare judges a change of the client's own, as the gate judges relook's.
func (f *front) compare(c *call, in compareInput) (*reply, error) {
	if len(in.Texts) == 0 {
		return nil, errors.New(`compare needs "texts": the changed text of at least one file, by path`)
	}
	after, err := c.open(in.target, false)
	if err != nil {
		return nil, err
	}
	defer after.Close()
	before := *after
	before.Page.FS = after.Workspace
	was, err := c.look(&before, preview.ProfileFast, preview.LastShots)
	if err != nil {
		return nil, err
	}
	is, err := c.look(after, preview.ProfileFast, preview.LastShots)
	if err != nil {
		return nil, fmt.Errorf("with the change: %w", err)
	}
	gone, _, fresh := differences(was.Diagnosis, is.Diagnosis)
	gate := agent.DefaultGate()
	gate.Instructed = in.Redesign
	var targets []string
	for _, d := range gone {
		targets = append(targets, d.Key())
	}
	v := gate.Judge(agent.Case{Before: was, After: is, Targets: targets, Fresh: true})
	out := &reply{}
	out.say(verdict(v) + "\n\n" + changed(was.Diagnosis, is.Diagnosis))
	if len(fresh) > 0 {
		out.say("With the change:\n" + words(after, is, preview.ProfileFast))
	}
	return out, out.pairs(was, is)
}

// verdict words what the gate said.
func verdict(v agent.Verdict) string {
	if v.Admitted {
		return "The gate admits the change: " + clean(v.Reason) + "."
	}
	return fmt.Sprintf("The gate rejects the change [%s]: %s.", v.Rule, strings.TrimSuffix(clean(v.Reason), "."))
}

// differences are the defects that are gone, left and new.
func differences(before, after preview.Diagnosis) (gone, left, fresh []preview.Defect) {
	was, is := map[string]bool{}, map[string]bool{}
	for _, d := range before.Defects {
		was[d.Key()] = true
	}
	for _, d := range after.Defects {
		is[d.Key()] = true
		if was[d.Key()] {
			left = append(left, d)
		} else {
			fresh = append(fresh, d)
		}
	}
	for _, d := range before.Defects {
		if !is[d.Key()] {
			gone = append(gone, d)
		}
	}
	return gone, left, fresh
}

// changed lists what is gone, left and new.
func changed(before, after preview.Diagnosis) string {
	var b strings.Builder
	gone, left, fresh := differences(before, after)
	fmt.Fprintf(&b, "%s before, %d gone, %d left, %d new.\n", plural(len(before.Defects), "defect"), len(gone), len(left), len(fresh))
	for _, part := range []struct {
		what string
		list []preview.Defect
	}{{"gone", gone}, {"left", left}, {"new", fresh}} {
		for _, d := range part.list[:min(len(part.list), maxDefects)] {
			fmt.Fprintf(&b, "%s: %s [%s] %s\n", part.what, d.Severity, d.Rule, clean(d.Message))
		}
	}
	return b.String()
}

// pairs shows before and after, side by side, of each view whose picture changed.
func (r *reply) pairs(before, after *preview.Rendering) error {
	for _, ch := range agent.Changes(before, after) {
		if ch.Part == 0 {
			continue
		}
		was, is := lastShot(before, ch.View), lastShot(after, ch.View)
		const above = 80 // CSS px, so that it is seen where the change is
		top := max(0, int(ch.Box.Y)-above)
		if max(was.Height, is.Height) <= maxTall {
			top = 0
		}
		a, err := pictureOf(was, top)
		if err != nil {
			return err
		}
		b, err := pictureOf(is, top)
		if err != nil {
			return err
		}
		if a == nil || b == nil {
			r.say(fmt.Sprintf("%s: the page is %d px tall, before %d", ch.View, is.Height, was.Height))
			continue
		}
		data, mime, err := beside(a, b).encode()
		if err != nil {
			return err
		}
		r.say(fmt.Sprintf("%s from %d px: before on the left, after on the right", ch.View, top))
		r.show(data, mime)
	}
	return nil
}

// lastShot is the shot of a view at the last moment; both renderings have one.
func lastShot(r *preview.Rendering, view string) (last *preview.Shot) {
	for i := range r.Shots {
		if r.Shots[i].View.Name() == view {
			last = &r.Shots[i]
		}
	}
	return last
}
