package agent

import (
	"fmt"
	"math"
	"slices"

	"relook/preview"
	"relook/preview/diagnose"
)

const (
	// shownSlack is how much less of a thing may show: antialiasing and
	// rounding move edges by part of a pixel.
	shownSlack = 0.06
	// fontSlack is how much smaller, in px, text may become: none but rounding.
	// Small text is never the mend for a layout.
	fontSlack = 0.3
	// leastPart is the part of its width that a control, picture or box must
	// keep, measured against what of it fitted into the viewport before: a
	// 1,100 px bar may become 390 px wide, a button may not become a dot. Of its
	// height it may lose more, as what was stretched by its neighbours need not
	// be, down to leastSide.
	leastPart = 0.45
	// leastSide is the height in px that a control, picture or box may not
	// fall below if it was higher: a line of text.
	leastSide = 18
	// ratioSlack is how far a picture may move away from its natural
	// proportions, as a factor.
	ratioSlack = 0.03
)

// lost rejects an edit after which something that a visitor could read, see or
// use is gone, hidden, cut, covered, shrunk or distorted, at any view.
func (g Gate) lost(c Case) (string, string) {
	broken := neverLoaded(c.Before.Diagnosis)
	for _, was := range c.Before.Inventories {
		is := c.After.Inventory(was.View)
		if is == nil {
			return RuleInvalid, "the page was not measured at " + was.View
		}
		if was.CanZoom && !is.CanZoom {
			return RuleLost, "the page can no longer be zoomed"
		}
		found := index(is.Items)
		for _, item := range was.Items {
			if !item.Visible || item.Kind == preview.ItemPicture && broken[item.XPath] {
				continue
			}
			if id, what := compare(item, found.take(item), viewWidth(was)); id != "" {
				return id, fmt.Sprintf("%s %s at %s", describe(item), what, was.View)
			}
		}
	}
	return "", ""
}

// unreached rejects an edit after which a control that was covered can't be used
// all the same: one that lets no click through is no longer covered either.
func unreached(c Case) (string, string) {
	for _, d := range c.Before.Diagnosis.Defects {
		if d.Rule != diagnose.CoveredControl || !slices.Contains(c.Targets, d.Key()) {
			continue
		}
		for _, e := range d.Elements {
			is := c.After.Inventory(e.View)
			if is == nil {
				continue
			}
			for _, item := range is.Items {
				if item.Kind == preview.ItemControl && item.XPath == e.XPath && !item.Hittable {
					return RuleLost, fmt.Sprintf("%s still can't be clicked at %s", describe(item), e.View)
				}
			}
		}
	}
	return "", ""
}

// neverLoaded are the places of pictures that did not load: there is nothing of
// them to keep, and mending one gives it another name.
func neverLoaded(d preview.Diagnosis) map[string]bool {
	at := map[string]bool{}
	for _, f := range d.Defects {
		if f.Rule != diagnose.BrokenImage {
			continue
		}
		for _, e := range f.Elements {
			at[e.XPath] = true
		}
	}
	return at
}

func viewWidth(i preview.Inventory) float64 {
	v, err := preview.ParseView(i.View)
	if err != nil {
		return i.DocWidth
	}
	return float64(v.Width)
}

func compare(was preview.Item, is *preview.Item, width float64) (rule, what string) {
	switch {
	case is == nil:
		return RuleLost, "is gone"
	case !is.Visible:
		return RuleLost, "can no longer be seen"
	case is.Shown < was.Shown-shownSlack:
		return RuleLost, "is cut off"
	case was.Hittable && !is.Hittable:
		return RuleLost, "can no longer be clicked"
	case was.Kind == preview.ItemText && is.FontSize < was.FontSize-fontSlack:
		return RuleShrunk, fmt.Sprintf("shrinks from %.4gpx to %.4gpx", was.FontSize, is.FontSize)
	case was.Kind != preview.ItemText && shrunk(was.Box, is.Box, width):
		return RuleShrunk, fmt.Sprintf("shrinks to %.0f × %.0f px", is.Box.Width, is.Box.Height)
	case was.Kind == preview.ItemControl && cramped(was.Box, is.Box, width):
		return RuleShrunk, fmt.Sprintf("shrinks to %.0f × %.0f px", is.Box.Width, is.Box.Height)
	case distortion(is.Ratio) > distortion(was.Ratio)+ratioSlack,
		was.Kind == preview.ItemBackground && was.Ratio == 1 && is.Ratio != 1:
		return RuleDistorted, "is stretched"
	}
	return "", ""
}

