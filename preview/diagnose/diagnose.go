package diagnose

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/sourcegraph/conc/pool"

	"relook/preview"
	"relook/preview/markup"
)

// Options say what Run looks at.
type Options struct {
	Profile preview.Profile                // default preview.ProfileFast
	Rules   map[string]preview.RuleSetting // the person's settings by rule id
	// Causes looks up what in the source makes each defect.
	Causes bool
	// InTurn says that the tabs are one page that is brought to each view when
	// that is used: they are used one after the other, the last one first.
	InTurn bool
	// Evidence gathers what a policy needs to propose repairs, causes included.
	Evidence bool
	// Files are the files that the page asked for: they may say what is to be
	// ignored, as the page itself may.
	Files []string
	// Ignored, if not nil, is what was ignored when the page was opened. Then
	// causes are not looked up to tell what is ignored: an edit in place has
	// moved them.
	Ignored []preview.Defect
}

// Run measures the page in every tab, one view each, and judges what it finds.
// The inventories are in the order of tabs. The pages are left as they were.
// Errors are the tabs' own: a bad page is data.
func Run(ctx context.Context, page preview.Page, tabs []Tab, o Options) (preview.Diagnosis, []preview.Inventory, error) {
	s := newSite(page, o)
	for _, tab := range tabs {
		s.tabs = append(s.tabs, tab)
		s.views = append(s.views, tab.View())
	}
	s.readIgnores()
	defer s.close()
	if err := s.read(ctx); err != nil {
		return preview.Diagnosis{}, nil, err
	}
	if err := s.study(ctx); err != nil {
		return preview.Diagnosis{}, nil, err
	}
	drafts := s.merge()
	if o.Profile.Covers(preview.ProfileStandard) {
		err := s.spend(ctx, "What was found was not proved in pixels.", func(ctx context.Context) error {
			proved, err := s.prove(ctx, drafts)
			if err == nil {
				drafts = proved
			}
			return err
		})
		if err != nil {
			return preview.Diagnosis{}, nil, err
		}
	}
	if o.Causes || o.Evidence || s.ignoresByCause() {
		err := s.spend(ctx, "Not all causes were looked up.", func(ctx context.Context) error { return s.investigate(ctx, drafts) })
		if err != nil {
			return preview.Diagnosis{}, nil, err
		}
	}
	s.ignore(drafts)
	if !o.Evidence { // a repair is made of one fault at a time
		drafts = fuse(drafts)
		if o.Causes {
			drafts = kindred(gathered(drafts))
		}
	}
	d := preview.Diagnosis{Path: page.Entry, Valid: true, Defects: []preview.Defect{}}
	for _, draft := range append(drafts, s.unused()...) {
		if f := draft.defect(o.Evidence); f.Ignored != nil {
			d.Ignored = append(d.Ignored, f)
		} else {
			d.Defects = append(d.Defects, f)
		}
	}
	d.Sort()
	d.LeftOut = s.omitted()
	var stocks []preview.Inventory
	for i, r := range s.readings[:len(tabs)] {
		stocks = append(stocks, r.Inventory.inventory(s.views[i].Name()))
	}
	return d, stocks, nil
}

// A site is a page under diagnosis with all that was read of it. After its own
// tabs come those that a study added, to show what holds at no view: they hold
// their findings alone.
type site struct {
	page     preview.Page
	options  Options
	tabs     []Tab
	views    []preview.View
	readings []reading // by tab
	events   [][]Event // by tab
	added    []Copy    // the tabs that a study added

	widths  *widths  // nil where they were not searched
	leftOut []string // the parts of the work for which there was no time, in sentences

	claimed map[string]bool          // addresses of failed requests that a broken image explains
	texts   map[string]*preview.Text // files of the page, nil for those that can't be read
	markup  *markup.Markup
	ignores []*directive
	sources map[string]bool // those whose directives were read
}

func newSite(page preview.Page, o Options) *site {
	return &site{page: page, options: o, claimed: map[string]bool{}, texts: map[string]*preview.Text{}, sources: map[string]bool{}}
}

// close lets go of what studies added.
func (s *site) close() {
	for _, c := range s.added {
		c.Close()
	}
}

// read runs the script in every tab at once.
func (s *site) read(ctx context.Context) error {
	s.readings = make([]reading, len(s.tabs))
	s.events = make([][]Event, len(s.tabs))
	arg := map[string]any{"entry": "read", "limits": s.scriptLimits(), "rules": rules(), "ignored": s.ignoredElements()}
	p := s.pool(ctx)
	for i, tab := range slices.Backward(s.tabs) {
		p.Go(func(ctx context.Context) error {
			s.events[i] = tab.Events()
			if err := call(ctx, tab, arg, &s.readings[i]); err != nil {
				return err
			}
			for j := range s.readings[i].Findings {
				s.readings[i].Findings[j].read = true
			}
			return nil
		})
	}
	return p.Wait()
}

