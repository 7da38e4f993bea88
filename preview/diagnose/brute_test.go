package diagnose_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/sourcegraph/conc/pool"

	"relook/preview"
	"relook/preview/diagnose"
)

// TestEveryWidth looks at pages at each single width and compares with what the
// search found.
func TestEveryWidth(t *testing.T) {
	for _, name := range []string{"widths-container.html", "widths-nav.html", "overlap-height.html"} {
		t.Run(name, func(t *testing.T) {
			rules := map[string]bool{}
			d, _, err := diagnose.Run(t.Context(), page(name), open(t, name), diagnose.Options{Profile: preview.ProfileStandard})
			if err != nil {
				t.Fatal(err)
			}
			searched := map[string][]preview.WidthRange{}
			for _, x := range d.Defects {
				if len(x.Widths) > 0 {
					rules[x.Rule] = true
					searched[x.Rule] = append(searched[x.Rule], x.Widths...)
				}
			}
			if len(rules) == 0 {
				t.Fatal("the search found nothing")
			}
			looked := bruteForce(t, name)
			for rule, ranges := range searched {
				if got, want := fmt.Sprint(ranges), fmt.Sprint(looked[rule]); got != want {
					t.Errorf("%s: the search says %s, every width %s", rule, got, want)
				}
			}
			for rule := range looked {
				if !rules[rule] {
					t.Errorf("the search missed %s at %v", rule, looked[rule])
				}
			}
		})
	}
}

// bruteForce reads the page at each width from 320 to 1,440 px.
func bruteForce(t *testing.T, name string) map[string][]preview.WidthRange {
	t.Helper()
	const from, to, copies = 320, 1440, 3
	rules := make([][]string, to-from+1)
	p := pool.New().WithContext(t.Context()).WithCancelOnError()
	for i := range copies {
		p.Go(func(ctx context.Context) error {
			tabs, done, err := browser.OpenTabs(ctx, page(name), preview.RenderOptions{Views: preview.DefaultViews()[i : i+1]})
			if err != nil {
				return err
			}
			defer done()
			c, err := tabs[0].Copy(ctx)
			if err != nil {
				return err
			}
			defer c.Close()
			for w := from + i; w <= to; w += copies {
				v := preview.View{Width: w, Height: heightAt(w)}
				if err := c.Look(ctx, v); err != nil {
					return err
				}
				d, _, err := diagnose.Run(ctx, page(name), []diagnose.Tab{c}, diagnose.Options{})
				if err != nil {
					return err
				}
				for _, x := range d.Defects {
					rules[w-from] = append(rules[w-from], x.Rule)
				}
			}
			return nil
		})
	}
	if err := p.Wait(); err != nil {
		t.Fatal(err)
	}
	out := map[string][]preview.WidthRange{}
	for i, list := range rules {
		for _, rule := range slices.Compact(slices.Sorted(slices.Values(list))) {
			ranges := out[rule]
			if n := len(ranges); n > 0 && ranges[n-1].To == from+i-1 {
				ranges[n-1].To = from + i
			} else {
				out[rule] = append(ranges, preview.WidthRange{From: from + i, To: from + i})
			}
		}
	}
	return out
}

// heightAt is that of the widest view that is not wider.
func heightAt(width int) int {
	height := 0
	for _, v := range preview.DefaultViews() {
		if height == 0 || v.Width <= width {
			height = v.Height
		}
	}
	return height
}
