package rules

import (
	"slices"
	"testing"

	"relook/preview"
)

func TestQueriesOfASearchedRange(t *testing.T) {
	const own = "@media (max-width: 767px) { a { b: c } } @media (min-width: 900px) { a { b: c } }"
	for _, tt := range []struct {
		name, src string
		ranges    []preview.WidthRange
		want      []string
	}{
		{"up to a width", "", []preview.WidthRange{{From: 320, To: 612}}, []string{"(max-width: 612px)"}},
		{"the file's own breakpoint first", own, []preview.WidthRange{{From: 320, To: 700}}, []string{"(max-width: 767px)", "(max-width: 700px)"}},
		{"it ends at the file's own", own, []preview.WidthRange{{From: 320, To: 767}}, []string{"(max-width: 767px)"}},
		{"the file's own is far", own, []preview.WidthRange{{From: 320, To: 400}}, []string{"(max-width: 400px)"}},
		{"from a width on", own, []preview.WidthRange{{From: 1000, To: 1440}}, []string{"(min-width: 900px)", "(min-width: 1000px)"}},
		{"between two", own, []preview.WidthRange{{From: 700, To: 760}}, []string{"(max-width: 767px)", "(min-width: 700px) and (max-width: 760px)"}},
		{"everywhere", own, []preview.WidthRange{{From: 320, To: 1440}}, nil},
		{"in two parts", own, []preview.WidthRange{{From: 320, To: 400}, {From: 600, To: 700}}, nil},
	} {
		j := &job{defect: preview.Defect{Widths: tt.ranges}, views: preview.DefaultViews()}
		if got := j.queries(tt.src); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}
