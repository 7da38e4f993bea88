package diagnose_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"relook/preview"
	"relook/preview/chrome"
	"relook/preview/diagnose"
	"relook/preview/previewtest"
)

const pages = "../../testdata/diagnose"

var browser *chrome.Browser

func TestMain(m *testing.M) {
	browser = chrome.New(chrome.Config{})
	code := m.Run()
	if err := browser.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// examinedAgain is of how many pages one is examined twice, to see the same both
// times. make accuracy renders real pages a hundred times.
const examinedAgain = 4

func TestPages(t *testing.T) {
	files, err := filepath.Glob(pages + "/*.html")
	if err != nil || len(files) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	for i, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".html"), func(t *testing.T) {
			t.Parallel()
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want, err := previewtest.ParseLabel(string(source))
			if err != nil {
				t.Fatal(err)
			}
			tabs := open(t, filepath.Base(file))
			d, _, err := diagnose.Run(t.Context(), page(filepath.Base(file)), tabs, diagnose.Options{Profile: want.Profile, Causes: true})
			if err != nil {
				t.Fatal(err)
			}
			compare(t, tabs[0], d.Defects, want.Defects)
			if want.Profile == preview.ProfileThorough || i%examinedAgain != 0 {
				return // thorough takes seconds, and its copies leave the tabs alone
			}
			again, _, err := diagnose.Run(t.Context(), page(filepath.Base(file)), tabs, diagnose.Options{Profile: want.Profile, Evidence: true})
			if err != nil {
				t.Fatal(err)
			}
			sameFaults(t, again, d)
		})
	}
}

func page(name string) preview.Page { return preview.Page{FS: os.DirFS(pages), Entry: name} }

func open(t *testing.T, name string) []diagnose.Tab {
	t.Helper()
	tabs, done, err := browser.OpenTabs(t.Context(), page(name), preview.RenderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(done)
	return tabs
}

func compare(t *testing.T, tab diagnose.Tab, got []preview.Defect, want []previewtest.Expected) {
	t.Helper()
	left := slices.Clone(got)
	for _, e := range want {
		i := slices.IndexFunc(left, func(d preview.Defect) bool { return fits(t, tab, d, e) })
		if i < 0 {
			t.Errorf("missing: %s", e)
			continue
		}
		left = slices.Delete(left, i, i+1)
	}
	for _, d := range left {
		t.Errorf("unexpected: %s", describe(d))
	}
	for _, d := range got {
		if d.Cost <= 0 || d.Message == "" || len(d.Views) == 0 || len(d.Measure) == 0 {
			t.Errorf("incomplete: %+v", d)
		}
		exact(t, d.Cause)
		t.Log(d.Message)
	}
}

// exact: the ranges of a cause hold its texts.
func exact(t *testing.T, c *preview.Cause) {
	t.Helper()
	if c == nil {
		return
	}
	places := append([]preview.Place{{File: c.File, Range: c.Range, Text: c.Text, Property: c.Property}}, c.Definitions...)
	if c.Foreign != nil {
		places = append(places, *c.Foreign)
	}
	for _, p := range places {
		text, err := preview.Page{FS: os.DirFS(pages)}.Read(p.File)
		if err != nil {
			t.Fatal(err)
		}
		if got := text.Slice(text.Span(p.Range)); got != p.Text || got == "" || strings.TrimSpace(got) != got {
			t.Errorf("%s: the range %v holds %q, not %q", p.File, p.Range, got, p.Text)
		}
	}
}

func describe(d preview.Defect) string {
	s := fmt.Sprintf("%s at %v widths %v: %s", d.Rule, d.Views, d.Widths, d.Message)
	for _, e := range d.Elements {
		s += fmt.Sprintf("\n\t%s %s %v", e.View, e.Selector, e.Box)
	}
	if d.Cause != nil {
		s += fmt.Sprintf("\n\tcause %q in %s", d.Cause.Text, d.Cause.File)
		if f := d.Cause.Foreign; f != nil {
			s += fmt.Sprintf(", not theirs: %q in %s", f.Text, f.File)
		}
		for _, p := range d.Cause.Definitions {
			s += fmt.Sprintf(", uses %q in %s", p.Text, p.File)
		}
	}
	return s
}

func fits(t *testing.T, tab diagnose.Tab, d preview.Defect, e previewtest.Expected) bool {
	t.Helper()
	ok, err := e.Fits(t.Context(), d, tab.Eval)
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

// sameFaults: a second reading, with evidence, finds the same, so looking for
// causes left the page as it was, and neither keys nor causes depend on evidence.
// With evidence what is one fault is told by its parts.
func sameFaults(t *testing.T, evident, d preview.Diagnosis) {
	t.Helper()
	for _, x := range evident.Defects {
		i := slices.IndexFunc(d.Defects, func(y preview.Defect) bool { return y.Key() == x.Key() })
		if i < 0 || len(d.Defects[i].Elements) > len(x.Elements) {
			if !slices.ContainsFunc(d.Defects, func(y preview.Defect) bool { return partOf(x, y) }) {
				t.Errorf("only with evidence:\n%s", describe(x))
			}
			continue
		}
		if y := d.Defects[i]; x.Cost != y.Cost || !slices.Equal(x.Elements, y.Elements) || !slices.Equal(x.Widths, y.Widths) {
			t.Errorf("the second reading differs:\n%s\n%s", describe(x), describe(y))
		} else if !reflect.DeepEqual(x.Cause, y.Cause) {
			t.Errorf("without evidence another cause is found:\n%s\n%s", describe(x), describe(y))
		}
	}
	for _, y := range d.Defects {
		if !slices.ContainsFunc(evident.Defects, func(x preview.Defect) bool { return x.Key() == y.Key() }) {
			t.Errorf("not with evidence:\n%s", describe(y))
		}
	}
}

// partOf reports whether x is told by y: it has the cause of y, or y names its
// element.
func partOf(x, y preview.Defect) bool {
	return reflect.DeepEqual(x.Cause, y.Cause) || x.Rule == y.Rule && slices.Contains(y.Elements, x.Elements[0])
}
