package term

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"relook/agent"
	"relook/preview"
)

// Refined says what a refinement came to, such as
// "pricing.html: 7 defects at 3 views, 6 repaired, 1 left".
func Refined(before, after preview.Diagnosis, views int) []string {
	left := map[string]int{}
	for _, d := range after.Defects {
		left[d.Key()]++
	}
	repaired := 0
	for _, d := range before.Defects {
		if left[d.Key()] == 0 {
			repaired++
		}
	}
	if len(before.Defects) == 0 && len(after.Defects) == 0 {
		return []string{fmt.Sprintf("%s: no defects at %s.", Clean(before.Path), count(views, "view"))}
	}
	return []string{fmt.Sprintf("%s: %s at %s, %d repaired, %d left.", Clean(before.Path),
		count(len(before.Defects), "defect"), count(views, "view"), repaired, len(after.Defects))}
}

// Rejected says why nothing that was tried was taken, the most frequent reasons
// first.
func Rejected(passes []agent.Pass) []string {
	var attempts []agent.Attempt
	var dropped []string
	for _, p := range passes {
		attempts = append(attempts, p.Attempts...)
		dropped = append(dropped, p.Dropped...)
	}
	var lines []string
	switch {
	case len(attempts) > 0:
		lines = append(lines, fmt.Sprintf("No repair was better than the page as it is; %s tried:", was(len(attempts))))
		lines = append(lines, often(attempts)...)
	case len(dropped) == 0:
		lines = append(lines, "No repair was proposed. A model may know one: add --model NAME, or see `relook setup --help`.")
	}
	if len(dropped) > 0 {
		lines = append(lines, fmt.Sprintf("%s of the model could not be used, for example: %s",
			count(len(dropped), "answer"), Clean(dropped[0])))
	}
	return lines
}

func was(n int) string {
	if n == 1 {
		return "1 was"
	}
	return fmt.Sprintf("%d were", n)
}

// often lists the three most frequent reasons.
func often(attempts []agent.Attempt) []string {
	times := map[string]int{}
	var reasons []string
	for _, a := range attempts {
		r := strings.TrimSuffix(Clean(a.Verdict.Reason), ".")
		if times[r] == 0 {
			reasons = append(reasons, r)
		}
		times[r]++
	}
	slices.SortStableFunc(reasons, func(a, b string) int { return cmp.Compare(times[b], times[a]) })
	const most = 3
	var lines []string
	for _, r := range reasons[:min(len(reasons), most)] {
		lines = append(lines, fmt.Sprintf("  %d: %s", times[r], r))
	}
	if n := len(reasons) - most; n > 0 {
		lines = append(lines, fmt.Sprintf("  and %s more: `--json` shows all of them.", count(n, "reason")))
	}
	return lines
}
