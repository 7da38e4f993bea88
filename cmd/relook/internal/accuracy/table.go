package main

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"relook/preview"
)

//go:embed intro.md
var intro string

// markdown is docs/accuracy.md.
func (r *results) markdown() string {
	var b strings.Builder
	b.WriteString(intro)
	if r.measured {
		r.labelledTable(&b)
	}
	r.realTable(&b)
	r.repeatTable(&b)
	for _, o := range r.rivals {
		b.WriteString("\n")
		r.rivalTable(&b, o)
	}
	return strings.ReplaceAll(b.String(), "\n\n\n", "\n\n")
}

// A count is what became of the labelled faults of one rule.
type count struct{ faults, found, extra, extraErrors int }

func (r *results) labelledTable(b *strings.Builder) {
	byRule := map[string]*count{}
	of := func(rule string) *count {
		if byRule[rule] == nil {
			byRule[rule] = &count{}
		}
		return byRule[rule]
	}
	silent, errors, total := 0, 0, count{}
	for _, p := range r.pages {
		if len(p.label.Defects) == 0 {
			silent++
		}
		errors += p.Errors
		for i, e := range p.label.Defects {
			of(e.Rule).faults++
			if p.Found[i] {
				of(e.Rule).found++
			}
		}
		for _, d := range p.Extra {
			of(d.Rule).extra++
			if d.Severity == preview.SeverityError {
				of(d.Rule).extraErrors++
			}
		}
	}
	fmt.Fprintf(b, "\n## Labelled pages\n\n%d pages, %d of them look-alikes that must stay silent.\n\n", len(r.pages), silent)
	b.WriteString("| rule | faults | found | found wrongly | of these errors | recall | precision |\n|---|---|---|---|---|---|---|\n")
	for _, rule := range slices.Sorted(maps.Keys(byRule)) {
		c := byRule[rule]
		line(b, rule, *c)
		total.faults, total.found, total.extra, total.extraErrors = total.faults+c.faults, total.found+c.found, total.extra+c.extra, total.extraErrors+c.extraErrors
	}
	line(b, "**all**", total)
	fmt.Fprintf(b, "\n%d of the reports are at error level, %d of them wrong: a precision of %s.\n",
		errors+total.extraErrors, total.extraErrors, percent(errors, errors+total.extraErrors))
	r.missed(b)
}

// missed lists what was not found, and what was found where nothing is.
func (r *results) missed(b *strings.Builder) {
	var list []string
	for _, p := range r.pages {
		for i, e := range p.label.Defects {
			if !p.Found[i] {
				list = append(list, fmt.Sprintf("- `%s`: not found as it is labelled: %s", p.name, e))
			}
		}
		for _, d := range p.Extra {
			list = append(list, fmt.Sprintf("- `%s`: found without a label, %s: %s", p.name, d.Severity, d.Message))
		}
	}
	if len(list) == 0 {
		b.WriteString("\nNothing was missed, and nothing else was found.\n")
		return
	}
	b.WriteString("\nWhat was missed, and what was found besides:\n\n" + strings.Join(list, "\n") + "\n")
}

func line(b *strings.Builder, name string, c count) {
	fmt.Fprintf(b, "| %s | %d | %d | %d | %d | %s | %s |\n", name, c.faults, c.found, c.extra, c.extraErrors,
		percent(c.found, c.faults), percent(c.found, c.found+c.extra))
}

func percent(part, whole int) string {
	if whole == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f %%", 100*float64(part)/float64(whole))
}

func (r *results) realTable(b *strings.Builder) {
	if len(r.reports) == 0 {
		return
	}
	b.WriteString("\n## Real pages and model drafts\n\n")
	for _, s := range []preview.Severity{preview.SeverityError, preview.SeverityWarning} {
		byRule, all := map[string]*tally{}, tally{}
		for _, one := range r.reports {
			if one.Severity != s {
				continue
			}
			if byRule[one.Rule] == nil {
				byRule[one.Rule] = &tally{}
			}
			byRule[one.Rule].add(one.Verdict)
			all.add(one.Verdict)
		}
		if all.reports > 0 {
			severityTable(b, s, byRule, all)
			r.remarks(b, s, "Those that are not:", func(one report) bool { return one.Verdict != real })
			r.remarks(b, s, "Remarks on those that are:", func(one report) bool { return one.Verdict == real })
		}
	}
}

// remarks lists what was said of reports: of those that are not to relook's
// credit, and of those that are.
func (r *results) remarks(b *strings.Builder, s preview.Severity, head string, about func(report) bool) {
	pages := map[string][]string{}
	for _, one := range r.reports {
		if one.Severity == s && one.Reason != "" && about(one) {
			what := fmt.Sprintf("%s, %s: %s", one.Rule, one.Verdict, one.Reason)
			pages[what] = append(pages[what], "`"+one.Page+"`")
		}
	}
	if len(pages) == 0 {
		return
	}
	b.WriteString(head + "\n\n")
	const most = 3
	for _, what := range slices.Sorted(maps.Keys(pages)) {
		n, where := len(pages[what]), slices.Compact(pages[what])
		if more := len(where) - most; more > 0 {
			where = append(where[:most:most], plural(more, "more page"))
		}
		fmt.Fprintf(b, "- %d × %s (%s)\n", n, what, strings.Join(where, ", "))
	}
	b.WriteString("\n")
}

