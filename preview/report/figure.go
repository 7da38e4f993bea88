package report

import (
	"errors"
	"fmt"
	"html/template"
	"math"
	"strings"
	"time"

	"github.com/sourcegraph/conc/pool"

	"relook/preview"
)

// A figure is one view: its picture before, and after if there is one.
type figure struct {
	ID    string
	Label string // "390 px"
	Size  string // "390 × 844"
	Width int    // CSS px: the share of the row that it takes
	Count string // "5 defects before, 1 after"
	// Before and After are shown in one frame. After is nil when there is
	// nothing to compare.
	Before, After *side
	// Difference shows what changed and nothing else; "" when nothing did.
	Difference    template.HTMLAttr // src="data:..."
	DifferenceAlt string
	Strip         []moment
	Still         string // said in place of a strip when all moments look the same
}

// A side is one picture with the outlines on it.
type side struct {
	Name          string            // class name: "before" or "after"
	Src           template.HTMLAttr // src="data:..."
	Width, Height int               // CSS px
	Alt           string
	Marks         []mark
}

// A mark is the outline of one element. Places are percent of the picture.
type mark struct {
	Defect              *defect
	ID                  string // of its tag, "" unless it is the defect's first
	Tagged              bool   // the first of its defect in this picture
	X, Y, Width, Height string
	Over                string // px by which it sticks out to the right, "" if it doesn't
}

// A moment is a small picture at a moment of page time.
type moment struct {
	Src           template.HTMLAttr
	Width, Height int
	Label, Alt    string
}

// maxOutlines is how many elements of one defect are outlined in one picture.
// More would hide the page.
const maxOutlines = 24

