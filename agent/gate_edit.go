package agent

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"relook/agent/edit"
	"relook/preview"
	"relook/preview/sourcemap"
)

// A screen is a way to make a finding vanish without mending anything. An edit
// must not bring in more of it than the text that it replaces had. What it would
// do is measured as well: the screens are there because some of it can't be seen
// in today's content (overflow that is empty now cuts tomorrow's text).
type screen struct {
	rule, words string
	pattern     *regexp.Regexp
}

func screenOf(rule, words string, patterns ...string) screen {
	return screen{rule, words, regexp.MustCompile("(?i)(?:" + strings.Join(patterns, "|") + ")")}
}

// What lies in a small box that scrolls can be reached and is not seen.
const (
	smallBox  = `(?:^|[^-\w])(?:max-)?(?:height|block-size)\s*:\s*\d{1,2}(?:\.\d+)?(?:px|%)`
	scrollBox = `overflow(?:-y)?\s*:\s*(?:auto|scroll)`
)

var screens = []screen{
	screenOf(RuleHiding, "hides instead of mending",
		`display\s*:\s*none`,
		`visibility\s*:\s*(?:hidden|collapse)`,
		`content-visibility\s*:`,
		`opacity\s*:\s*0?\.?0*%?\s*(?:[;"'}!]|$)`,
		`opacity\s*\(`,
		`mix-blend-mode\s*:`,
		`(?:^|[^-\w])(?:-webkit-)?mask(?:-image)?\s*:`,
		`overflow(?:-[xy]|-inline|-block)?\s*:\s*(?:hidden|clip)`,
		`(?:^|[^-\w])clip(?:-path)?\s*:\s*[^;}"'n]`,
		`(?:-webkit-)?line-clamp\s*:`,
		`text-overflow\s*:\s*ellipsis`,
		`font-size\s*:\s*0`,
		`font-size\s*:\s*[0-7](?:\.\d+)?px`,
		`(?:^|[^-\w])font\s*:\s*0`,
		`zoom\s*:\s*(?:0|\.|[1-9]?\d%)`,
		`(?:^|[^-\w])scale\s*:\s*(?:0|\.)`,
		`(?:scale|matrix)(?:3d|x|y)?\s*\(`,
		`text-indent\s*:\s*-`,
		`(?:left|right|top|bottom|margin(?:-\w+)?|inset(?:-\w+)*)\s*:\s*-\d{3,}`,
		`translate(?:3d|x|y)?\s*\([^)]*-\d{3,}`,
		`color\s*:\s*transparent`,
		`z-index\s*:\s*-`,
		`(?:^|[^-\w])(?:max-)?(?:height|width|block-size|inline-size)\s*:\s*0[a-z%]*\s*(?:[;"'}!]|$)`,
		smallBox+`[^{}]*`+scrollBox, scrollBox+`[^{}]*`+smallBox,
		`\s(?:hidden|inert)(?:[\s=>]|$)`,
		`aria-hidden\s*=`,
		`role\s*=\s*["']?(?:presentation|none)`,
		`<!--`, `<template[\s>]`, `<noscript[\s>]`, `@media[^{]*\b(?:print|speech)\b`),
	screenOf(RuleHiding, "keeps people from zooming", `user-scalable\s*=\s*(?:no|0)`, `maximum-scale\s*=`, `touch-action\s*:\s*none`),
	screenOf(RuleProbing, "holds only at the sizes that are looked at",
		`\(\s*(?:device-)?(?:width|height|aspect-ratio)\s*[:=]`, `\(\s*(?:-webkit-)?(?:min-|max-)?(?:device-pixel-ratio|resolution|device-width|device-height)`,
		`\(\s*(?:scripting|update|hover|any-hover|pointer|any-pointer|color-index|monochrome|grid)\s*[:)]`),
	screenOf(RuleProbing, "looks out for being measured",
		`navigator\s*\.`, `webdriver`, `(?:Resize|Mutation|Intersection|Performance)Observer`, `inner(?:Width|Height)`, `outer(?:Width|Height)`, `matchMedia`, `requestAnimationFrame`),
}

