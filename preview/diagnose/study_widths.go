package diagnose

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"relook/preview"
)

// The widths that are searched, in px: from the narrowest phone on which a page
// should work (WCAG 1.4.10) to a common laptop. Views beyond widen the search.
const (
	leastWidth = 320
	mostWidth  = 1440
)

// sampleGap is how far apart, in px, two neighbouring widths may be that are
// looked at first: a fault between them that holds over less may be missed,
// unless a query or a script begins or ends it.
const sampleGap = 128

// A look at a width takes about as long as a reading of a view, so their number
// shrinks with the page. It counts and does not look at a clock, so that the same
// page is always searched the same.
const (
	maxLooks       = 60
	looksBySize    = 20000 // looks times elements
	leastLooks     = 12    // with fewer nothing is learnt
	maxBreakpoints = 20
)

// searchTimeout ends the search of a page that takes very long, lookTimeout that of
// one that hangs when it is resized. The search never takes more than half of the
// time that is left for the checks.
const (
	searchTimeout = 30 * time.Second
	lookTimeout   = 3 * time.Second
)

// patience is how much page time passes at each width on a page whose scripts
// wait before they react: 250 ms is the longest delay in common use.
const patience = 250 * time.Millisecond

// widthRules are the rules that are searched: those on what is laid out, not on
// colours, pictures and scripts.
var widthRules = []string{
	SidewaysScroll, OutsideViewport, ClippedText, TextOverlap, CoveredControl,
	SpilledText, SiblingsCollide, ChildProtrudes, LoneWrap,
}

// widths are what the search of the widths found out.
type widths struct {
	all    preview.WidthRange              // that were searched
	ranges map[string][]preview.WidthRange // by findingKey: in which a fault holds
	alike  map[string]bool                 // by findingKey: faults that measure the same at every width
	// short is why not all was searched, "" if it was.
	short string
	base  int // the view that was varied
	looks int // at different widths
}

// rangesOf are the widths in which a fault holds; nil where they are not known.
func (s *site) rangesOf(f finding) []preview.WidthRange {
	if s.widths == nil {
		return nil
	}
	return s.widths.ranges[findingKey(f)]
}

// findingKey is the same for findings of one fault at all views.
func findingKey(f finding) string { return f.Rule + " " + f.Group }

// steadyRules are those whose faults may be by design when they measure the same
// at every width: then no lack of room made them, and whoever made the page saw
// them. They are warnings at most, unless so much of a line is covered that
// nobody can read it, by design or not.
var steadyRules = []string{TextOverlap, SiblingsCollide}

const steadyPercent = 75 // of the lower line

// temper weighs a verdict against the widths at which the page was seen.
func (s *site) temper(f finding, v verdict) verdict {
	alike := s.widths != nil && s.widths.alike[findingKey(f)] && f.Measure["overlap_percent"] < steadyPercent
	if alike && v.severity == preview.SeverityError {
		v.severity = preview.SeverityWarning
	}
	return v
}

// searchWidths is the study that finds the ranges of widths in which faults hold,
// and faults that hold only between the views. It looks at one copy of the page
// at many widths without loading it again.
func searchWidths(ctx context.Context, s *site) error {
	w := newWidthSearch(s)
	if w == nil {
		return nil
	}
	s.widths = &widths{all: w.bounds(), base: w.base, ranges: map[string][]preview.WidthRange{}, alike: map[string]bool{}}
	timeout := searchTimeout
	if end, ok := ctx.Deadline(); ok {
		timeout = min(timeout, time.Until(end)/2)
	}
	timed, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	err := w.run(timed)
	s.widths.looks = len(w.sweep.seen)
	if w.copy != nil && !slices.Contains(s.added, w.copy) {
		w.copy.Close()
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, ErrNoCopy):
		s.widths.short = "the page did not load a second time"
	case errors.Is(err, context.DeadlineExceeded):
		s.widths.short = "the page took too long"
	case err != nil:
		// Whatever a page does when its window is resized: it was read at its
		// views, and that stands.
		s.widths.short = "the page did not stand being resized"
	}
	return nil
}

// A widthSearch is a search of the widths of one page.
type widthSearch struct {
	*site
	base    int            // index of the view that is varied
	plain   []preview.View // that differ from it in size only, by width
	index   map[int]int    // of their tabs, by width
	rules   []string
	copy    Copy
	patient bool // page time passes at each width
	sweep   sweep
	found   map[int]map[string]finding // by width and key
	middles map[string]shape           // of narrow ranges, by key
	page    struct {
		Breakpoints []breakpoint `json:"breakpoints"`
		Containers  [][]string   `json:"containers"` // names and conditions of @container rules
		Scripted    bool         `json:"scripted"`
	}
}

// A breakpoint is a width after which a query or a script may answer otherwise.
type breakpoint struct {
	Last  int `json:"last"`  // of the narrow layout, px
	Count int `json:"count"` // of the queries
}