// A tally counts reports, and of those that were judged the verdicts.
type tally struct {
	reports, judged int
	of              [5]int // by verdict
}

func (t *tally) add(v verdict) {
	t.reports++
	if i := slices.Index(verdicts, v); i >= 0 {
		t.judged++
		t.of[i]++
	}
}

func severityTable(b *strings.Builder, s preview.Severity, byRule map[string]*tally, all tally) {
	fmt.Fprintf(b, "### %s\n\n%d reports, %d of them judged by looking at their pictures: %d are real (%s).\n\n",
		strings.ToUpper(string(s[:1]))+string(s[1:]), all.reports, all.judged, all.of[0], orNone(percent(all.of[0], all.judged)))
	b.WriteString("| rule | reports | judged | real | told twice | not visible | intended | wrong |\n|---|---|---|---|---|---|---|---|\n")
	for _, rule := range slices.Sorted(maps.Keys(byRule)) {
		t := byRule[rule]
		fmt.Fprintf(b, "| %s | %d | %d | %d | %d | %d | %d | %d |\n", rule, t.reports, t.judged, t.of[0], t.of[1], t.of[2], t.of[3], t.of[4])
	}
	b.WriteString("\n")
}

func (r *results) repeatTable(b *strings.Builder) {
	if len(r.repeats) == 0 {
		return
	}
	b.WriteString("\n## The same every time\n\n| profile | pages | renders of each | that differ from the first |\n|---|---|---|---|\n")
	for _, one := range r.repeats {
		fmt.Fprintf(b, "| %s | %d | %d | %d |\n", one.Profile, one.Pages, one.Times, len(one.Differences))
	}
	for _, one := range r.repeats {
		const most = 160 // characters that tell which page and rule
		for _, d := range one.Differences {
			fmt.Fprintf(b, "\n- %s: %.*s", one.Profile, most, d)
		}
	}
	b.WriteString("\n")
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// rivalTable compares on the rules that the other tool covers: of the labelled
// faults how many each found, and on how many look-alikes each reported one.
func (r *results) rivalTable(b *strings.Builder, o rival) {
	fmt.Fprintf(b, "## Beside %s\n\n", o.name)
	b.WriteString("| rule | faults | relook found | it found | look-alikes that relook reports | that it reports |\n|---|---|---|---|---|---|\n")
	var sum [3]int
	quiet := r.lookalikes()
	var wrong, itsWrong []string
	for _, rule := range slices.Sorted(maps.Keys(o.covers)) {
		n := r.against(o, rule)
		if n[0] == 0 {
			continue
		}
		own, its := r.reportedOn(quiet, rule), o.reportedOn(quiet, rule)
		fmt.Fprintf(b, "| %s | %d | %d | %d | %d | %d |\n", rule, n[0], n[1], n[2], len(own), len(its))
		for i := range sum {
			sum[i] += n[i]
		}
		wrong, itsWrong = append(wrong, own...), append(itsWrong, its...)
	}
	fmt.Fprintf(b, "| **all** | %d | %d | %d | %d | %d |\n", sum[0], sum[1], sum[2], different(wrong), different(itsWrong))
	fmt.Fprintf(b, "\nOf these faults relook finds %s and %s finds %s. Of the %d look-alikes relook reports %d and %s reports %d; one that several rules report counts once.\n",
		percent(sum[1], sum[0]), o.name, percent(sum[2], sum[0]), len(quiet), different(wrong), o.name, different(itsWrong))
}

func different(names []string) int { return len(slices.Compact(slices.Sorted(slices.Values(names)))) }

func (r *results) lookalikes() []labelledPage {
	var list []labelledPage
	for _, p := range r.pages {
		if len(p.label.Defects) == 0 {
			list = append(list, p)
		}
	}
	return list
}

// reportedOn are the pages on which relook reports a fault of the rule.
func (r *results) reportedOn(pages []labelledPage, rule string) (names []string) {
	for _, p := range pages {
		if slices.ContainsFunc(p.Extra, func(d preview.Defect) bool { return d.Rule == rule }) {
			names = append(names, p.name)
		}
	}
	return names
}

// reportedOn are the pages on which the tool reports what corresponds to the rule.
func (o rival) reportedOn(pages []labelledPage, rule string) (names []string) {
	for _, p := range pages {
		if slices.ContainsFunc(o.told[p.name], func(t told) bool { return slices.Contains(o.covers[rule], t.Rule) }) {
			names = append(names, p.name)
		}
	}
	return names
}

// against counts the faults of a rule, and those found by relook and by the other.
func (r *results) against(o rival, rule string) (n [3]int) {
	for _, p := range r.pages {
		for i, e := range p.label.Defects {
			if e.Rule != rule {
				continue
			}
			n[0]++
			if p.Found[i] {
				n[1]++
			}
			if slices.ContainsFunc(o.told[p.name], func(t told) bool {
				return slices.Contains(o.covers[rule], t.Rule) && (e.Selector == "" || slices.Contains(t.Matches, e.Selector))
			}) {
				n[2]++
			}
		}
	}
	return n
}