// buildFigures makes a figure of every view that has a shot, in parallel.
func buildFigures(d Data, defects []*defect) ([]*figure, error) {
	before := lastShots(d.Before)
	figures := make([]*figure, len(before))
	work := pool.New().WithErrors()
	for i, shots := range before {
		work.Go(func() error {
			var after []preview.Shot
			if d.After != nil {
				after = shotsOf(d.After, shots[0].View.Name())
			}
			f, err := buildFigure(d, defects, shots, after)
			figures[i] = f
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return nil, err
	}
	for i, f := range figures {
		f.ID = fmt.Sprintf("view%d", i+1)
		for _, s := range []*side{f.Before, f.After} {
			nameTags(s)
		}
	}
	return figures, nil
}

// nameTags gives the first tag of each defect an id that the list links to.
// Defects that are left are linked where they were.
func nameTags(s *side) {
	if s == nil {
		return
	}
	for i := range s.Marks {
		m := &s.Marks[i]
		if m.Tagged && m.Defect.Mark == "" {
			m.Defect.Mark = fmt.Sprintf("mark%d", m.Defect.Number)
			m.ID = m.Defect.Mark
		}
	}
}

// lastShots groups a rendering's shots by view, in their order.
func lastShots(r *preview.Rendering) [][]preview.Shot {
	var groups [][]preview.Shot
	seen := map[string]bool{}
	for _, s := range r.Shots {
		if name := s.View.Name(); !seen[name] {
			seen[name] = true
			groups = append(groups, shotsOf(r, name))
		}
	}
	return groups
}

func shotsOf(r *preview.Rendering, view string) []preview.Shot {
	var list []preview.Shot
	for _, s := range r.Shots {
		if s.View.Name() == view {
			list = append(list, s)
		}
	}
	return list
}

func buildFigure(d Data, defects []*defect, before, after []preview.Shot) (*figure, error) {
	last := before[len(before)-1]
	v := last.View
	f := &figure{Label: label(v), Size: fmt.Sprintf("%d × %d", v.Width, v.Height), Width: v.Width}
	pictures := newPictures(label(v))
	f.Before = newSide("before", d, last, defects, pictures)
	f.Count = plural(tagged(f.Before), "defect")
	strip := before
	if len(after) > 0 {
		now := after[len(after)-1]
		f.After = newSide("after", d, now, defects, pictures)
		f.Count = fmt.Sprintf("%s before, %d after", f.Count, tagged(f.After))
		diff, share := pictures.difference(last, now)
		f.Difference, f.DifferenceAlt = diff, fmt.Sprintf("%s at %s: the parts that the repair changed, %s of the picture", d.Path, f.Label, share)
		strip = after
	}
	f.Strip, f.Still = pictures.strip(d.Path, strip)
	return f, errors.Join(pictures.errs...)
}

func newSide(name string, d Data, shot preview.Shot, defects []*defect, p *pictures) *side {
	s := &side{Name: name, Src: p.source(shot), Width: shot.Width, Height: shot.Height}
	if s.Width < 1 || s.Height < 1 { // a shot that does not say
		s.Width, s.Height = p.size(shot)
	}
	var wrong []string
	for _, f := range defects {
		found := f.before
		if name == "after" {
			found = f.after
		}
		if found == nil {
			continue
		}
		marks := place(f, found, shot.View.Name(), s)
		s.Marks = append(s.Marks, marks...)
		if len(marks) > 0 {
			wrong = append(wrong, fmt.Sprintf("%d %s", f.Number, strings.ToLower(f.Title())))
		}
	}
	s.Alt = fmt.Sprintf("%s at %s", d.Path, label(shot.View))
	if d.After != nil {
		s.Alt += " " + map[string]string{"before": "before the repair", "after": "after the repair"}[name]
	}
	if len(wrong) == 0 {
		s.Alt += ": no defect to see"
	} else {
		s.Alt += ": " + strings.Join(wrong, ", ")
	}
	return s
}

// place makes the outlines of a defect's elements in one view.
func place(f *defect, found *preview.Defect, view string, s *side) []mark {
	var marks []mark
	canvas := preview.Box{Width: float64(s.Width), Height: float64(s.Height)}
	for _, e := range found.Elements {
		if e.View != view || len(marks) == maxOutlines {
			continue
		}
		if len(marks) > 0 && e.Box.Intersect(canvas) == (preview.Box{}) {
			continue // the first, at the edge, tells that there is more outside
		}
		b := reach(e.Box, canvas)
		m := mark{
			Defect: f, Tagged: len(marks) == 0,
			X: percent(b.X, canvas.Width), Y: percent(b.Y, canvas.Height),
			Width: percent(b.Width, canvas.Width), Height: percent(b.Height, canvas.Height),
		}
		if over := overflow(e.Box, found.Measure, canvas.Width); m.Tagged && over > 1 {
			m.Over = "+" + decimal(math.Round(over)) + " px"
		}
		marks = append(marks, m)
	}
	return marks
}

// overflow is by how many px a defect whose measure is an overflow sticks out to
// the right in a view. The box tells it; but a box may be narrow and only what is
// in it stick out, and then the measure tells it for the view that it is of.
func overflow(b preview.Box, measure map[string]float64, width float64) float64 {
	px, ok := measure["overflow_px"]
	if !ok {
		return 0
	}
	over := b.Right() - width
	if measure["viewport_px"] == width {
		over = max(over, px)
	}
	return over
}

// reach is the part of b that lies in the canvas, at least a few px of it: an
// element that lies outside is drawn at the edge behind which it is.
func reach(b, canvas preview.Box) preview.Box {
	const least = 8
	clamp := func(v, lo, hi float64) float64 { return max(lo, min(v, hi)) }
	x := clamp(b.X, 0, max(0, canvas.Width-least))
	y := clamp(b.Y, 0, max(0, canvas.Height-least))
	right := clamp(b.Right(), min(x+least, canvas.Width), canvas.Width)
	bottom := clamp(b.Bottom(), min(y+least, canvas.Height), canvas.Height)
	return preview.Box{X: x, Y: y, Width: right - x, Height: bottom - y}
}

func percent(v, of float64) string {
	if of <= 0 {
		return "0"
	}
	return fmt.Sprintf("%.3f", 100*v/of)
}

func tagged(s *side) int {
	n := 0
	for _, m := range s.Marks {
		if m.Tagged {
			n++
		}
	}
	return n
}

// seconds is such as "0.5 s".
func seconds(d time.Duration) string {
	return fmt.Sprintf("%g s", d.Seconds())
}
