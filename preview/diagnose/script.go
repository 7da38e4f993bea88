package diagnose

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"

	"relook/preview"
)

// The script is kept as readable files and sent as one function expression.
//
//go:embed script/*.js script/checks/*.js
var scriptFiles embed.FS

// The order matters only in that dom.js declares what the others fill.
var scriptOrder = []string{
	"dom", "colour", "layout", "text", "names", "hits", "controls", "cells", "boxes", "rows", "inventory",
	"hints", "glance", "ignore", "widths", "main", "pixels", "trials", "places", "focus", "hover",
}

// Script leaves what the checks call on globalThis. A tab may run it in the world
// of Tab.Eval in each new document, which takes less time than sending it each
// time; else the first call does.
var Script = func() string {
	var b strings.Builder
	b.WriteString("globalThis.relook = (() => { \"use strict\";\n")
	var files []string
	for _, name := range scriptOrder {
		files = append(files, "script/"+name+".js")
	}
	of, err := fs.Glob(scriptFiles, "script/checks/*.js")
	if err != nil {
		panic(err) // the pattern is wrong
	}
	for _, name := range append(files, of...) {
		src, err := scriptFiles.ReadFile(name)
		if err != nil {
			panic(err) // the list above names a file that is not there
		}
		for line := range strings.Lines(string(src)) {
			if text := strings.TrimSpace(line); text != "" && !strings.HasPrefix(text, "//") {
				if line[0] == ' ' {
					b.WriteByte(' ') // what is within another thing still shows
				}
				b.WriteString(text + "\n")
			}
		}
	}
	b.WriteString("return (arg) => { forget(); return entries[arg.entry](arg); }; })();")
	return b.String()
}()

// installScript does that and calls it.
var installScript = "(arg) => { " + Script + " return JSON.stringify(globalThis.relook(arg)); }"

const (
	// The answer is written in the page: handing it over piece by piece takes
	// the browser twice as long.
	// An element with the id "relook" is a property of the global object as well,
	// but not its own.
	callScript = `(arg) => Object.hasOwn(globalThis, "relook") ? JSON.stringify(globalThis.relook(arg)) : "absent"`
	// elementScript gives Tab.Styles an element by its XPath.
	elementScript = `(arg) => globalThis.relook(arg)`
)

// call runs one entry of the script in a tab, and installs the script first if
// the page has been loaded since.
func call(ctx context.Context, tab Tab, arg map[string]any, result any) error {
	var text string
	if err := tab.Eval(ctx, callScript, arg, &text); err != nil {
		return fmt.Errorf("measuring the page at %s: %w", tab.View().Name(), err)
	}
	if text == "absent" {
		if err := tab.Eval(ctx, installScript, arg, &text); err != nil {
			return fmt.Errorf("measuring the page at %s: %w", tab.View().Name(), err)
		}
	}
	if err := json.Unmarshal([]byte(text), result); err != nil {
		return fmt.Errorf("reading the measurements of %s: %w", tab.View().Name(), err)
	}
	return nil
}

// A finding is what the script measured of one fault in one view.
type finding struct {
	Rule     string             `json:"rule"`
	Group    string             `json:"group"` // the same in every view in which it is the same fault
	Elements []found            `json:"elements"`
	Others   []other            `json:"others"`
	Measure  map[string]float64 `json:"measure"`
	Words    map[string]string  `json:"words"`
	Ignored  string             `json:"ignored"` // path of the element at which the person ignores it

	read bool // in the tab as it is, not by a study elsewhere
	// settled is what a study found out about the cause where the fault showed;
	// nil leaves that to the view's tab.
	settled *settled
}

// A settled is the outcome of an investigation.
type settled struct {
	subjects []preview.Subject
	cause    *preview.Cause
}

// known settles a cause that a study knows; nil if it does not.
func known(cause *preview.Cause) *settled {
	if cause == nil {
		return nil
	}
	return &settled{cause: cause}
}

// A found is an element as the script names it.
type found struct {
	XPath    string `json:"xpath"`
	Selector string `json:"selector"`
	Box      box    `json:"box"`
}

// An other is an element that takes part in a fault.
type other struct {
	Role  string `json:"role"`
	XPath string `json:"xpath"`
}

// A reading is what one evaluation of the script reads.
type reading struct {
	Findings  []finding `json:"findings"`
	Inventory stock     `json:"inventory"`
	Elements  int       `json:"elements"`
	Truncated bool      `json:"truncated"`
	Cut       []string  `json:"cut"` // the rules that could not look at all of the page
}
