package mutant

import (
	"math/rand/v2"

	"github.com/lucasb-eyer/go-colorful"

	"relook/preview"
	"relook/preview/diagnose"
)

var cut = []string{diagnose.ClippedText, diagnose.SpilledText, diagnose.TextOverlap, diagnose.SiblingsCollide, diagnose.ChildProtrudes}

// textOperators make text hard or impossible to read.
var textOperators = []Operator{
	{Name: "nowrap", About: "running text gets white-space: nowrap", Rules: layout,
		sites: forRules(func(r rule) bool { return r.plain() && r.text(40) && !r.sets("white-space") },
			func(s *source, r rule, _ *rand.Rand) ([]preview.Edit, error) {
				return set(s, r, "white-space", "nowrap")
			})},
	{Name: "no-break", About: "overflow-wrap is dropped where long words stand", Rules: layout, sites: dropping("overflow-wrap")},
	{Name: "cut-height", About: "a text gets a fixed height and overflow: hidden", Rules: cut,
		sites: forRules(func(r rule) bool { return r.plain() && (r.text(40) || r.holds(40)) && !r.sets("height") },
			func(s *source, r rule, rnd *rand.Rand) ([]preview.Edit, error) {
				return set(s, r, "height", px(rnd, 30, 70, 4), "overflow", "hidden")
			})},
	{Name: "fixed-height", About: "a text or box gets a fixed height", Rules: cut,
		sites: forRules(func(r rule) bool { return r.plain() && (r.text(30) || r.holds(30)) && !r.sets("height") },
			func(s *source, r rule, rnd *rand.Rand) ([]preview.Edit, error) {
				return set(s, r, "height", px(rnd, 20, 60, 4))
			})},
	{Name: "max-height", About: "a box gets a max-height and overflow: hidden", Rules: cut, HeldOut: true,
		sites: forRules(func(r rule) bool { return r.plain() && r.holds(60) && !r.sets("max-height") },
			func(s *source, r rule, rnd *rand.Rand) ([]preview.Edit, error) {
				return set(s, r, "max-height", px(rnd, 60, 120, 6), "overflow", "hidden")
			})},
	{Name: "tight-lines", About: "the line height falls to 0.4 to 0.7", Rules: lying,
		sites: forRules(func(r rule) bool { return r.plain() && r.text(40) },
			func(s *source, r rule, rnd *rand.Rand) ([]preview.Edit, error) {
				return set(s, r, "line-height", []string{"0.4", "0.5", "0.6", "0.7"}[rnd.IntN(4)])
			})},
	{Name: "pale-text", About: "a text colour moves towards white", Rules: []string{diagnose.LowContrast},
		sites: colours(func(c colorful.Color, rnd *rand.Rand) colorful.Color {
			return c.BlendLab(colorful.Color{R: 1, G: 1, B: 1}, 0.45+0.4*rnd.Float64())
		})},
	{Name: "dark-text", About: "a text colour moves towards black", Rules: []string{diagnose.LowContrast},
		sites: colours(func(c colorful.Color, rnd *rand.Rand) colorful.Color {
			return c.BlendLab(colorful.Color{}, 0.45+0.4*rnd.Float64())
		})},
	{Name: "near-background", About: "a background moves towards the colour of its text", Rules: []string{diagnose.LowContrast}, HeldOut: true,
		sites: forRules(func(r rule) bool { return r.sets("background") && r.sets("color") && len(r.matches) > 0 },
			func(s *source, r rule, rnd *rand.Rand) ([]preview.Edit, error) {
				back, err := colorful.Hex(r.value("background"))
				if err != nil {
					return nil, err
				}
				text, err := colorful.Hex(r.value("color"))
				if err != nil {
					return nil, err
				}
				return set(s, r, "background", back.BlendLab(text, 0.5+0.3*rnd.Float64()).Clamped().Hex())
			})},
	{Name: "see-through", About: "a text gets an opacity of 0.25 to 0.4", Rules: []string{diagnose.LowContrast}, HeldOut: true,
		sites: forRules(func(r rule) bool { return r.plain() && r.text(12) && !r.sets("opacity") },
			func(s *source, r rule, rnd *rand.Rand) ([]preview.Edit, error) {
				return set(s, r, "opacity", []string{"0.25", "0.3", "0.35", "0.4"}[rnd.IntN(4)])
			})},
	{Name: "small-font", About: "a text gets a font size of 6 to 9 px", Rules: []string{diagnose.TextTooSmall},
		sites: forRules(func(r rule) bool { return len(r.Media) == 0 && r.text(8) },
			func(s *source, r rule, rnd *rand.Rand) ([]preview.Edit, error) {
				return set(s, r, "font-size", px(rnd, 6, 9, 1))
			})},
	{Name: "large-font", About: "a text gets a font size of 72 to 110 px", Rules: layout,
		sites: forRules(func(r rule) bool {
			return len(r.Media) == 0 && r.only("h1", "h2", "h3", "strong") && r.sets("font-size")
		},
			func(s *source, r rule, rnd *rand.Rand) ([]preview.Edit, error) {
				return set(s, r, "font-size", px(rnd, 72, 110, 2))
			})},
	{Name: "never-shown", About: "a text waits invisible for something that never comes", Rules: []string{diagnose.NeverAppears},
		sites: forRules(func(r rule) bool { return r.plain() && (r.text(30) || r.holds(30)) && !r.sets("opacity") },
			func(s *source, r rule, _ *rand.Rand) ([]preview.Edit, error) {
				return set(s, r, "opacity", "0", "transition", "opacity 300ms")
			})},
}

// colours changes the text colours that stand as hex.
func colours(change func(c colorful.Color, rnd *rand.Rand) colorful.Color) func(*source, *rand.Rand) []site {
	return forRules(func(r rule) bool { return r.sets("color") && len(r.matches) > 0 },
		func(s *source, r rule, rnd *rand.Rand) ([]preview.Edit, error) {
			c, err := colorful.Hex(r.value("color"))
			if err != nil {
				return nil, err
			}
			return set(s, r, "color", change(c, rnd).Clamped().Hex())
		})
}
