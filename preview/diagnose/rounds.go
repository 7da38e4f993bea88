package diagnose

import (
	"context"
	"image"
	"slices"
)

// A plan puts the looks of a view into few rounds: those that don't disturb each
// other share one.
type plan struct {
	rounds []*round // the first shows the page as it is
	zones  map[string]image.Rectangle
	moves  bool   // the page may look different in every frame
	again  *round // the page as it is once more, if it moves
}

// A frame is where a look's two pictures are found; the zero frame is one that
// can't be taken.
type frame struct {
	look
	region        image.Rectangle
	before, after *round
}

// A round is one state of the page with pictures of it.
type round struct {
	guises   []guise
	regions  []image.Rectangle
	pictures album
	refused  []guise // did not show: the page's own rules are stronger
}

// newPlan asks where the elements are that the looks put guises on.
func newPlan(ctx context.Context, tab Tab, list []*question) (*plan, error) {
	paths := []string{}
	for _, q := range list {
		for _, l := range q.proof.looks {
			for _, g := range slices.Concat(l.base, l.on) {
				if !slices.Contains(paths, g.XPath) {
					paths = append(paths, g.XPath)
				}
			}
		}
	}
	var found struct {
		Moves bool   `json:"moves"`
		Zones []*box `json:"zones"`
	}
	if err := call(ctx, tab, map[string]any{"entry": "zones", "paths": paths}, &found); err != nil {
		return nil, err
	}
	pl := &plan{rounds: []*round{{}}, zones: map[string]image.Rectangle{}, moves: found.Moves}
	for i, z := range found.Zones {
		if z != nil {
			pl.zones[paths[i]] = pixelsOf(*z).Inset(-zoneMargin)
		}
	}
	return pl, nil
}

// zoneMargin is how far shadows and outlines are taken to reach.
const zoneMargin = 12

// place finds the rounds for a look. There may be nothing to look at, or no room
// left.
func (pl *plan) place(l look) frame {
	region := pixelsOf(l.region)
	region.Max.X = min(region.Max.X, region.Min.X+maxLookWidth)
	region.Max.Y = min(region.Max.Y, region.Min.Y+maxLookHeight)
	if region = region.Intersect(image.Rect(0, 0, region.Max.X, region.Max.Y)); region.Empty() {
		return frame{}
	}
	for _, g := range l.on {
		// A part that is not where it was read is fixed on a page that was scrolled.
		if !pl.zones[g.XPath].Overlaps(region) {
			return frame{}
		}
	}
	before := pl.fit(l.base, region)
	after := pl.fit(slices.Concat(l.base, l.on), region)
	if before == nil || after == nil {
		return frame{}
	}
	return frame{l, region, before, after}
}

// fit finds or makes a round in which region is seen with these guises and no
// others in its way; nil if there are too many already.
func (pl *plan) fit(guises []guise, region image.Rectangle) *round {
	for i, r := range pl.rounds {
		if i == 0 && len(guises) == 0 || i > 0 && len(guises) > 0 && pl.takes(r, guises, region) {
			return r.add(guises, region)
		}
	}
	if len(pl.rounds) > maxRounds {
		return nil
	}
	r := &round{}
	pl.rounds = append(pl.rounds, r)
	return r.add(guises, region)
}

// change is what differs between the two pictures of a frame, beyond what
// changes by itself; nil if it is not known.
func (pl *plan) change(f frame) *mask {
	if f.before == nil || f.before.refuses(f.base) || f.after.refuses(f.base) || f.after.refuses(f.on) {
		return nil
	}
	m := differences(f.before.pictures, f.after.pictures, f.region)
	if m != nil && pl.again != nil {
		m.without(differences(pl.rounds[0].pictures, pl.again.pictures, f.region))
	}
	return m
}

func (pl *plan) takes(r *round, guises []guise, region image.Rectangle) bool {
	for _, worn := range r.guises {
		if !slices.Contains(guises, worn) && pl.zones[worn.XPath].Overlaps(region) {
			return false
		}
	}
	for _, g := range guises {
		if slices.Contains(r.guises, g) {
			continue
		}
		for _, other := range r.regions {
			if pl.zones[g.XPath].Overlaps(other) {
				return false
			}
		}
	}
	return true
}

func (r *round) add(guises []guise, region image.Rectangle) *round {
	for _, g := range guises {
		if !slices.Contains(r.guises, g) {
			r.guises = append(r.guises, g)
		}
	}
	r.regions = append(r.regions, region)
	return r
}

func (r *round) refuses(guises []guise) bool {
	return slices.ContainsFunc(guises, func(g guise) bool { return slices.Contains(r.refused, g) })
}

func (r *round) run(ctx context.Context, tab Tab) error {
	on, err := dress(ctx, tab, r.guises)
	if err != nil {
		return err
	}
	for i, g := range r.guises {
		if i >= len(on) || !on[i] {
			r.refused = append(r.refused, g)
		}
	}
	r.pictures, err = photograph(ctx, tab, r.regions)
	return err
}
