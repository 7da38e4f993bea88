package diagnose

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
)

// try uses one target for the first time.
func (t *trial) try(ctx context.Context, i int) error {
	target := t.targets[i]
	switch target.Kind {
	case "field":
		return t.fill(ctx, i)
	case "custom":
		return t.strike(ctx, i)
	}
	if target.Kind == "mouse" {
		// What the pointer alone sets off is not the click's doing.
		if a, ok, err := t.take(ctx, i, nil); err != nil || !ok {
			return err
		} else if err := t.spent(ctx, t.hover(ctx, a), i); err != nil || t.copy == nil {
			return err
		}
	}
	a, ok, err := t.take(ctx, i, nil)
	if err != nil || !ok {
		return err
	}
	if target.Tag == "select" {
		return nil // its list is a window of the browser
	}
	did, err := t.after(ctx, i, false, func() error { return t.copy.Click(ctx, a.X, a.Y) })
	if err != nil {
		return err
	}
	switch {
	case did:
		t.acts[target.Kind+target.Key] = true
		if target.Kind == "mouse" {
			return t.mouseOnly(ctx, i, "unreached")
		}
	case target.Kind == "button" || target.Kind == "placeholder":
		t.quiet = append(t.quiet, i)
	}
	return nil
}

func (t *trial) hover(ctx context.Context, a aim) error {
	if err := t.copy.Hover(ctx, a.X, a.Y); err != nil {
		return err
	}
	return t.copy.Pass(ctx, afterInput)
}

// after makes an input, lets page time pass and tells whether the page did
// anything. What fails or hangs is reported, and counts as something.
func (t *trial) after(ctx context.Context, i int, layout bool, input func() error) (bool, error) {
	t.copy.Deeds()
	var all []Deed
	for n, wait := range []time.Duration{afterInput, afterSilent} {
		var err error
		if n == 0 {
			err = input()
		}
		if err == nil {
			err = t.copy.Pass(ctx, wait)
		}
		all = append(all, t.copy.Deeds()...)
		if err != nil {
			return true, t.spent(ctx, err, i)
		}
		var o outcome
		if err := call(ctx, t.copy, map[string]any{"entry": "outcome", "index": i, "layout": layout}, &o); err != nil {
			t.spoil() // the page took its own document apart
			return true, ctx.Err()
		}
		o.deeds = all
		if t.threw(i, all) || t.counts(i, o) {
			t.used = true
			return true, nil
		}
	}
	return false, nil
}

// counts reports whether an outcome is one. A link that leads nowhere still
// navigates, scrolls and changes the address.
func (t *trial) counts(i int, o outcome) bool {
	placeholder := t.targets[i].Kind == "placeholder"
	for _, d := range o.deeds {
		if !t.noise[d.Kind] && !(placeholder && d.Kind == "navigation") {
			return true
		}
	}
	return o.Mutations > 0 || o.Moved || o.Changed && !placeholder
}

// spent drops the copy after an error of the page, and reports one that hangs.
func (t *trial) spent(ctx context.Context, err error, i int) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrHung):
		t.spoil()
		t.report(DeadControl, i, deadHangs, "hangs "+t.targets[i].Key, nil)
		return nil
	case errors.Is(err, ErrLeft):
		t.spoil()
		return nil
	}
	return err
}

// threw reports a script that failed. One that waited in vain for a file or for
// what only a person can grant did not fail by itself.
func (t *trial) threw(i int, deeds []Deed) bool {
	if slices.ContainsFunc(deeds, func(d Deed) bool { return d.Kind == DeedRequest || d.Kind == DeedDialog }) {
		return false
	}
	for _, d := range deeds {
		if d.Kind != DeedException || t.noise[DeedException] || beyondPage(d.Event.Text) {
			continue
		}
		text, _, _ := strings.Cut(d.Event.Text, "\n")
		text = cut(foldSpace(strings.TrimPrefix(text, "Uncaught ")), 120)
		words := map[string]string{"text": text, "file": d.Event.File}
		f := t.report(DeadControl, i, deadThrows, "throws "+d.Event.File+" "+text, words)
		if f.settled == nil {
			f.settled = known(t.site.placeOf(d.Event))
		}
		return true
	}
	return false
}

// beyondPage knows the errors that a browser without a person, a network or a
// graphics card makes of right scripts.
func beyondPage(text string) bool {
	for _, name := range []string{"NotAllowedError", "SecurityError", "AbortError", "NotSupportedError", "NotFoundError: Requested device", "Failed to fetch", "InvalidStateError"} {
		if strings.Contains(text, name) {
			return true
		}
	}
	return false
}

// fill types into a field.
func (t *trial) fill(ctx context.Context, i int) error {
	a, ok, err := t.take(ctx, i, nil)
	if err != nil || !ok {
		return err
	}
	if _, err := t.after(ctx, i, false, func() error { return t.copy.Click(ctx, a.X, a.Y) }); err != nil {
		return err
	}
	if _, ok, err = t.take(ctx, i, map[string]any{"focus": true}); err != nil || !ok {
		return err
	}
	did, err := t.after(ctx, i, false, func() error { return t.copy.Type(ctx, t.targets[i].Typed) })
	if err != nil || did {
		return err
	}
	t.report(DeadControl, i, deadField, "field "+t.targets[i].Key, nil)
	return nil
}

