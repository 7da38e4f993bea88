package agent

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"relook/agent/edit"
	"relook/preview"
	"relook/preview/sourcemap"
)

// hiding are the declarations and attributes that make a finding vanish by
// taking the thing out of sight. An edit must not bring in more of them than
// the text that it replaces had. What they would do is measured as well: this
// screen is there because some of it can't be seen in a picture of today's
// content (overflow that is empty now cuts tomorrow's text).
var hiding = regexp.MustCompile(`(?i)(?:` + strings.Join([]string{
	`display\s*:\s*none`,
	`visibility\s*:\s*(?:hidden|collapse)`,
	`content-visibility\s*:\s*hidden`,
	`opacity\s*:\s*0?\.?0*\s*(?:[;"'}!%]|$)`,
	`overflow(?:-[xy]|-inline|-block)?\s*:\s*(?:hidden|clip)`,
	`(?:^|[^-\w])clip(?:-path)?\s*:\s*[^;}"']+`,
	`(?:-webkit-)?line-clamp\s*:`,
	`text-overflow\s*:\s*ellipsis`,
	`font-size\s*:\s*0`,
	`font-size\s*:\s*[0-7](?:\.\d+)?px`,
	`zoom\s*:`,
	`(?:scale|matrix)(?:3d|x|y)?\s*\(`,
	`text-indent\s*:\s*-`,
	`(?:left|right|top|bottom|margin(?:-\w+)?|inset)\s*:\s*-\d{3,}`,
	`color\s*:\s*transparent`,
	`user-scalable\s*=\s*(?:no|0)`,
	`maximum-scale\s*=`,
	`\shidden(?:[\s=>]|$)`,
	`aria-hidden\s*=`,
	`<!--`,
}, "|") + `)`)

// Check judges the edits themselves, before anything is rendered. ok is false
// when a rule is broken.
func (g Gate) Check(p preview.Page, edits []preview.Edit) (v Verdict, ok bool) {
	reject := func(rule, reason string) (Verdict, bool) {
		return Verdict{Rule: rule, Reason: reason, InPlace: true}, false
	}
	if len(edits) == 0 {
		return reject(RuleEdit, "it changes nothing")
	}
	size, changes := 0, false
	for _, e := range edits {
		if why := foreign(e.File); why != "" {
			return reject(RuleEdit, fmt.Sprintf("%s %s", e.File, why))
		}
		src, err := p.Read(e.File)
		if err != nil {
			return reject(RuleEdit, err.Error())
		}
		if e.Span.Start < 0 || e.Span.End < e.Span.Start || e.Span.End > src.Len() {
			return reject(RuleEdit, fmt.Sprintf("%s has no bytes %d to %d", e.File, e.Span.Start, e.Span.End))
		}
		if from := builtFrom(p, e, src); from != "" {
			return reject(RuleEdit, fmt.Sprintf("%s is built from %s: what is changed here is lost at the next build", e.File, from))
		}
		old := src.Slice(e.Span)
		changes = changes || old != e.NewText
		size += len(e.NewText)
		if silences(old, e.NewText) {
			return reject(RuleHiding, fmt.Sprintf("it keeps a defect from being reported instead of mending it: %q", brief(e.NewText)))
		}
		if !g.Instructed && hides(old, e.NewText) {
			return reject(RuleHiding, fmt.Sprintf("it hides instead of mending: %q", brief(e.NewText)))
		}
	}
	switch {
	case !changes:
		return reject(RuleEdit, "it changes nothing")
	case !g.Instructed && size > g.MaxEditBytes:
		return reject(RuleEdit, fmt.Sprintf("it writes %d bytes, more than the %d of a repair", size, g.MaxEditBytes))
	}
	return Verdict{}, true
}

// silencing is what keeps a defect from being reported. No edit may bring in more
// of it, even when a person asked for a change: only they say what is ignored.
var silencing = regexp.MustCompile(`(?i)relook[-_]?ignore`)

func silences(old, new string) bool {
	return len(silencing.FindAllString(new, -1)) > len(silencing.FindAllString(old, -1))
}

func hides(old, new string) bool {
	return len(hiding.FindAllString(new, -1)) > len(hiding.FindAllString(old, -1))
}

// foreign says why a file is not the person's to edit, "" if it is.
func foreign(file string) string {
	for dir := range strings.SplitSeq(file, "/") {
		switch dir {
		case "node_modules", "bower_components", "vendor", "dist", ".git":
			return "lies in " + dir + " and is not edited by hand"
		}
	}
	if path.Base(file) == "relook.toml" {
		return "holds the settings of relook"
	}
	if base := path.Base(file); strings.Contains(base, ".min.") {
		return "is generated (minified)"
	}
	return ""
}

// builtFrom is the source that the style sheet in which an edit lies was built
// from, as its source map tells; "" for none.
func builtFrom(p preview.Page, e preview.Edit, src preview.Text) string {
	for _, sheet := range edit.Sheets(e.File, src) {
		if !sheet.Contains(e.Span) {
			continue
		}
		if address := sourcemap.Address(src.Slice(sheet)); address != "" {
			return sourcemap.From(p.FS, e.File, address)
		}
	}
	return ""
}

func brief(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 60 {
		return string(r[:59]) + "…"
	}
	return s
}
