package diagnose

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"relook/preview"
)

// maxHovers is how many sorts of things are hovered; each takes about 100 ms.
const maxHovers = 24

// Page time for what a pointer sets off, and how often it moves meanwhile. What
// stays under it is entered once; what was entered and left twice flickers.
const (
	hoverSettles = 750 * time.Millisecond
	hoverMoves   = 5
	// What goes to and fro may be back where it was at any one look.
	restlessLooks = 5
	flickers      = 4
)

// A hovered is what hover.js tells of a target under the pointer.
type hovered struct {
	Lost     bool    `json:"lost"`
	Jumps    []found `json:"jumps"`
	By       float64 `json:"by"`
	Vanished bool    `json:"vanished"`
	Eased    bool    `json:"eased"`
	Pale     *struct {
		found
		Ratio      float64 `json:"ratio"`
		Required   float64 `json:"required"`
		Text       string  `json:"text"`
		Color      string  `json:"color"`
		Background string  `json:"background"`
	} `json:"pale"`
	Cut *struct {
		found
		Text string `json:"text"`
	} `json:"cut"`
}

// hoverAll puts the pointer on one of each sort of thing that reacts to it, in a
// copy of the page at the widest view: narrow ones are touched.
func hoverAll(ctx context.Context, s *site) error {
	view := s.widestFirst()[0]
	c, err := s.tabs[view].Copy(ctx)
	if err != nil {
		return ignoreGone(err)
	}
	defer c.Close()
	h := &hoverer{site: s, view: view, copy: c}
	if err := h.run(ctx); err != nil {
		return ignoreGone(fmt.Errorf("hovering at %s: %w", s.views[view].Name(), err))
	}
	return nil
}

type hoverer struct {
	site    *site
	view    int
	copy    Copy
	targets []target
}

func (h *hoverer) ask(ctx context.Context, entry string, index int, result any) error {
	return call(ctx, h.copy, map[string]any{"entry": entry, "index": index, "limits": h.site.scriptLimits()}, result)
}

