package critic

import (
	"cmp"
	"fmt"
	"path"
	"slices"

	"relook/agent"
	"relook/preview"
)

// A mark is an element with a number that is drawn on the shots.
type mark struct {
	label string // for people, such as `button "Buy"`
	box   preview.Box
}

func (m mark) line() string {
	return fmt.Sprintf("%s at %.0f,%.0f %.0fx%.0f", m.label, m.box.X, m.box.Y, m.box.Width, m.box.Height)
}

const (
	// maxMarks keeps the numbers from hiding the page.
	maxMarks = 20
	// faultMarks is how many of them go to elements with a defect.
	faultMarks = 8
	// leastSide is the smallest side in px of a thing that is marked.
	leastSide = 8
)

// marksOf chooses the elements that get a number in the view: first those with a
// defect, then what can be used, seen and read, the largest first. They are
// numbered in the order of reading.
func marksOf(l agent.Look) []mark {
	taken := map[string]bool{}
	var list []mark
	add := func(xpath, label string, box preview.Box) {
		if !taken[xpath] && box.Width >= leastSide && box.Height >= leastSide && box.Y < preview.MaxShotHeight {
			taken[xpath] = true
			list = append(list, mark{label, box})
		}
	}
	for _, d := range l.Rendering.Diagnosis.Defects {
		for _, e := range d.Elements {
			if e.View == l.View && len(list) < faultMarks {
				add(e.XPath, clean(short(e.Selector, 60)), e.Box)
			}
		}
	}
	for _, i := range things(l) {
		if len(list) < maxMarks {
			add(i.XPath, labelOf(i), i.Box)
		}
	}
	slices.SortStableFunc(list, func(a, b mark) int { return cmp.Or(cmp.Compare(a.box.Y, b.box.Y), cmp.Compare(a.box.X, b.box.X)) })
	return list
}

// things are what a visitor sees in the view: controls, pictures, text, of each
// the largest first.
func things(l agent.Look) []preview.Item {
	inventory := l.Rendering.Inventory(l.View)
	if inventory == nil {
		return nil
	}
	kinds := []preview.ItemKind{preview.ItemControl, preview.ItemPicture, preview.ItemText}
	items := slices.DeleteFunc(slices.Clone(inventory.Items), func(i preview.Item) bool {
		return !i.Visible || !slices.Contains(kinds, i.Kind)
	})
	slices.SortStableFunc(items, func(a, b preview.Item) int {
		return cmp.Or(cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)), cmp.Compare(b.Box.Area(), a.Box.Area()))
	})
	return items
}

func labelOf(i preview.Item) string {
	name := i.Name
	if i.Kind == preview.ItemPicture {
		name = path.Base(name)
	}
	return fmt.Sprintf("%s %q", roleOf(i), clean(short(name, 40)))
}
