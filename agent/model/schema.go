package model

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lucasb-eyer/go-colorful"

	"relook/preview"
	"relook/preview/diagnose"
)

const lowContrast = diagnose.LowContrast

// A slot is a group of properties of which an answer sets one: three slots give
// three different ideas instead of one idea three times.
type slot struct {
	properties []string
	rule       int // the only rule that it may be set in; 0 is any of the defect's
}

// slotsOf names the properties that can repair a kind of defect. Kinds that CSS
// can't repair are absent.
var slotsOf = map[string][]slot{
	diagnose.SidewaysScroll: {
		{properties: []string{"max-width", "width", "min-width"}},
		{properties: []string{"flex-wrap", "flex-direction", "grid-template-columns"}},
		{properties: []string{"white-space", "overflow-wrap", "box-sizing", "margin-left", "margin-right"}},
	},
	diagnose.OutsideViewport: {
		{properties: []string{"max-width", "width", "left", "right"}},
		{properties: []string{"flex-wrap", "grid-template-columns", "position"}},
		{properties: []string{"white-space", "overflow-wrap", "margin-left", "margin-right", "margin-top"}},
	},
	diagnose.ClippedText: {
		{properties: []string{"height", "max-height"}},
		{properties: []string{"min-height", "white-space", "overflow-wrap"}},
		{properties: []string{"line-height", "flex-wrap", "width", "max-width"}},
	},
	diagnose.TextOverlap: {
		{properties: []string{"margin-top", "margin-bottom", "margin-left"}},
		{properties: []string{"position", "height", "line-height"}},
		{properties: []string{"min-height", "flex-wrap", "white-space", "top"}},
	},
	diagnose.CoveredControl: {
		{properties: []string{"z-index"}},
		{properties: []string{"pointer-events", "top"}},
		{properties: []string{"margin-top", "margin-bottom", "height", "min-height"}},
	},
	lowContrast: {
		{properties: []string{"color"}},
		{properties: []string{"background-color", "color"}},
	},
	diagnose.DarkScheme: {
		{properties: []string{"color"}},
		{properties: []string{"background-color", "color"}},
	},
	diagnose.SpilledText: {
		{properties: []string{"height", "max-height", "max-width", "width"}},
		{properties: []string{"overflow-wrap", "white-space", "min-height"}},
		{properties: []string{"flex-wrap", "min-width", "grid-template-columns"}},
	},
	diagnose.ChildProtrudes: {
		{properties: []string{"max-width", "width", "height", "min-height"}},
		{properties: []string{"flex-wrap", "grid-template-columns", "min-width", "overflow-wrap"}},
		{properties: []string{"box-sizing", "margin-left", "margin-right", "position"}},
	},
	diagnose.SiblingsCollide: {
		{properties: []string{"margin-top", "margin-left", "position"}},
		{properties: []string{"flex-wrap", "width", "max-width", "height"}},
		{properties: []string{"min-width", "grid-template-columns", "min-height"}},
	},
	diagnose.StickyCovers: {
		{properties: []string{"position"}},
		{properties: []string{"max-height", "height", "flex-wrap"}},
	},
	diagnose.NarrowRange: {
		{properties: []string{"width", "max-width", "min-width"}},
		{properties: []string{"flex-wrap", "flex-direction", "grid-template-columns"}},
		{properties: []string{"white-space", "margin-left", "height", "position"}},
	},
	diagnose.LoneWrap: {
		{properties: []string{"grid-template-columns", "gap"}},
		{properties: []string{"flex-basis", "min-width", "width"}},
	},
	diagnose.UnevenGaps: {
		{properties: []string{"margin-top", "margin-bottom", "margin-left", "margin-right"}},
		{properties: []string{"gap"}},
	},
	diagnose.TextTooNarrow: {
		{properties: []string{"width", "max-width", "min-width"}},
		{properties: []string{"flex-wrap", "flex-direction", "grid-template-columns"}},
	},
	diagnose.TextTooSmall: {
		{properties: []string{"font-size"}},
	},
	diagnose.TapTarget: {
		{properties: []string{"min-height", "min-width"}},
		{properties: []string{"padding", "gap", "line-height"}},
	},
	diagnose.StretchedImage: {
		{properties: []string{"height", "width"}},
		{properties: []string{"object-fit", "max-width"}},
	},
	diagnose.LostAt320: {
		{properties: []string{"max-width", "width", "min-width"}},
		{properties: []string{"flex-wrap", "flex-direction", "grid-template-columns"}},
		{properties: []string{"overflow-wrap", "white-space", "height"}},
	},
	diagnose.LongerText: {
		{properties: []string{"height", "max-height", "min-height"}},
		{properties: []string{"flex-wrap", "white-space", "overflow-wrap", "width"}},
	},
	diagnose.TextSpacing: {
		{properties: []string{"height", "max-height", "min-height"}},
		{properties: []string{"flex-wrap", "white-space", "overflow-wrap", "line-height"}},
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
			slots = append(slots, slot{properties: kept})
		}
	}
	return slots
}

// aim puts the declaration that causes the defect first: to change it is the
// likeliest repair. rule is the number of the rule that holds it.
func aim(slots []slot, property string, rule int) []slot {
	if property == "display" { // a row that does not wrap
		property = "flex-wrap"
	}
	if valueOf[property] == "" || !slices.ContainsFunc(slots, func(s slot) bool { return slices.Contains(s.properties, property) }) {
		return slots
	}
	return append([]slot{{properties: []string{property}, rule: rule}}, slots...)
}

