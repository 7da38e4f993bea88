package diagnose_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"relook/preview"
	"relook/preview/chrome"
	"relook/preview/diagnose"
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

// An expectation is a defect that a page's first comment announces:
//
//	<!-- expect: RULE at WIDTHS on SELECTOR cause "TEXT"; ... -->
//	<!-- expect: nothing -->
//	<!-- expect thorough: RULE at WIDTHS -->
//
// The word before the colon is the profile that the page is checked in, standard
// if there is none.
// WIDTHS is "all" or a list such as 390,768. SELECTOR must match one of the
// defect's elements. What is not named is not compared.
type expectation struct {
	rule, selector, cause string
	widths                []string
}

var (
	expectComment = regexp.MustCompile(`^<!-- expect(?: ([a-z]+))?: (.*) -->\n`)
	expectForm    = regexp.MustCompile(`^([a-z-]+) at ([0-9,]+|all)(?: on (.+?))?(?: cause (".*"))?$`)
)

func expectations(t *testing.T, source string) (preview.Profile, []expectation) {
	t.Helper()
	m := expectComment.FindStringSubmatch(source)
	if m == nil {
		t.Fatal("the page does not begin with <!-- expect: ... -->")
	}
	profile := preview.ProfileStandard
	if m[1] != "" {
		var err error
		if profile, err = preview.ParseProfile(m[1]); err != nil {
			t.Fatal(err)
		}
	}
	if m[2] == "nothing" {
		return profile, nil
	}
	var out []expectation
	for part := range strings.SplitSeq(m[2], "; ") {
		f := expectForm.FindStringSubmatch(part)
		if f == nil {
			t.Fatalf("can't read the expectation %q", part)
		}
		e := expectation{rule: f[1], selector: f[3], widths: strings.Split(f[2], ",")}
		if f[2] == "all" {
			e.widths = []string{"390", "768", "1280"}
		}
		if f[4] != "" {
			cause, err := strconv.Unquote(f[4])
			if err != nil {
				t.Fatalf("the cause in %q: %v", part, err)
			}
			e.cause = cause
		}
		out = append(out, e)
	}
	return profile, out
}

func TestPages(t *testing.T) {
	files, err := filepath.Glob(pages + "/*.html")
	if err != nil || len(files) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".html"), func(t *testing.T) {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			profile, want := expectations(t, string(source))
			tabs := open(t, filepath.Base(file))
			d, _, err := diagnose.Run(t.Context(), page(filepath.Base(file)), tabs, diagnose.Options{Profile: profile, Evidence: true})
			if err != nil {
				t.Fatal(err)
			}
			compare(t, tabs[0], d.Defects, want)
			again, _, err := diagnose.Run(t.Context(), page(filepath.Base(file)), tabs, diagnose.Options{Profile: profile})
			if err != nil {
				t.Fatal(err)
			}
			sameFaults(t, d, again)
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

func compare(t *testing.T, tab diagnose.Tab, got []preview.Defect, want []expectation) {
	t.Helper()
	left := slices.Clone(got)
	for _, e := range want {
		i := slices.IndexFunc(left, func(d preview.Defect) bool { return fits(t, tab, d, e) })
		if i < 0 {
			t.Errorf("missing: %s at %v on %q cause %q", e.rule, e.widths, e.selector, e.cause)
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
		t.Log(d.Message)
	}
}

func describe(d preview.Defect) string {
	s := fmt.Sprintf("%s at %v: %s", d.Rule, d.Views, d.Message)
	for _, e := range d.Elements {
		s += fmt.Sprintf("\n\t%s %s %v", e.View, e.Selector, e.Box)
	}
	if d.Cause != nil {
		s += fmt.Sprintf("\n\tcause %q", d.Cause.Text)
	}
	return s
}

func fits(t *testing.T, tab diagnose.Tab, d preview.Defect, e expectation) bool {
	t.Helper()
	if d.Rule != e.rule || len(d.Views) != len(e.widths) {
		return false
	}
	for i, w := range e.widths {
		if !strings.HasPrefix(d.Views[i], w+"x") {
			return false
		}
	}
	if e.cause != "" && (d.Cause == nil || strings.TrimRight(d.Cause.Text, ";") != strings.TrimRight(e.cause, ";")) {
		return false
	}
	return e.selector == "" || slices.ContainsFunc(d.Elements, func(el preview.Element) bool {
		return matches(t, tab, el.XPath, e.selector)
	})
}

// matches asks the page itself whether the element at xpath matches selector.
func matches(t *testing.T, tab diagnose.Tab, xpath, selector string) bool {
	t.Helper()
	var ok bool
	err := tab.Eval(t.Context(), `(arg) => {
		const el = document.evaluate(arg.xpath, document, null, XPathResult.FIRST_ORDERED_NODE_TYPE).singleNodeValue;
		return Boolean(el && el.matches(arg.selector));
	}`, map[string]string{"xpath": xpath, "selector": selector}, &ok)
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

// sameFaults: a second reading, without evidence, finds the same, so looking
// for causes left the page as it was, and keys don't depend on evidence.
func sameFaults(t *testing.T, a, b preview.Diagnosis) {
	t.Helper()
	if len(a.Defects) != len(b.Defects) {
		t.Fatalf("%d defects with evidence, %d without", len(a.Defects), len(b.Defects))
	}
	for i := range a.Defects {
		x, y := a.Defects[i], b.Defects[i]
		if x.Key() != y.Key() || x.Cost != y.Cost || !slices.Equal(x.Elements, y.Elements) {
			t.Errorf("the second reading differs:\n%s\n%s", describe(x), describe(y))
		}
	}
}
