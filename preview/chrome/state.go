package chrome

import (
	"context"
	"fmt"

	"github.com/go-rod/rod/lib/proto"
)

// forceable are the elements that a forced state is for: what a visitor points
// at or tabs to. What is around them is not forced, or every menu of a page
// would be open at once.
const forceable = `a[href], area[href], button, summary, input:not([type=hidden]), select, textarea, ` +
	`[tabindex]:not([tabindex="-1"]), [contenteditable]:not([contenteditable=false]), ` +
	`[role=button], [role=link], [role=tab], [role=menuitem], [role=checkbox], [role=radio], [role=switch], [role=option]`

// maxForced bounds the elements whose state is forced: each takes a call.
const maxForced = 1000

// force puts every control of the page into the state of the view, as style
// sheets see it: for "hover" and "focus" each looks as when it alone were hovered
// or had been tabbed to. Scripts are told nothing. It is done again at every
// moment, for the controls that have come since, and what that changes is there
// at once, without a transition.
func (t *Tab) force(ctx context.Context) error {
	var classes []string
	switch t.view.State {
	case "":
		return nil
	case "hover":
		classes = []string{"hover"}
	case "focus":
		classes = []string{"focus", "focus-visible"}
	default:
		return fmt.Errorf("the state %q of a view is not one of hover, focus", t.view.State)
	}
	if err := t.style(ctx); err != nil {
		return err
	}
	c := t.in(ctx)
	depth := 0
	doc, err := proto.DOMGetDocument{Depth: &depth}.Call(c)
	if err != nil {
		return fmt.Errorf("finding the controls: %w", err)
	}
	found, err := proto.DOMQuerySelectorAll{NodeID: doc.Root.NodeID, Selector: forceable}.Call(c)
	if err != nil {
		return fmt.Errorf("finding the controls: %w", err)
	}
	for _, id := range found.NodeIDs[:min(len(found.NodeIDs), maxForced)] {
		if err := (proto.CSSForcePseudoState{NodeID: id, ForcedPseudoClasses: classes}).Call(c); err != nil {
			return fmt.Errorf("forcing the state of a control: %w", err)
		}
	}
	if err := t.frame(ctx); err != nil {
		return err
	}
	if err := t.Eval(ctx, endScript, nil, nil); err != nil {
		return fmt.Errorf("ending the transitions of a forced state: %w", err)
	}
	t.last = nil
	return nil
}