// pool runs what concerns several tabs.
func (s *site) pool(ctx context.Context) *pool.ContextPool {
	p := pool.New()
	if s.options.InTurn {
		p = p.WithMaxGoroutines(1)
	}
	return p.WithContext(ctx).WithCancelOnError().WithFirstError()
}

// merge makes one draft of each fault, whatever the number of views that show
// it, in an order that depends on the page only.
func (s *site) merge() []*draft {
	var drafts []*draft
	byGroup := map[string]*draft{}
	for view, r := range s.readings {
		for _, f := range r.Findings {
			c := checkOf(f.Rule)
			if c == nil {
				continue
			}
			v, ok := c.judge(f, s, view)
			if !ok {
				continue
			}
			excuse := s.excuse(f)
			key := fmt.Sprint(f.Rule, " ", f.Group, excuse != nil)
			d := byGroup[key]
			if d == nil {
				d = &draft{rule: f.Rule, check: c, site: s, ignored: excuse, ranges: s.rangesOf(f)}
				byGroup[key] = d
				drafts = append(drafts, d)
			}
			d.sightings = append(d.sightings, sighting{view, f, s.temper(f, v)})
		}
	}
	drafts = append(drafts, s.reported()...)
	return s.settle(slices.Concat(drafts, s.unread(), s.unsearched()))
}

// fuse makes one draft of those that one declaration causes, such as a row that is
// too wide at one view and a card in it at another: it is mended in one place.
// The first of them names it.
func fuse(drafts []*draft) []*draft {
	type place struct {
		rule, file string
		at         preview.Range
	}
	first := map[place]*draft{}
	var out []*draft
	for _, d := range drafts {
		if d.cause == nil || root(d.cause).Property == "" {
			out = append(out, d)
			continue
		}
		at := place{d.rule, root(d.cause).File, root(d.cause).Range}
		if other := first[at]; other != nil {
			other.join(d)
			continue
		}
		first[at] = d
		out = append(out, d)
	}
	return out
}

// join takes over another draft of the same fault.
func (d *draft) join(other *draft) {
	for _, s := range other.sightings {
		i := slices.IndexFunc(d.sightings, func(own sighting) bool { return own.view == s.view })
		if i < 0 {
			d.sightings = append(d.sightings, s)
			continue
		}
		own := &d.sightings[i]
		worse, less := *own, s
		if cost(s.verdict) > cost(own.verdict) {
			worse, less = s, *own
		}
		worse.Elements = slices.Concat(worse.Elements, less.Elements)
		worse.Measure = maps.Clone(worse.Measure)
		worse.Measure["count"] = max(1, worse.Measure["count"]) + max(1, less.Measure["count"])
		*own = worse
	}
	slices.SortStableFunc(d.sightings, func(a, b sighting) int { return a.view - b.view })
	if len(d.ranges) > 0 || len(other.ranges) > 0 {
		d.ranges = union(d.ranges, other.ranges)
	}
}

// file reads a file of the page once; nil if it can't be read.
func (s *site) file(name string) *preview.Text {
	if t, ok := s.texts[name]; ok {
		return t
	}
	var text *preview.Text
	if t, err := s.page.Read(name); err == nil {
		text = &t
	}
	s.texts[name] = text
	return text
}

// defect writes the draft out.
func (d *draft) defect(evidence bool) preview.Defect {
	out := preview.Defect{Rule: d.rule, Severity: d.severity(), Elements: []preview.Element{}, Cause: d.cause, Ignored: d.ignored, Widths: d.ranges}
	for _, s := range d.sightings {
		view := d.site.views[s.view].Name()
		out.Views = append(out.Views, view)
		out.Cost += cost(s.verdict)
		for _, e := range s.Elements {
			out.Elements = append(out.Elements, preview.Element{Selector: e.Selector, XPath: e.XPath, View: view, Box: e.Box})
		}
	}
	out.Measure = d.worst().Measure
	out.Message = d.words()
	if words := d.worst().Words; evidence && len(d.subjects)+len(words) > 0 {
		out.Evidence = &preview.Evidence{Subjects: editable(d.subjects), Words: words}
	}
	return out
}

// costliest lists the drafts that get evidence: the costliest, in stable order.
func costliest(drafts []*draft, most int) []*draft {
	out := slices.Clone(drafts)
	total := func(d *draft) (sum float64) {
		for _, s := range d.sightings {
			sum += cost(s.verdict)
		}
		return sum
	}
	slices.SortStableFunc(out, func(a, b *draft) int {
		switch x, y := total(a), total(b); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	return out[:min(len(out), most)]
}