// newWidthSearch prepares a search; nil when there is nothing to search: a single
// view is looked at alone.
func newWidthSearch(s *site) *widthSearch {
	w := &widthSearch{site: s, index: map[int]int{}, found: map[int]map[string]finding{}, middles: map[string]shape{}}
	w.base = slices.IndexFunc(s.views, func(v preview.View) bool { return v.State == "" && v.Media != "print" })
	for _, rule := range widthRules {
		if !s.options.Rules[rule].Off {
			w.rules = append(w.rules, rule)
		}
	}
	if w.base < 0 || len(w.rules) == 0 {
		return nil
	}
	for i, v := range s.views {
		same := s.views[w.base]
		same.Width, same.Height = v.Width, v.Height
		if _, repeated := w.index[v.Width]; v == same && !repeated {
			w.index[v.Width] = i
			w.plain = append(w.plain, v)
		}
	}
	if len(w.plain) < 2 {
		return nil // a person who asks for one view means that one
	}
	slices.SortFunc(w.plain, func(a, b preview.View) int { return a.Width - b.Width })
	w.sweep.look = w.glance
	return w
}

func (w *widthSearch) bounds() preview.WidthRange {
	return preview.WidthRange{From: min(leastWidth, w.plain[0].Width), To: max(mostWidth, w.plain[len(w.plain)-1].Width)}
}

// viewAt is the view of a width: as high as the widest view that is not wider,
// so that at the views' own widths it is the view itself.
func (w *widthSearch) viewAt(width int) preview.View {
	v := w.plain[0]
	for _, other := range w.plain {
		if other.Width <= width {
			v = other
		}
	}
	v.Width = width
	return v
}

func (w *widthSearch) run(ctx context.Context) (err error) {
	looks := min(maxLooks, looksBySize/max(w.readings[w.base].Elements, 1))
	if looks < leastLooks {
		w.widths.short = "the page is too large"
		return nil
	}
	if w.copy, err = w.tabs[w.base].Copy(ctx); err != nil {
		return err
	}
	if err := call(ctx, w.copy, map[string]any{"entry": "breakpoints", "limits": w.scriptLimits()}, &w.page); err != nil {
		return err
	}
	for {
		w.sweep.left = looks
		whole, err := w.sweep.run(ctx, w.samples())
		if err != nil {
			return err
		}
		w.widths.short = ""
		if !whole {
			w.widths.short = fmt.Sprintf("its faults begin and end at more widths than the %d that were looked at", looks)
		}
		if w.patient || !w.page.Scripted || len(w.strange()) == 0 {
			return w.conclude(ctx)
		}
		w.patient = true // its scripts may react late
	}
}

// glance looks at a width.
func (w *widthSearch) glance(ctx context.Context, width int) (map[string]trait, error) {
	timeout := lookTimeout
	if end, ok := ctx.Deadline(); ok { // who gives the checks more time has a slow machine
		timeout = max(timeout, time.Until(end)/4)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := w.resize(ctx, width); err != nil {
		return nil, err
	}
	r, err := w.peek(ctx, w.copy)
	if err != nil {
		return nil, err
	}
	traits, found := map[string]trait{}, map[string]finding{}
	for _, f := range r.Findings {
		if v, ok := checkOf(f.Rule).judge(f, w.site, w.base); ok {
			steady := f.Rule == SidewaysScroll || f.Rule == OutsideViewport
			traits[findingKey(f)], found[findingKey(f)] = trait{true, v.size, steady}, f
		}
	}
	for name, beyond := range r.States {
		traits["? "+name] = trait{beyond >= 0, beyond, true}
	}
	w.found[width] = found
	return traits, nil
}

func (w *widthSearch) resize(ctx context.Context, width int) error {
	if err := w.copy.Look(ctx, w.viewAt(width)); err != nil || !w.patient {
		return err
	}
	return w.copy.Pass(ctx, patience)
}

// A glimpse is what the script reads at a width.
type glimpse struct {
	Findings []finding          `json:"findings"`
	States   map[string]float64 `json:"states"` // px by which containers are beyond what queries ask of them
}

func (w *widthSearch) peek(ctx context.Context, tab Tab) (g glimpse, err error) {
	arg := map[string]any{
		"entry": "skim", "limits": w.scriptLimits(), "rules": w.rules, "ignored": w.ignoredElements(), "containers": w.page.Containers,
	}
	return g, call(ctx, tab, arg, &g)
}

// samples are the widths that are looked at first, rising: the bounds, the
// views, both sides of each breakpoint, and some between.
func (w *widthSearch) samples() []int {
	all := w.bounds()
	list := []int{all.From, all.To}
	for _, v := range w.plain {
		list = append(list, v.Width)
	}
	known := slices.Clone(w.page.Breakpoints)
	slices.SortFunc(known, func(a, b breakpoint) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		return a.Last - b.Last
	})
	for _, b := range known[:min(len(known), maxBreakpoints)] {
		if b.Last >= all.From && b.Last < all.To {
			list = append(list, b.Last, b.Last+1)
		}
	}
	slices.Sort(list)
	return spread(slices.Compact(list))
}

// spread adds widths evenly where a gap is larger than sampleGap.
func spread(list []int) []int {
	var all []int
	for i, width := range list {
		if i > 0 {
			gap := width - list[i-1]
			n := (gap + sampleGap - 1) / sampleGap
			for k := 1; k < n; k++ {
				all = append(all, list[i-1]+gap*k/n)
			}
		}
		all = append(all, width)
	}
	return all
}
