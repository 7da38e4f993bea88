package agent

import (
	"fmt"
	"strings"

	"relook/preview"
)

const (
	// edgeKept is the distance in px from which on text stands off an edge on
	// purpose; edgeTouched is the distance at which it touches it.
	edgeKept    = 4
	edgeTouched = 1
	// maxOrdered bounds the things of a view whose order is compared, each with
	// each.
	maxOrdered = 150
)

// crowded rejects an edit after which text touches an edge of the screen, or of
// the painted box that it stands in, and did not before: room is not to be had
// from what sets text off.
func crowded(c Case) (string, string) {
	for _, was := range c.Before.Inventories {
		is := c.After.Inventory(was.View)
		if is == nil {
			continue
		}
		found, after := index(is.Items), frames(is.Items)
		before := frames(was.Items)
		for _, item := range was.Items {
			now := found.take(item)
			if item.Kind != preview.ItemText || !item.Visible || now == nil {
				continue
			}
			screen := preview.Box{Width: viewWidth(was), Height: was.DocHeight}
			if side := touches(item.Box, now.Box, screen, preview.Box{Width: viewWidth(*is), Height: is.DocHeight}); side != "" {
				return RuleCrowded, fmt.Sprintf("%s touches the %s edge of the screen at %s", describe(item), side, was.View)
			}
			frame := before.around(item)
			if frame == nil {
				continue
			}
			if is := after[frame.XPath]; is != nil {
				if side := touches(item.Box, now.Box, frame.Box, is.Box); side != "" {
					return RuleCrowded, fmt.Sprintf("%s touches the %s edge of its box at %s", describe(item), side, was.View)
				}
			}
		}
	}
	return "", ""
}

// touches names the side at which a text came to touch the box that it is in.
func touches(was, is, frame, after preview.Box) string {
	for _, d := range []struct {
		side    string
		was, is float64
	}{
		{"left", was.X - frame.X, is.X - after.X},
		{"right", frame.Right() - was.Right(), after.Right() - is.Right()},
		{"top", was.Y - frame.Y, is.Y - after.Y},
		{"bottom", frame.Bottom() - was.Bottom(), after.Bottom() - is.Bottom()},
	} {
		if d.was >= edgeKept && d.is < edgeTouched {
			return d.side
		}
	}
	return ""
}

// painted are the painted boxes of a view by their place.
type painted map[string]*preview.Item

func frames(items []preview.Item) painted {
	list := painted{}
	for i := range items {
		if items[i].Kind == preview.ItemBox {
			list[items[i].XPath] = &items[i]
		}
	}
	return list
}

// around is the nearest painted box around an item, nil for none.
func (p painted) around(item preview.Item) *preview.Item {
	for at := item.XPath; at != ""; at = at[:max(0, strings.LastIndexByte(at, '/'))] {
		if f := p[at]; f != nil {
			return f
		}
	}
	return nil
}

// reordered rejects an edit that makes two things change places: what stood
// above or before something else must not stand below or after it, unless it
// does so at another view already.
func reordered(c Case) (string, string) {
	for _, was := range c.Before.Inventories {
		is := c.After.Inventory(was.View)
		if is == nil {
			continue
		}
		found := index(is.Items)
		var olds, news []preview.Item
		for _, item := range was.Items {
			now := found.take(item)
			thing := item.Kind == preview.ItemText || item.Kind == preview.ItemControl || item.Kind == preview.ItemPicture
			if thing && now != nil && item.Visible && now.Visible && len(olds) < maxOrdered {
				olds, news = append(olds, item), append(news, *now)
			}
		}
		for i := range olds {
			for k := i + 1; k < len(olds); k++ {
				a, b := lies(olds[i].Box, olds[k].Box), lies(news[i].Box, news[k].Box)
				if swapped(a, b) && related(olds[i], olds[k], a, b) && !elsewhere(c.Before, was.View, olds[i], olds[k], b) {
					return RuleOrder, fmt.Sprintf("%s and %s change places at %s", describe(olds[i]), describe(olds[k]), was.View)
				}
			}
		}
	}
	return "", ""
}

// A relation is how one thing lies to another: 'a'bove, 'b'elow, 'l'eft, 'r'ight,
// 0 where they lie on each other.
type relation byte

func lies(a, b preview.Box) relation {
	const slack = 2
	switch {
	case a.Bottom() <= b.Y+slack:
		return 'a'
	case b.Bottom() <= a.Y+slack:
		return 'b'
	case a.Right() <= b.X+slack:
		return 'l'
	case b.Right() <= a.X+slack:
		return 'r'
	}
	return 0
}

// swapped reports whether the first of two things in the order of the document,
// which came first on the screen too, comes behind the second. What stood side by
// side may stand one below the other, the first on top; and where columns are
// set below each other, what was level with something may come before it.
func swapped(was, is relation) bool {
	switch was {
	case 'a':
		return is == 'b'
	case 'l':
		return is == 'r' || is == 'b'
	}
	return false
}

// related reports whether two things that were swapped belong to one row or
// column: of columns side by side one may well grow past another.
func related(x, y preview.Item, was, is relation) bool {
	if was == 'l' && is == 'r' {
		return true
	}
	return parentOf(x.XPath) == parentOf(y.XPath) || was == 'a' && x.Box.X < y.Box.Right() && y.Box.X < x.Box.Right()
}

func parentOf(xpath string) string { return xpath[:max(0, strings.LastIndexByte(xpath, '/'))] }

// elsewhere reports whether another view shows two things as they lie now.
func elsewhere(r *preview.Rendering, view string, a, b preview.Item, want relation) bool {
	for _, other := range r.Inventories {
		if other.View == view {
			continue
		}
		var boxes [2]*preview.Box
		for i := range other.Items {
			it := &other.Items[i]
			if it.Visible && identity(*it) == identity(a) {
				boxes[0] = &it.Box
			}
			if it.Visible && identity(*it) == identity(b) {
				boxes[1] = &it.Box
			}
		}
		if boxes[0] != nil && boxes[1] != nil && lies(*boxes[0], *boxes[1]) == want {
			return true
		}
	}
	return false
}