// Values that the grammar lets a property have. They are written with plain
// classes only: escapes, look-aheads and open ends break Ollama's runner. What
// can't repair anything, such as another fixed width, is left out: small models
// like to repeat the value that is there.
const (
	sizeValue  = "auto|100%|fit-content|min[(]100%, [1-9][0-9]{1,3}px[)]"
	gapValue   = "0|[1-9][0-9]{0,2}px|[1-9]rem"
	placeValue = "0|auto|[1-9][0-9]{0,2}px"
	darkColor  = "#[0-5][0-9a-f][0-5][0-9a-f][0-5][0-9a-f]"
	lightColor = "#[c-f][0-9a-f][c-f][0-9a-f][c-f][0-9a-f]"
)

var valueOf = map[string]string{
	"width": sizeValue, "max-width": "100%|min[(]100%, [1-9][0-9]{1,3}px[)]|none",
	"min-width": "0|auto|min[(]100%, [1-9][0-9]{1,3}px[)]",
	"height":    "auto|fit-content", "max-height": "none|fit-content",
	"min-height": "[1-9][0-9]{1,2}px|auto|fit-content",
	"left":       placeValue, "right": placeValue, "top": placeValue,
	"margin-top": gapValue, "margin-bottom": gapValue, "margin-left": gapValue, "margin-right": gapValue,
	"flex-wrap":             "wrap",
	"flex-direction":        "column",
	"grid-template-columns": "1fr|minmax[(]0, 1fr[)]|repeat[(][1-6], minmax[(]0, 1fr[)][)]|repeat[(]auto-fit, minmax[(]min[(]100%, [1-9][0-9]{1,2}px[)], 1fr[)][)]",
	"white-space":           "normal|pre-wrap",
	"overflow-wrap":         "anywhere|break-word",
	"box-sizing":            "border-box",
	"position":              "static|relative",
	"line-height":           "1[.][1-9]|normal",
	"pointer-events":        "none|auto",
	"z-index":               "0|[1-9][0-9]?",
	"color":                 darkColor + "|" + lightColor,
	"background-color":      darkColor + "|" + lightColor,
	"gap":                   gapValue,
	"padding":               "[1-9][0-9]?px|[1-9]px [1-9][0-9]?px",
	"flex-basis":            "auto|0|100%|[1-9][0-9]{1,2}px",
	"font-size":             "1[2-9]px|2[0-4]px|1rem",
	"object-fit":            "contain|cover",
}

// values is the grammar of a property for this defect: on a ground that is
// known to be light the text must become dark, and the other way round.
func (f numbered) values(property string) string {
	if property != "color" || f.Evidence == nil {
		return valueOf[property]
	}
	for _, s := range f.Evidence.Subjects {
		if c, err := colorful.Hex(s.Computed["relook-background"]); err == nil {
			if l, _, _ := c.Lab(); l > 0.5 {
				return darkColor
			}
			return lightColor
		}
	}
	return valueOf[property]
}

func (f numbered) ruleNumbers(s slot) []int {
	if s.rule > 0 {
		return []int{s.rule}
	}
	return f.rules
}

// patternFor binds the answer about one defect: one declaration per slot, such
// as "3 max-width: 100%; 3 flex-wrap: wrap; ". Numbers and names come from
// relook's own lists; nothing of the page gets into the pattern.
func patternFor(f numbered) json.RawMessage {
	var b strings.Builder
	b.WriteByte('^')
	for _, s := range f.slots {
		b.WriteString(f.pattern(f.ruleNumbers(s), s.properties) + "; ")
	}
	b.WriteByte('$')
	return mustJSON(map[string]any{"type": "string", "pattern": b.String()})
}

// schemaFor binds the answer about all defects: a list with one string for each,
// such as "2 3 flex-wrap: wrap". That the defect is named first, then the rule,
// works like thinking aloud. Objects would say the same, but take Ollama twice
// the tokens and, with so many choices in the grammar, ten times the time.
func (d digest) schemaFor() json.RawMessage {
	items := make([]any, len(d.defects))
	for i, f := range d.defects {
		rules, properties := f.rules, []string(nil)
		for _, s := range f.slots {
			properties = append(properties, s.properties...)
		}
		if at := f.slots[0].rule; at > 0 {
			rules = []int{at}
		}
		slices.Sort(properties)
		items[i] = map[string]any{
			"type":    "string",
			"pattern": fmt.Sprintf("^%d %s$", i+1, f.pattern(rules, slices.Compact(properties))),
		}
	}
	return mustJSON(map[string]any{"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)})
}

// pattern is one declaration in one of the rules.
func (f numbered) pattern(numbers []int, properties []string) string {
	var rules, decls []string
	for _, n := range numbers {
		rules = append(rules, strconv.Itoa(n))
	}
	for _, name := range properties {
		decls = append(decls, name+": ("+f.values(name)+")")
	}
	return fmt.Sprintf("(%s) (%s)", strings.Join(rules, "|"), strings.Join(decls, "|"))
}

// mustJSON encodes what can always be encoded.
func mustJSON(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic("relook: encoding a schema: " + err.Error())
	}
	return b
}