func (h *hoverer) run(ctx context.Context) error {
	if err := h.ask(ctx, "hovers", 0, &h.targets); err != nil || len(h.targets) == 0 {
		return err
	}
	for range restlessLooks {
		var ok bool
		if err := h.copy.Pass(ctx, watchAlone/restlessLooks); err != nil {
			return err
		}
		if err := h.ask(ctx, "restless", 0, &ok); err != nil {
			return err
		}
	}
	for i := range h.targets[:min(len(h.targets), maxHovers)] {
		if err := h.try(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// try puts the pointer on a target and compares.
func (h *hoverer) try(ctx context.Context, i int) error {
	var a aim
	if err := h.ask(ctx, "approach", i, &a); err != nil || a.Gone {
		return err
	}
	// The corner of the viewport is away from most things.
	if err := h.copy.Hover(ctx, 0, 0); err != nil {
		return err
	}
	if err := h.copy.Pass(ctx, afterInput); err != nil {
		return err
	}
	if err := h.ask(ctx, "approach", i, &a); err != nil || a.Gone {
		return err
	}
	var ok bool
	if err := h.ask(ctx, "rest", i, &ok); err != nil {
		return err
	}
	crossings, err := h.tremble(ctx, i, a)
	if err != nil {
		return err
	}
	if crossings >= flickers {
		return h.report(ctx, i, hoverFlickers, hoverFlickers, []found{h.targets[i].found}, nil, nil)
	}
	if crossings > 1 {
		return nil // it left, and stays where it is
	}
	var now hovered
	if err := h.ask(ctx, "hovered", i, &now); err != nil || now.Lost {
		return err
	}
	return h.judge(ctx, i, now)
}

// tremble moves the pointer to and fro by a pixel, as hands do, while page time
// goes on, and counts how often the target came under it or left it.
func (h *hoverer) tremble(ctx context.Context, i int, a aim) (crossings int, err error) {
	for n := range hoverMoves {
		if err := h.copy.Hover(ctx, a.X+float64(n%2), a.Y); err != nil {
			return 0, err
		}
		if err := h.copy.Pass(ctx, hoverSettles/hoverMoves); err != nil {
			return 0, err
		}
	}
	return crossings, h.ask(ctx, "crossings", i, &crossings)
}

func (h *hoverer) judge(ctx context.Context, i int, now hovered) error {
	self := h.targets[i]
	if now.Vanished {
		return h.report(ctx, i, hoverVanishes, hoverVanishes, []found{self.found}, nil, nil)
	}
	if now.By >= jumpPx && len(now.Jumps) > 0 && !(now.Eased && now.By > unfoldPx) {
		m := map[string]float64{"moved_px": math.Round(now.By), "moved": float64(len(now.Jumps))}
		if err := h.report(ctx, i, hoverJumps, hoverJumps, append([]found{self.found}, now.Jumps...), m, nil); err != nil {
			return err
		}
	}
	if p := now.Pale; p != nil {
		m := map[string]float64{"ratio": round2(p.Ratio), "required_ratio": p.Required}
		words := map[string]string{"text": p.Text, "color": p.Color, "background": p.Background}
		if err := h.report(ctx, i, hoverPale, hoverPale, []found{p.found}, m, words); err != nil {
			return err
		}
	}
	if p := now.Cut; p != nil {
		return h.report(ctx, i, hoverCut, hoverCut, []found{p.found}, nil, map[string]string{"text": p.Text})
	}
	return nil
}

func round2(n float64) float64 { return math.Round(n*100) / 100 }

func (h *hoverer) report(ctx context.Context, i int, way, group string, of []found, measure map[string]float64, words map[string]string) error {
	cause, err := h.cause(ctx, i, way, of[0].XPath)
	if err != nil {
		return err
	}
	group += " " + h.targets[i].Key
	if cause != nil {
		group = fmt.Sprintf("%s %s %d:%d", way, cause.File, cause.Range.Start.Line, cause.Range.Start.Character)
	}
	f := finding{
		Rule: HoverBreaks, Group: group, Elements: of[:min(len(of), MaxElementsEach)], Measure: map[string]float64{"count": 1},
		Words: map[string]string{"way": way, "target": h.targets[i].Selector}, settled: known(cause),
	}
	for k, v := range measure {
		f.Measure[k] = v
	}
	for k, v := range words {
		f.Words[k] = v
	}
	r := &h.site.readings[h.view]
	if at := slices.IndexFunc(r.Findings, func(g finding) bool { return g.Rule == HoverBreaks && g.Group == group }); at >= 0 {
		r.Findings[at].Measure["count"]++
		return nil
	}
	r.Findings = append(r.Findings, f)
	return nil
}

// cause is the declaration of a rule for the pointer that does it: on the element
// that shows it or on the target.
func (h *hoverer) cause(ctx context.Context, i int, way, xpath string) (*preview.Cause, error) {
	target := map[string]any{"entry": "hoverTarget", "index": i}
	if way == hoverFlickers { // it is not under the pointer for long enough
		if err := h.copy.Hold(ctx, elementScript, target); err != nil {
			return nil, err
		}
	}
	for _, arg := range []map[string]any{{"entry": "element", "path": xpath}, target} {
		rules, err := h.copy.Styles(ctx, elementScript, arg)
		if err != nil {
			return nil, err
		}
		rules = slices.DeleteFunc(rules, func(r preview.StyleRule) bool { return r.Body.File == "" || !strings.Contains(r.Selector, ":hover") })
		for _, property := range hoverProperties[way] {
			if c := h.site.declares(rules, property); c != nil {
				return h.site.ours(c, xpath), nil
			}
		}
	}
	return nil, nil
}

// declares finds the declaration that decides a property, or one that begins
// with it; nil if there is none.
func (s *site) declares(rules []preview.StyleRule, property string) *preview.Cause {
	for _, rule := range rules {
		for i, d := range rule.Decls {
			if d.Wins && strings.HasPrefix(d.Property, property) {
				if c := s.declaredAt(rule, i); c != nil {
					return c
				}
			}
		}
	}
	return nil
}
