package rules

import (
	"cmp"
	"context"
	"slices"

	"relook/agent"
	"relook/preview/diagnose"
)

const (
	// maxCandidates bounds what is proposed for one defect.
	maxCandidates = 90
	// round is how many candidates of a defect are proposed before the next
	// defect has its turn, so that a stubborn one does not use up the pass.
	round = 15
)

// New returns the embedded policy.
func New() agent.Policy { return policy{} }

type policy struct{}

func (policy) Name() string { return "rules" }

// templates say what is wished for, by the rule id of the defect. Rules without
// one have no mechanical repair: docs/repairs.md says why.
var templates = map[string]func(*job) []wish{
	diagnose.SidewaysScroll:  sideways,
	diagnose.OutsideViewport: outside,
	diagnose.ClippedText:     clipped,
	diagnose.TextOverlap:     overlap,
	diagnose.CoveredControl:  covered,
	diagnose.LowContrast:     contrast,
	diagnose.BrokenImage:     missing,
	diagnose.FailedRequest:   missing,
	diagnose.SpilledText:     spilled,
	diagnose.SiblingsCollide: collide,
	diagnose.ChildProtrudes:  protrudes,
	diagnose.StickyCovers:    sticky,
	diagnose.NarrowRange:     meet,
	diagnose.LoneWrap:        lone,
	diagnose.UnevenGaps:      gaps,
	diagnose.TextTooNarrow:   tooNarrow,
	diagnose.TextTooWide:     tooWide,
	diagnose.TextTooSmall:    tooSmall,
	diagnose.TapTarget:       tap,
	diagnose.StretchedImage:  unstretch,
	diagnose.MissingAlt:      alt,
	diagnose.MissingLabel:    label,
	diagnose.FontNotLoaded:   fonts,
	diagnose.LayoutShift:     shifts,
	diagnose.NeverAppears:    appear,
	diagnose.FlashInvisible:  flash,
	diagnose.FocusNotVisible: focus,
	diagnose.HoverBreaks:     hover,
	diagnose.LostAtZoom:      zoomed,
	diagnose.LostAt320:       reflowed,
	diagnose.DarkScheme:      dark,
	diagnose.ReducedMotion:   calm,
	diagnose.RightToLeft:     mirrored,
	diagnose.LongerText:      longer,
	diagnose.TextSpacing:     longer,
}

// Propose proposes the best candidates of every defect before the second best
// of any. For an instruction in words it has no answer.
func (policy) Propose(ctx context.Context, t agent.Task, yield func(agent.Candidate) bool) error {
	if t.Instruction != "" {
		return nil
	}
	files := newFiles(t.Page)
	seen := map[string]bool{}
	for _, a := range t.Rejected {
		seen[agent.Fingerprint(a.Edits)] = true
	}
	var jobs []*job
	for _, d := range t.Diagnosis.Defects {
		if template := templates[d.Rule]; template != nil {
			j := &job{files: files, views: t.Views, defect: d, seen: seen}
			j.wishes = template(j)
			slices.SortStableFunc(j.wishes, func(a, b wish) int { return cmp.Compare(a.rank, b.rank) })
			jobs = append(jobs, j)
		}
	}
	for len(jobs) > 0 {
		for _, j := range jobs {
			for range round {
				list := j.next(1)
				for _, c := range list {
					if err := ctx.Err(); err != nil {
						return err
					}
					if !yield(c) {
						return nil
					}
				}
			}
		}
		jobs = slices.DeleteFunc(jobs, func(j *job) bool { return len(j.wishes) == 0 || j.count == maxCandidates })
	}
	return nil
}
