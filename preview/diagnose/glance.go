package diagnose

import "context"

// Glance notes, at a moment before the last, where everything on the page is, for
// the checks that compare moments. What it saw stays in the page until it is
// loaded anew.
func Glance(ctx context.Context, tab Tab) error {
	var done bool
	return call(ctx, tab, map[string]any{"entry": "glance", "limits": limits}, &done)
}