// shrunk compares boxes at a viewport of the given width.
func shrunk(was, is preview.Box, width float64) bool {
	return is.Width < leastPart*min(was.Width, width) || is.Height < min(was.Height-1, leastSide)
}

const (
	// controlHeight is the height in px up to which a control is one line and
	// not an area, such as a card that is a link; controlPart is the part of its
	// area that such a control must keep.
	controlHeight = 80
	controlPart   = 0.5
)

// cramped reports whether a button or field lost most of its area.
func cramped(was, is preview.Box, width float64) bool {
	return was.Height <= controlHeight && is.Area() < controlPart*min(was.Width, width)*was.Height
}

// distortion is how far a picture is from its natural proportions, 0 for not
// at all or unknown.
func distortion(ratio float64) float64 {
	if ratio <= 0 {
		return 0
	}
	return math.Abs(math.Log(ratio))
}

// moved rejects an edit that moves anything at a view in which nothing was
// wrong: repairs for a phone must leave the desktop alone.
func (g Gate) moved(c Case) (string, string) {
	failing := map[string]bool{}
	for _, d := range c.Before.Diagnosis.Defects {
		for _, t := range c.Targets {
			if d.Key() == t {
				for _, v := range d.Views {
					failing[v] = true
				}
			}
		}
	}
	for _, was := range c.Before.Inventories {
		if failing[was.View] {
			continue
		}
		found := index(c.After.Inventory(was.View).Items)
		for _, item := range was.Items {
			is := found.take(item)
			if item.Visible && is != nil && shift(item.Box, is.Box) > g.Slack {
				return RuleMoved, fmt.Sprintf("%s moves by %.0f px at %s, where nothing was wrong",
					describe(item), shift(item.Box, is.Box), was.View)
			}
		}
	}
	return "", ""
}

func shift(a, b preview.Box) float64 {
	return max(math.Abs(a.X-b.X), math.Abs(a.Y-b.Y), math.Abs(a.Width-b.Width), math.Abs(a.Height-b.Height))
}

// An itemIndex finds the item of one inventory that corresponds to one of
// another: the same place in the document if it still is the same thing, else
// the first unclaimed thing of the same kind, role and name, since an edit of
// the markup may wrap or move it.
type itemIndex struct {
	exact map[preview.Item]*preview.Item
	alike map[preview.Item][]*preview.Item
	place map[preview.Item]*preview.Item // controls whatever their name
	taken map[*preview.Item]bool
}

func index(items []preview.Item) itemIndex {
	x := itemIndex{
		map[preview.Item]*preview.Item{}, map[preview.Item][]*preview.Item{}, map[preview.Item]*preview.Item{}, map[*preview.Item]bool{},
	}
	for i := range items {
		it := &items[i]
		x.exact[identity(*it)] = it
		x.alike[likeness(*it)] = append(x.alike[likeness(*it)], it)
		if it.Kind == preview.ItemControl {
			x.place[preview.Item{Kind: it.Kind, XPath: it.XPath, Role: it.Role}] = it
		}
	}
	return x
}

func identity(i preview.Item) preview.Item {
	return preview.Item{Kind: i.Kind, XPath: i.XPath, Role: i.Role, Name: i.Name}
}

func likeness(i preview.Item) preview.Item {
	return preview.Item{Kind: i.Kind, Role: i.Role, Name: i.Name}
}

func (x itemIndex) take(i preview.Item) *preview.Item {
	if it := x.exact[identity(i)]; it != nil && !x.taken[it] {
		x.taken[it] = true
		return it
	}
	if i.Kind == preview.ItemControl && i.Name == "" { // it may have been given a name
		if it := x.place[preview.Item{Kind: i.Kind, XPath: i.XPath, Role: i.Role}]; it != nil && !x.taken[it] {
			x.taken[it] = true
			return it
		}
	}
	for _, it := range x.alike[likeness(i)] {
		if _, atHome := x.exact[identity(*it)]; atHome && !x.taken[it] {
			x.taken[it] = true
			return it
		}
	}
	return nil
}

func describe(i preview.Item) string {
	name := []rune(i.Name)
	if len(name) > 40 {
		name = append(name[:39], '…')
	}
	switch i.Kind {
	case preview.ItemText:
		return fmt.Sprintf("the text %q", string(name))
	case preview.ItemControl:
		return fmt.Sprintf("the %s %q", i.Role, string(name))
	case preview.ItemPicture:
		return fmt.Sprintf("the picture %q", string(name))
	case preview.ItemBackground:
		return fmt.Sprintf("the background picture %q", string(name))
	default:
		return "the box " + i.XPath
	}
}
