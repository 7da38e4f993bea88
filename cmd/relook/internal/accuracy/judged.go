package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"relook/preview"
)

// A report is a defect that was found on a real page, with what a person said
// of it.
type report struct {
	judgement
	Severity preview.Severity `json:"severity"`
}

// A judgement is what a person said of one report after looking at its picture.
type judgement struct {
	Page    string `json:"page"`
	Rule    string `json:"rule"`
	Element string `json:"element"` // XPath of the first element; "" for none
	View    string `json:"view"`
	Message string `json:"message"`
	// Picture is the hash of the pixels that were looked at. A report whose
	// picture is another now has to be looked at again.
	Picture string  `json:"picture"`
	Verdict verdict `json:"verdict"` // "" when nobody has looked
	Reason  string  `json:"reason,omitempty"`
}

// A verdict is what a person says of a report.
type verdict string

// The verdicts. Only the first is to the report's credit.
const (
	real     verdict = "real"
	twice    verdict = "twice"    // a fault that another report of the page tells too
	unseen   verdict = "unseen"   // so in numbers, but nobody would see it
	intended verdict = "intended" // seen, and meant to be so
	wrong    verdict = "wrong"    // not so
)

var verdicts = []verdict{real, twice, unseen, intended, wrong}

// key finds a judgement again. Reports that name no element are told apart by what
// they say.
func (j judgement) key() string {
	what := j.Element
	if what == "" {
		what = j.Message
	}
	return strings.Join([]string{j.Page, j.Rule, what, j.Picture}, "\n")
}

// judge tells each report what was said of it.
func judge(reports []report, file string) error {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var list []judgement
	if err == nil {
		err = json.Unmarshal(data, &list)
	}
	if err != nil {
		return fmt.Errorf("reading what was judged: %w", err)
	}
	known := map[string]judgement{}
	for _, j := range list {
		known[j.key()] = j
	}
	for i, one := range reports {
		reports[i].Verdict, reports[i].Reason = known[one.key()].Verdict, known[one.key()].Reason
	}
	return nil
}
