package agent

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"relook/preview"
)

// The dimensions in which a critic scores a page: those of the ReLook paper.
const (
	DimRequest     = "request"     // does it do what was asked for
	DimLayout      = "layout"      // is everything where it belongs
	DimStyle       = "style"       // typography and colour
	DimInteraction = "interaction" // can everything be used that looks as if it could
)

// Dimensions lists the dimensions in their order.
func Dimensions() []string { return []string{DimRequest, DimLayout, DimStyle, DimInteraction} }

// A Look is a page as a critic is shown it.
type Look struct {
	// Request is what the page shall be, in the person's words; "" if nobody said.
	Request string
	Page    preview.Page
	// Rendering is valid and has the shots of the view at all moments.
	Rendering *preview.Rendering
	View      string // name of the view that is looked at
}

// A Remark is what a critic says of one element.
type Remark struct {
	Mark    int         `json:"mark"`              // number that was drawn on the shots; 0 for the page as a whole
	Element string      `json:"element,omitempty"` // what bears the mark, such as `button "Buy"`
	Box     preview.Box `json:"box"`               // of it in the view, CSS px
	Problem string      `json:"problem"`
	Change  string      `json:"change"` // what would mend it
}

// A Judgement is what a critic says of a page.
type Judgement struct {
	Critic string  `json:"critic"` // its name
	View   string  `json:"view"`   // that it looked at
	Score  float64 `json:"score"`  // 0 to 100: the mean of the dimensions, unless the critic measures
	// Dimensions are the scores by dimension, 0 to 100; a critic that measures has
	// only those that it measures.
	Dimensions map[string]float64 `json:"dimensions"`
	Remarks    []Remark           `json:"remarks"`
	Exchanges  []Exchange         `json:"-"` // questions that were asked for it; none if it was known already
}

// Feedback is what the critic advises, in lines.
func (j Judgement) Feedback() string {
	var b strings.Builder
	for _, r := range j.Remarks {
		who := r.Element
		if who == "" {
			who = "the page"
		}
		fmt.Fprintf(&b, "- %s: %s", who, strings.TrimSuffix(r.Problem, "."))
		if r.Change != "" {
			fmt.Fprintf(&b, "; %s", r.Change)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// A Choice is which of two pages a critic finds better.
type Choice string

// The choices.
const (
	First   Choice = "first"
	Second  Choice = "second"
	Neither Choice = "neither"
)

// A Comparison is what a critic says of two pages that it saw in one order.
type Comparison struct {
	Choice    Choice     `json:"choice" jsonschema:"enum=first,enum=second,enum=neither"`
	Why       string     `json:"why"`
	Exchanges []Exchange `json:"-"`
}

// A Critic looks at pages as a person would. What it answers is either sound or
// an error: an *UnusableError when its replies are of no use, any other when the
// machine failed. Errors are never scored.
type Critic interface {
	// Name is such as "measured" or "ollama:qwen2.5vl:7b".
	Name() string
	// Exact reports whether every difference of its scores is real: the same page
	// always gets the same one, and it measures rather than guesses.
	Exact() bool
	// Judge scores one page.
	Judge(ctx context.Context, l Look) (Judgement, error)
	// Compare says which of two renderings of one page is better.
	Compare(ctx context.Context, first, second Look) (Comparison, error)
}

// A Preference is a comparison in both orders.
type Preference struct {
	Pass      int  `json:"pass"` // of the refinement, from 1; 0 outside of one
	Preferred bool `json:"preferred"`
	// Reason is a sentence for people.
	Reason string `json:"reason"`
	// Orders are what was said when the page before came first, and when it came
	// second; the second is missing when the first settled it.
	Orders []Comparison `json:"orders"`
}

// Prefer asks a critic whether after is better than before, in both orders: a
// critic that prefers whatever comes first, or last, prefers nothing.
func Prefer(ctx context.Context, c Critic, before, after Look) (Preference, error) {
	p := Preference{}
	for i, order := range [][2]Look{{before, after}, {after, before}} {
		said, err := c.Compare(ctx, order[0], order[1])
		if err != nil {
			return p, fmt.Errorf("comparing with %s: %w", c.Name(), err)
		}
		p.Orders = append(p.Orders, said)
		want := []Choice{Second, First}[i]
		switch {
		case said.Choice == want:
		case said.Choice == Neither:
			p.Reason = fmt.Sprintf("the critic %s does not find it better: %s", c.Name(), orSilence(said.Why))
			return p, nil
		case i == 0:
			p.Reason = fmt.Sprintf("the critic %s finds the page as it was better: %s", c.Name(), orSilence(said.Why))
			return p, nil
		default:
			p.Reason = fmt.Sprintf("the critic %s prefers whichever page it is shown %s", c.Name(), position(said.Choice))
			return p, nil
		}
	}
	p.Preferred = true
	p.Reason = fmt.Sprintf("the critic %s prefers it in both orders: %s", c.Name(), orSilence(p.Orders[0].Why))
	return p, nil
}

func position(c Choice) string {
	if c == First {
		return "first"
	}
	return "second"
}

func orSilence(why string) string {
	if why == "" {
		return "it gives no reason"
	}
	return why
}

// WorstView is the view at which a page suffers most: the one with the highest
// cost of defects, of equal ones the widest; "" without inventories.
func WorstView(r *preview.Rendering) string {
	cost := map[string]float64{}
	for _, d := range r.Diagnosis.Defects {
		for _, v := range d.Views {
			cost[v] += d.Cost / float64(len(d.Views))
		}
	}
	worst, width := "", 0
	for _, i := range r.Inventories {
		v, err := preview.ParseView(i.View)
		if err != nil {
			continue
		}
		if worst == "" || cost[i.View] > cost[worst] || cost[i.View] == cost[worst] && v.Width > width {
			worst, width = i.View, v.Width
		}
	}
	return worst
}

// unusable reports whether err is about a critic's replies and not about the
// machine.
func unusable(err error) bool {
	var u *UnusableError
	return errors.As(err, &u)
}
