package diagnose

import (
	"context"
	"errors"
	"image"
	"slices"

	"github.com/sourcegraph/conc/pool"

	"relook/preview"
)

// Over a picture, a gradient or something that is not around a text, computed
// colours don't tell how well it can be read. The letters are coloured black
// for one picture and white for another: where the two differ there are letters,
// and right beside them is what they must stand out from, shadows and strokes
// included. Faint texts over solid backgrounds are looked at in the same
// pictures: letters that are never painted are no fault.
var contrastStudy = study{name: "contrast over pictures", profile: preview.ProfileStandard, run: studyContrast}

const (
	// A picture of more texts than this takes longer than all other checks.
	maxTexts = 60
	// The same for the area of the pictures, px².
	maxTextsPx = 1_500_000
)

// A doubtful text is one whose pixels have to be looked at.
type doubtfulText struct {
	found
	Group    string     `json:"group"` // of the finding that it belongs to, "" if there is none
	Lines    []box      `json:"lines"`
	Ink      [4]float64 `json:"ink"`
	Opacity  float64    `json:"opacity"` // of the element with all around it
	Required float64    `json:"required"`
	Font     float64    `json:"font"`   // size, px
	Extent   float64    `json:"extent"` // px, as Measure["extent_px"]
	Text     string     `json:"text"`
	Hint     bool       `json:"hint"`
	Key      string     `json:"key"`
	Others   []other    `json:"others"`
	Under    string     `json:"under"` // what lies behind, for people
	URLs     []string   `json:"urls"`  // of the pictures there
	Waits    bool       `json:"waits"` // whether one of them has not come yet

	legibility
}

func studyContrast(ctx context.Context, s *site) error {
	p := pool.New().WithContext(ctx).WithCancelOnError().WithFirstError()
	for view, tab := range s.tabs {
		p.Go(func(ctx context.Context) error {
			texts, err := s.lookAtTexts(ctx, tab, view)
			if err != nil {
				return err
			}
			s.readings[view].Findings = append(confirmed(s.readings[view].Findings, texts), faint(texts)...)
			return nil
		})
	}
	return p.Wait()
}

// lookAtTexts measures the texts of a view; those that show nothing have no
// letters.
func (s *site) lookAtTexts(ctx context.Context, tab Tab, view int) (texts []doubtfulText, err error) {
	if err := call(ctx, tab, map[string]any{"entry": "contrastTexts", "limits": s.scriptLimits(), "most": maxTexts, "reach": preview.MaxShotHeight}, &texts); err != nil {
		return nil, err
	}
	texts = slices.DeleteFunc(texts, func(t doubtfulText) bool { return t.Group == "" && s.withheld(t, view) })
	var black, white []guise
	var regions []image.Rectangle
	kept := texts[:0]
	for _, t := range texts {
		more := regions
		for _, l := range t.Lines {
			more = append(more, around(l))
		}
		if total(gather(more)) > maxTextsPx {
			continue
		}
		regions, kept = more, append(kept, t)
		black, white = append(black, guise{t.XPath, "black"}), append(white, guise{t.XPath, "white"})
	}
	if texts = kept; len(texts) == 0 {
		return nil, nil
	}
	defer func() { err = errors.Join(err, undress(ctx, tab)) }()
	dark, light := round{guises: black, regions: regions}, round{guises: white, regions: regions}
	if err := errors.Join(dark.run(ctx, tab), light.run(ctx, tab)); err != nil {
		return nil, err
	}
	for i := range texts {
		t := &texts[i]
		if entangled(texts, i) || dark.refuses(black[i:i+1]) || light.refuses(white[i:i+1]) {
			t.unknown = true
			continue
		}
		t.legibility = readLetters(dark.pictures, light.pictures, *t)
	}
	return texts, nil
}

// entangled reports whether a text lies where another one does: the letters that
// are seen there may be the other's.
func entangled(texts []doubtfulText, i int) bool {
	for j, other := range texts {
		if j == i {
			continue
		}
		for _, a := range texts[i].Lines {
			for _, b := range other.Lines {
				if meet := pixelsOf(a).Intersect(pixelsOf(b)); meet.Dx() > 2 && meet.Dy() > 2 {
					return true
				}
			}
		}
	}
	return false
}

// around is a line with what lies close to its letters.
func around(line box) image.Rectangle { return pixelsOf(line).Inset(-nearPx) }

// withheld reports whether what lies behind a text is not there: relook refused
// to fetch it, or it has not come yet.
func (s *site) withheld(t doubtfulText, view int) bool {
	return t.Waits || slices.ContainsFunc(s.events[view], func(e Event) bool {
		return e.Kind == EventRefused && slices.Contains(t.URLs, e.URL)
	})
}

// beyondDoubt is by how much the pixels must be better than what is required
// before they outweigh the computed colours: rounding makes up the rest.
const beyondDoubt = 0.5

// confirmed leaves out faint texts that are not painted, or that something sets
// off after all.
func confirmed(findings []finding, texts []doubtfulText) []finding {
	wrong := map[string]bool{}
	for _, t := range texts {
		if t.Group != "" && !t.unknown && (t.letters == 0 || t.quarter >= t.Required+beyondDoubt) {
			wrong[t.Group+" "+t.XPath] = true
		}
	}
	out := findings[:0]
	for _, f := range findings {
		if f.Rule == LowContrast && f.read {
			listed := len(f.Elements)
			f.Elements = slices.DeleteFunc(f.Elements, func(e found) bool { return wrong[f.Group+" "+e.XPath] })
			if len(f.Elements) == 0 {
				continue
			}
			f.Measure["count"] -= float64(listed - len(f.Elements))
		}
		out = append(out, f)
	}
	return out
}

// faint are the findings of texts that don't stand out from what is behind them,
// those of one colour over one kind of background in one.
func faint(texts []doubtfulText) []finding {
	var list []finding
	byKey := map[string]int{}
	for _, t := range texts {
		if t.Group != "" || t.unknown || t.letters == 0 || t.quarter >= t.Required-ratioSlack {
			continue
		}
		m := map[string]float64{
			"ratio": t.quarter, "worst_ratio": t.worst, "required_ratio": t.Required, "below_percent": 100 * t.below,
			"count": 1, "extent_px": t.Extent, "font_px": t.Font,
		}
		i, ok := byKey[t.Key]
		if !ok {
			byKey[t.Key] = len(list)
			list = append(list, finding{
				Rule: LowContrast, Group: "pixels " + t.Key, Elements: []found{t.found}, Others: t.Others, Measure: m,
				Words: map[string]string{"text": t.Text, "under": t.Under, "color": hexOf(t.Ink), "background": hexOf(t.behind), "hint": yes(t.Hint)},
			})
			continue
		}
		f := &list[i]
		if len(f.Elements) < MaxElementsEach {
			f.Elements = append(f.Elements, t.found)
		}
		if t.quarter < f.Measure["ratio"] {
			f.Measure["ratio"], f.Words["background"] = t.quarter, hexOf(t.behind)
		}
		f.Measure["worst_ratio"] = min(f.Measure["worst_ratio"], t.worst)
		f.Measure["below_percent"] = max(f.Measure["below_percent"], 100*t.below)
		f.Measure["count"]++
		f.Measure["extent_px"] += t.Extent
	}
	return list
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}