// strike uses a control that is no native one with the keyboard first: a click
// may bring the page into the state that the keys would bring it to.
func (t *trial) strike(ctx context.Context, i int) error {
	for _, key := range []Key{KeyEnter, KeySpace} {
		if _, ok, err := t.take(ctx, i, map[string]any{"focus": true}); err != nil || !ok {
			return err
		}
		if did, err := t.after(ctx, i, false, func() error { return t.copy.Press(ctx, key) }); err != nil || did {
			return err
		}
	}
	a, ok, err := t.take(ctx, i, nil)
	if err != nil || !ok {
		return err
	}
	if err := t.spent(ctx, t.hover(ctx, a), i); err != nil || t.copy == nil {
		return err
	}
	if a, ok, err = t.take(ctx, i, nil); err != nil || !ok {
		return err
	}
	did, err := t.after(ctx, i, false, func() error { return t.copy.Click(ctx, a.X, a.Y) })
	if err != nil || !did {
		return err
	}
	return t.mouseOnly(ctx, i, "deaf")
}

// again tries a control that did nothing once more, when others have changed the
// page: a "back" that had nowhere to go may have now. The pointer comes to it
// first, because a menu that opens under the pointer is something too.
func (t *trial) again(ctx context.Context, i int) error {
	target := t.targets[i]
	if target.Chosen || t.acts[target.Kind+target.Key] {
		return nil
	}
	if waits, err := t.waits(ctx, i); err != nil || waits {
		return err
	}
	if t.copy != nil {
		if err := t.spent(ctx, t.hover(ctx, aim{}), i); err != nil {
			return err
		}
	}
	a, ok, err := t.take(ctx, i, map[string]any{"layout": true})
	if err != nil || !ok {
		return err
	}
	did, err := t.after(ctx, i, true, func() error {
		if err := t.hover(ctx, a); err != nil {
			return err
		}
		return t.copy.Click(ctx, a.X, a.Y)
	})
	if err != nil || did {
		return err
	}
	if target.Kind == "placeholder" {
		t.report(DeadControl, i, deadNowhere, "nowhere", nil)
	} else {
		t.report(DeadControl, i, deadSilent, "silent "+target.Key, nil)
	}
	return nil
}

// waits reports whether a script waits for something to be done to the target.
// Then it may have good reasons to do nothing now.
func (t *trial) waits(ctx context.Context, i int) (bool, error) {
	if t.copy == nil {
		if _, ok, err := t.take(ctx, i, nil); err != nil || !ok {
			return true, err
		}
	}
	list, err := t.copy.Listeners(ctx, elementScript, map[string]any{"entry": "target", "index": i})
	if err != nil {
		return true, ctx.Err()
	}
	body := t.targets[i].Depth - 1 // levels up to it
	for _, l := range list {
		routes := l.Type == "hashchange" || l.Type == "popstate"
		if routes && t.targets[i].Kind == "placeholder" || used(l.Type) && (l.Level < body || t.noisy) {
			return true, nil
		}
	}
	return false, nil
}

// used reports whether events of the type come from using a control.
func used(kind string) bool {
	for _, part := range []string{"click", "mouse", "pointer", "touch", "key", "drag", "contextmenu", "change", "input", "submit"} {
		if strings.HasPrefix(kind, part) || strings.HasSuffix(kind, part) {
			return true
		}
	}
	return false
}

// mouseOnly reports a control that no key works, if it is its own script that
// makes it one.
func (t *trial) mouseOnly(ctx context.Context, i int, way string) error {
	if t.copy == nil {
		return nil
	}
	list, err := t.copy.Listeners(ctx, elementScript, map[string]any{"entry": "target", "index": i})
	if err != nil {
		return ctx.Err()
	}
	if slices.ContainsFunc(list, func(l Listener) bool {
		return l.Level == 0 && (strings.HasSuffix(l.Type, "click") || strings.HasPrefix(l.Type, "mouse") || strings.HasPrefix(l.Type, "pointer"))
	}) {
		t.report(KeyboardDead, i, way, way+" "+t.targets[i].Key, nil)
	}
	return nil
}

func (t *trial) untried(n, all int, next target) {
	f := t.found(DeadControl, next, deadUntried, deadUntried)
	f.Measure = map[string]float64{"count": 1, "tried": float64(n), "controls": float64(all)}
	r := &t.site.readings[t.view]
	r.Findings = append(r.Findings, f)
}

// report adds a finding, or the target to the one of its group.
func (t *trial) report(rule string, i int, way, group string, words map[string]string) *finding {
	r := &t.site.readings[t.view]
	at := slices.IndexFunc(r.Findings, func(f finding) bool { return f.Rule == rule && f.Group == group })
	if at < 0 {
		f := t.found(rule, t.targets[i], way, group)
		for k, v := range words {
			f.Words[k] = v
		}
		r.Findings = append(r.Findings, f)
		return &r.Findings[len(r.Findings)-1]
	}
	f := &r.Findings[at]
	f.Measure["count"]++
	if len(f.Elements) < MaxElementsEach {
		f.Elements = append(f.Elements, t.targets[i].found)
	}
	return f
}

func (t *trial) found(rule string, of target, way, group string) finding {
	return finding{
		Rule: rule, Group: group, Elements: []found{of.found}, Measure: map[string]float64{"count": 1},
		Words: map[string]string{"way": way, "role": of.Role, "name": of.Name, "tag": of.Tag, "href": of.Href},
	}
}
