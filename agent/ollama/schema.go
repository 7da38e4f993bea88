package ollama

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"relook/preview"
	"relook/preview/diagnose"
)

const lowContrast = diagnose.LowContrast

// A slot is a group of properties of which an answer sets one: three slots give
// three different ideas instead of one idea three times.
type slot struct{ properties []string }

// slotsOf names the properties that can repair a kind of defect. Kinds that CSS
// can't repair are absent.
var slotsOf = map[string][]slot{
	diagnose.SidewaysScroll: {
		{[]string{"max-width", "width", "min-width"}},
		{[]string{"flex-wrap", "flex-direction", "grid-template-columns"}},
		{[]string{"white-space", "overflow-wrap", "box-sizing", "margin-left", "margin-right"}},
	},
	diagnose.OutsideViewport: {
		{[]string{"max-width", "width", "left", "right"}},
		{[]string{"flex-wrap", "grid-template-columns", "position"}},
		{[]string{"white-space", "overflow-wrap", "margin-left", "margin-right", "margin-top"}},
	},
	diagnose.ClippedText: {
		{[]string{"height", "max-height"}},
		{[]string{"min-height", "white-space", "overflow-wrap"}},
		{[]string{"line-height", "flex-wrap", "width", "max-width"}},
	},
	diagnose.TextOverlap: {
		{[]string{"margin-top", "margin-bottom", "margin-left"}},
		{[]string{"position", "height", "line-height"}},
		{[]string{"min-height", "flex-wrap", "white-space", "top"}},
	},
	diagnose.CoveredControl: {
		{[]string{"pointer-events", "z-index"}},
		{[]string{"position", "margin-top", "margin-bottom"}},
		{[]string{"height", "min-height", "top"}},
	},
	lowContrast: {
		{[]string{"color"}},
		{[]string{"background-color", "color"}},
	},
}

// slotsFor leaves out properties that mean nothing for the layout at hand, as
// far as the computed values tell.
func slotsFor(f preview.Defect) []slot {
	displays := ""
	if f.Evidence != nil {
		for _, s := range f.Evidence.Subjects {
			displays += " " + s.Computed["display"]
		}
	}
	if strings.TrimSpace(displays) == "" {
		return slotsOf[f.Rule]
	}
	var slots []slot
	for _, s := range slotsOf[f.Rule] {
		kept := slices.DeleteFunc(slices.Clone(s.properties), func(name string) bool {
			return strings.HasPrefix(name, "flex-") && !strings.Contains(displays, "flex") ||
				strings.HasPrefix(name, "grid-") && !strings.Contains(displays, "grid")
		})
		if len(kept) > 0 {
			slots = append(slots, slot{kept})
		}
	}
	return slots
}

// Values that the grammar lets a property have. They are written with plain
// classes only: escapes, look-aheads and open ends break Ollama's runner.
const (
	lengthValue = "[1-9][0-9]{0,3}px|[1-9][0-9]?rem|[1-9][0-9]?%|100%"
	sizeValue   = "auto|" + lengthValue + "|min[(]100%, [1-9][0-9]{1,3}px[)]"
	maxValue    = "none|" + lengthValue + "|min[(]100%, [1-9][0-9]{1,3}px[)]"
	gapValue    = "0|[1-9][0-9]{0,2}px|[1-9]rem"
	colorValue  = "#[0-9a-f]{6}"
)

var valueOf = map[string]string{
	"width": sizeValue, "height": sizeValue, "min-height": sizeValue,
	"max-width": maxValue, "max-height": maxValue,
	"min-width":  "0|" + sizeValue,
	"left":       "0|auto|" + lengthValue,
	"right":      "0|auto|" + lengthValue,
	"top":        "0|auto|" + lengthValue,
	"margin-top": gapValue, "margin-bottom": gapValue, "margin-left": gapValue, "margin-right": gapValue,
	"flex-wrap":             "wrap|nowrap",
	"flex-direction":        "column|row",
	"grid-template-columns": "1fr|minmax[(]0, 1fr[)]|repeat[(][1-6], minmax[(]0, 1fr[)][)]|repeat[(]auto-fit, minmax[(]min[(]100%, [1-9][0-9]{1,2}px[)], 1fr[)][)]",
	"white-space":           "normal|pre-wrap",
	"overflow-wrap":         "anywhere|break-word",
	"box-sizing":            "border-box",
	"position":              "static|relative",
	"line-height":           "1|1[.][0-9]|normal",
	"pointer-events":        "none|auto",
	"z-index":               "0|[1-9][0-9]?",
	"color":                 colorValue,
	"background-color":      colorValue,
}

// patternFor binds the answer about one defect: one declaration per slot, such
// as "3 max-width: 100%; 3 flex-wrap: wrap; ". Numbers and names come from
// relook's own lists; nothing of the page gets into the pattern.
func patternFor(f numbered) json.RawMessage {
	rules := make([]string, len(f.rules))
	for i, n := range f.rules {
		rules[i] = strconv.Itoa(n)
	}
	var b strings.Builder
	b.WriteByte('^')
	for _, s := range f.slots {
		decls := make([]string, len(s.properties))
		for i, name := range s.properties {
			decls[i] = name + ": (" + valueOf[name] + ")"
		}
		fmt.Fprintf(&b, "(%s) (%s); ", strings.Join(rules, "|"), strings.Join(decls, "|"))
	}
	b.WriteByte('$')
	return mustJSON(map[string]any{"type": "string", "pattern": b.String()})
}

// schemaFor binds the answer about all defects: one object for each, in order.
func (d digest) schemaFor() json.RawMessage {
	items := make([]any, len(d.defects))
	for i, f := range d.defects {
		var names []string
		for _, s := range f.slots {
			for _, name := range s.properties {
				if !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
		items[i] = object{
			Type: "object",
			Properties: ordered{
				D: map[string]any{"const": i + 1},
				R: map[string]any{"enum": f.rules},
				P: map[string]any{"enum": names},
				V: map[string]any{"type": "string", "pattern": "^[a-z0-9#][a-z0-9%#., ()-]{0,47}$"},
			},
			Required: []string{"d", "r", "p", "v"},
		}
	}
	return mustJSON(map[string]any{"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)})
}

// object and ordered keep the keys in the order in which they are to be
// answered: the defect first, then the rule, as that works like thinking aloud.
type object struct {
	Type       string   `json:"type"`
	Properties ordered  `json:"properties"`
	Required   []string `json:"required"`
}

type ordered struct {
	D any `json:"d"`
	R any `json:"r"`
	P any `json:"p"`
	V any `json:"v"`
}

// mustJSON encodes what can always be encoded.
func mustJSON(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic("relook: encoding a schema: " + err.Error())
	}
	return b
}
