package model

import (
	"regexp"
	"slices"
	"strings"

	"relook/preview"
)

// usual are the values that a repair most often needs, in the order in which
// they are worth a try. A colour depends on its ground.
var usual = map[string][]string{
	"width": {"auto", "100%"}, "max-width": {"100%", "none"}, "min-width": {"0", "auto"},
	"height": {"auto", "fit-content"}, "max-height": {"none"}, "min-height": {"44px", "auto"}, "overflow": {"visible"},
	"left": {"auto", "0"}, "right": {"auto", "0"}, "top": {"auto", "0"}, "transform": {"none"},
	"margin-top": {"0", "8px", "16px"}, "margin-bottom": {"0", "8px", "16px"}, "margin-left": {"0", "auto"}, "margin-right": {"0", "auto"},
	"flex-wrap": {"wrap"}, "flex-direction": {"column"}, "flex": {"1 1 200px", "0 1 auto"}, "flex-basis": {"auto", "0", "100%"},
	"grid-template-columns": {
		"repeat(auto-fit, minmax(min(100%, 240px), 1fr))", "1fr", "minmax(0, 1fr)", "repeat(2, minmax(0, 1fr))", "repeat(3, minmax(0, 1fr))",
	},
	"white-space": {"normal"}, "overflow-wrap": {"anywhere"}, "box-sizing": {"border-box"}, "position": {"static", "relative"},
	"line-height": {"1.5", "1.2"}, "font-size": {"16px", "14px", "28px"}, "pointer-events": {"none", "auto"}, "z-index": {"1", "0"},
	"color": {"#111111", "#ffffff", "#333333", "#f0f0f0"}, "background-color": {"#ffffff", "#111111"},
	"gap": {"8px", "0", "16px"}, "padding": {"12px", "8px 12px", "16px"}, "padding-left": {"16px"}, "padding-right": {"16px"},
	"opacity": {"1"}, "object-fit": {"cover", "contain"},
}

// Choices are the answers of one edit that are worth a try by themselves, the
// likeliest first: what a rule says already comes before what it does not, and
// the cause before all.
func (r *Repair) Choices() []RepairEdit {
	var caused, said, other []RepairEdit
	for i, f := range r.s.digest.defects {
		for _, n := range f.rules {
			for _, property := range f.properties() {
				for _, value := range usual[property] {
					e := RepairEdit{i + 1, n, property, value}
					switch {
					case !r.Allows(e):
					case f.Cause != nil && f.Cause.Property == property && n == f.rules[0]:
						caused = append(caused, e)
					case declares(r.s.digest.rules[n-1], property):
						said = append(said, e)
					default:
						other = append(other, e)
					}
				}
			}
		}
	}
	return slices.Concat(caused, said, other)
}

func declares(r preview.StyleRule, property string) bool {
	return slices.ContainsFunc(r.Decls, func(d preview.Declaration) bool { return d.Property == property })
}

// Allows reports whether the form of the answer admits an edit.
func (r *Repair) Allows(e RepairEdit) bool {
	if e.Defect < 1 || e.Defect > len(r.s.digest.defects) {
		return false
	}
	f := r.s.digest.defects[e.Defect-1]
	if !slices.Contains(f.rules, e.Rule) || !slices.Contains(f.properties(), e.Property) {
		return false
	}
	return regexp.MustCompile("^(" + f.allowed(e.Property) + ")$").MatchString(e.Value)
}

// allowed is the grammar of a property's values in this defect.
func (f numbered) allowed(property string) string {
	values, more := f.values(property), repairValues[property]
	switch {
	case values == "":
		return more
	case more == "" || property == "color":
		return values
	}
	list := strings.Split(values, "|") // no value has groups
	for one := range strings.SplitSeq(more, "|") {
		if !slices.Contains(list, one) {
			list = append(list, one)
		}
	}
	return strings.Join(list, "|")
}
