package report

import (
	"fmt"

	"relook/preview"
)

// A critiqueView is what a critic said as the reader sees it.
type critiqueView struct {
	Line     string // "62 before, 81 after"
	Where    string // "ollama:qwen2.5vl:7b, which looked at 390 px"
	Both     bool   // whether there are scores from before and after
	Rows     []scoreRow
	Said     string // whose remarks these are: "of the page after the repair"
	Remarks  []Remark
	Compared []string
	Problems []string
}

// A scoreRow is one dimension; a score is "" where there is none.
type scoreRow struct {
	Name, Before, After string
	BeforeWidth         string // of its bar, in percent
	AfterWidth          string
}

func buildCritique(c *Critique) *critiqueView {
	if c == nil {
		return nil
	}
	v := &critiqueView{Where: c.Critic, Compared: c.Comparisons, Problems: c.Problems, Both: c.Before != nil && c.After != nil}
	if view, err := preview.ParseView(c.View); err == nil {
		v.Where += ", which looked at " + label(view)
	}
	switch {
	case v.Both:
		v.Line = fmt.Sprintf("%.0f of 100 before, %.0f after", c.Before.Score, c.After.Score)
		v.Said, v.Remarks = "What it says of the page after the repair", c.After.Remarks
	case c.Before != nil:
		v.Line = fmt.Sprintf("%.0f of 100", c.Before.Score)
		v.Said, v.Remarks = "What it says of the page", c.Before.Remarks
	default:
		v.Line = "It could not tell"
	}
	if c.Before != nil {
		for _, d := range c.Before.Dimensions {
			row := scoreRow{Name: capital(d.Name), Before: score(d.Score), BeforeWidth: percent(d.Score, 100)}
			if c.After != nil {
				row.After, row.AfterWidth = afterOf(c.After, d.Name)
			}
			v.Rows = append(v.Rows, row)
		}
	}
	return v
}

func afterOf(j *Judgement, name string) (text, width string) {
	for _, d := range j.Dimensions {
		if d.Name == name {
			return score(d.Score), percent(d.Score, 100)
		}
	}
	return "", "0"
}

func score(n float64) string { return fmt.Sprintf("%.0f", n) }