// fixtures are what an edit must leave as often as it is: the style sheets of the
// page, the language, how the page is fitted to the screen, its scripts.
var fixtures = []screen{
	screenOf(RuleHiding, "takes a style sheet away", `rel\s*=\s*["']?stylesheet`, `<style[\s>]`, `@import`),
	screenOf(RuleEdit, "changes the language of the page", `\slang\s*=\s*["']?[\w-]*`),
	screenOf(RuleEdit, "changes how the page is fitted to the screen", `name\s*=\s*["']?viewport["']?[^>]*`, `<meta\s[^>]*viewport[^>]*`),
	screenOf(RuleEdit, "changes the scripts of the page", `<script\b`, `\son[a-z]+\s*=`),
}

// Check judges the edits themselves, before anything is rendered. ok is false
// when a rule is broken.
func (g Gate) Check(p preview.Page, edits []preview.Edit) (v Verdict, ok bool) {
	reject := func(rule, reason string) (Verdict, bool) {
		return Verdict{Rule: rule, Reason: reason, InPlace: true}, false
	}
	if len(edits) == 0 {
		return reject(RuleEdit, "it changes nothing")
	}
	size, changes, why := placed(p, edits)
	if why != "" {
		return reject(RuleEdit, why)
	}
	stretches, err := stretchesOf(p, edits)
	if err != nil {
		return reject(RuleEdit, err.Error())
	}
	for _, s := range stretches {
		if silences(s.old, s.now) {
			return reject(RuleHiding, fmt.Sprintf("it keeps a defect from being reported instead of mending it: %q", s.brief()))
		}
		if rule, why := s.screened(); !g.Instructed && rule != "" {
			return reject(rule, fmt.Sprintf("it %s: %q", why, s.brief()))
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

// placed reports how much the edits write, whether they change anything, and why
// they can't be made; "" if they can.
func placed(p preview.Page, edits []preview.Edit) (size int, changes bool, why string) {
	for _, e := range edits {
		if why := foreign(e.File); why != "" {
			return 0, false, fmt.Sprintf("%s %s", e.File, why)
		}
		src, err := p.Read(e.File)
		if err != nil {
			return 0, false, err.Error()
		}
		if e.Span.Start < 0 || e.Span.End < e.Span.Start || e.Span.End > src.Len() {
			return 0, false, fmt.Sprintf("%s has no bytes %d to %d", e.File, e.Span.Start, e.Span.End)
		}
		if from := builtFrom(p, e, src); from != "" {
			return 0, false, fmt.Sprintf("%s is built from %s: what is changed here is lost at the next build", e.File, from)
		}
		changes = changes || src.Slice(e.Span) != e.NewText
		size += len(e.NewText)
	}
	return size, changes, ""
}

// A stretch is the part of a file from the first edit to the last, with what
// stands around it: an edit may change a part of a declaration only.
type stretch struct {
	old, now string
	text     string // the new text of the edits
}

// margin is how many bytes around the edits are looked at.
const margin = 200

func stretchesOf(p preview.Page, edits []preview.Edit) ([]stretch, error) {
	texts, err := edit.ApplyAll(p.Read, edits)
	if err != nil {
		return nil, err
	}
	var list []stretch
	for _, file := range sortedKeys(texts) {
		src, err := p.Read(file)
		if err != nil {
			return nil, err
		}
		start, end, written := src.Len(), 0, ""
		for _, e := range edits {
			if e.File == file {
				start, end, written = min(start, e.Span.Start), max(end, e.Span.End), written+e.NewText+" "
			}
		}
		start, end = max(0, start-margin), min(src.Len(), end+margin)
		now := texts[file]
		list = append(list, stretch{src.String()[start:end], now[start : len(now)-(src.Len()-end)], written})
	}
	return list, nil
}

// screened names the rule that the stretch breaks and what it does; "" for none.
func (s stretch) screened() (rule, why string) {
	for _, c := range screens {
		if len(c.pattern.FindAllString(s.now, -1)) > len(c.pattern.FindAllString(s.old, -1)) {
			return c.rule, c.words
		}
	}
	for _, c := range fixtures {
		was, is := c.pattern.FindAllString(s.old, -1), c.pattern.FindAllString(s.now, -1)
		if !slices.Equal(was, is) {
			return c.rule, c.words
		}
	}
	return "", ""
}

func (s stretch) brief() string { return brief(s.text) }

// silencing is what keeps a defect from being reported. No edit may bring in more
// of it, even when a person asked for a change: only they say what is ignored.
var silencing = regexp.MustCompile(`(?i)relook[-_]?ignore`)

func silences(old, new string) bool {
	return len(silencing.FindAllString(new, -1)) > len(silencing.FindAllString(old, -1))
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
