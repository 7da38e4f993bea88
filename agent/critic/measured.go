package critic

import (
	"context"
	"errors"
	"fmt"

	"relook/agent"
	"relook/preview"
	"relook/preview/diagnose"
)

// Measured is the critic that measures: the diagnosis is its score. It needs no
// model and no pictures, and is exact.
type Measured struct{}

var _ agent.Critic = Measured{}

// Name is "measured".
func (Measured) Name() string { return "measured" }

// Exact is true.
func (Measured) Exact() bool { return true }

const (
	// half is the cost of defects at which a page gets 50 points: that of about
	// two errors.
	half = 25.0
	// margin is what two costs must differ by, as in the gate.
	margin = 0.05
)

// points falls from 100 at no cost towards 0. Every lower cost gives more.
func points(cost float64) float64 { return 100 * half / (half + cost) }

var errInvalid = errors.New("a page that does not render can't be measured")

// Judge implements agent.Critic. The score is a function of the diagnosis' cost
// alone; what was asked for can't be measured and has no score. Remarks are the
// defects, the worst first, numbered.
func (Measured) Judge(ctx context.Context, l agent.Look) (agent.Judgement, error) {
	if err := ctx.Err(); err != nil {
		return agent.Judgement{}, err
	}
	if l.Rendering == nil || !l.Rendering.Diagnosis.Valid {
		return agent.Judgement{}, errInvalid
	}
	d := l.Rendering.Diagnosis
	cost := map[string]float64{agent.DimLayout: 0, agent.DimStyle: 0, agent.DimInteraction: 0}
	out := agent.Judgement{
		Critic: "measured", View: l.View, Score: points(d.Cost()), Dimensions: map[string]float64{}, Remarks: []agent.Remark{},
	}
	for i, f := range d.Defects {
		cost[dimensionOf(f.Rule)] += f.Cost
		r := agent.Remark{Mark: i + 1, Problem: f.Message, Change: causeOf(f)}
		if len(f.Elements) > 0 {
			r.Element, r.Box = f.Elements[0].Selector, f.Elements[0].Box
		}
		out.Remarks = append(out.Remarks, r)
	}
	for dim, c := range cost {
		out.Dimensions[dim] = points(c)
	}
	return out, nil
}

// Compare implements agent.Critic.
func (Measured) Compare(ctx context.Context, first, second agent.Look) (agent.Comparison, error) {
	if err := ctx.Err(); err != nil {
		return agent.Comparison{}, err
	}
	for _, l := range []agent.Look{first, second} {
		if l.Rendering == nil || !l.Rendering.Diagnosis.Valid {
			return agent.Comparison{}, errInvalid
		}
	}
	a, b := first.Rendering.Diagnosis.Cost(), second.Rendering.Diagnosis.Cost()
	c := agent.Comparison{Choice: agent.Neither, Why: fmt.Sprintf("its defects cost %.1f against %.1f", min(a, b), max(a, b))}
	switch {
	case a < b-margin:
		c.Choice = agent.First
	case b < a-margin:
		c.Choice = agent.Second
	}
	return c, nil
}

func causeOf(f preview.Defect) string {
	if f.Cause == nil {
		return ""
	}
	return fmt.Sprintf("it comes from `%s` in %s:%d", plain(f.Cause.Text), f.Cause.File, f.Cause.Range.Start.Line+1)
}

// dimensionOf says which dimension a defect counts in: layout, unless it is about
// type and colour or about use.
func dimensionOf(rule string) string {
	switch rule {
	case diagnose.LowContrast, diagnose.TextTooSmall, diagnose.TextTooWide, diagnose.TextTooNarrow, diagnose.StretchedImage,
		diagnose.OversizedImage, diagnose.FontNotLoaded, diagnose.DarkScheme, diagnose.UnfilledText, diagnose.BrokenImage, diagnose.TextSpacing:
		return agent.DimStyle
	case diagnose.CoveredControl, diagnose.TapTarget, diagnose.ConsoleError, diagnose.FailedRequest, diagnose.MissingAlt,
		diagnose.MissingLabel, diagnose.DeadControl, diagnose.KeyboardDead, diagnose.FocusNotVisible, diagnose.FocusTrap,
		diagnose.HoverBreaks, diagnose.NeverAppears, diagnose.FlashInvisible, diagnose.ReducedMotion:
		return agent.DimInteraction
	}
	return agent.DimLayout
}
