package mutant

import (
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"

	"relook/agent/edit"
	"relook/preview"
	"relook/preview/diagnose"
)

var narrowness = append([]string{diagnose.TextTooNarrow, diagnose.LoneWrap}, layout...)

// sizeOperators make something too wide, too narrow or out of proportion.
var sizeOperators = []Operator{
	{Name: "fixed-width", About: "a max-width becomes a width", Rules: layout,
		sites: forRules(func(r rule) bool { return len(r.Media) == 0 && length(r.value("max-width")) >= 400 },
			func(s *source, r rule, _ *rand.Rand) ([]preview.Edit, error) {
				e, err := edit.ReplaceDeclaration(s.texts[r.Body.File], r.StyleRule, "max-width", "width", r.value("max-width"))
				return []preview.Edit{e}, err
			})},
	{Name: "fixed-min-width", About: "a box gets a min-width of 440 to 900 px", Rules: layout,
		sites: forRules(func(r rule) bool { return r.plain() && r.holds(30) && !r.sets("min-width") },
			func(s *source, r rule, rnd *rand.Rand) ([]preview.Edit, error) {
				return set(s, r, "min-width", px(rnd, 440, 900, 20))
			})},
	{Name: "viewport-width", About: "a padded or inset box gets a width of 100vw", Rules: layout, HeldOut: true,
		sites: forRules(func(r rule) bool {
			return r.plain() && r.holds(30) && (r.sets("padding") || r.sets("margin")) && !r.sets("width")
		},
			func(s *source, r rule, _ *rand.Rand) ([]preview.Edit, error) { return set(s, r, "width", "100vw") })},
	{Name: "no-border-box", About: "box-sizing: border-box is dropped", Rules: layout, sites: dropping("box-sizing")},
	{Name: "no-flex-wrap", About: "flex-wrap: wrap is dropped", Rules: narrowness, sites: dropping("flex-wrap", "wrap")},
	{Name: "no-shrink", About: "items of a row get flex: 0 0 300 to 460 px", Rules: narrowness,
		sites: forRules(func(r rule) bool { return r.sets("flex") && r.plain() && strings.Contains(r.value("flex"), "px") },
			func(s *source, r rule, rnd *rand.Rand) ([]preview.Edit, error) {
				return set(s, r, "flex", "0 0 "+px(rnd, 300, 460, 20))
			})},
	{Name: "no-media", About: "a whole @media rule is dropped", Rules: narrowness, sites: mediaGroups},
	{Name: "no-media-rule", About: "one rule within @media is dropped", Rules: narrowness,
		sites: forRules(func(r rule) bool { return len(r.Media) > 0 },
			func(_ *source, r rule, _ *rand.Rand) ([]preview.Edit, error) {
				return within(r.Whole.File, r.Whole.Span, ""), nil
			})},
	{Name: "grid-plain-tracks", About: "minmax(0, 1fr) becomes 1fr", Rules: narrowness,
		sites: tracks(func(v string, _ *rand.Rand) string { return minmax.ReplaceAllString(v, "$1") })},
	{Name: "grid-fixed-tracks", About: "grid tracks get fixed widths", Rules: narrowness, HeldOut: true,
		sites: tracks(func(v string, rnd *rand.Rand) string {
			return fraction.ReplaceAllStringFunc(v, func(string) string { return px(rnd, 260, 420, 20) })
		})},
	{Name: "menu-padding", About: "the links of a menu get 24 to 64 px of padding at both sides", Rules: narrowness,
		sites: forRules(func(r rule) bool {
			return r.plain() && len(r.matches) >= 4 && r.only("a", "button") && r.sets("padding")
		},
			func(s *source, r rule, rnd *rand.Rand) ([]preview.Edit, error) {
				return set(s, r, "padding", "8px "+px(rnd, 24, 64, 2))
			})},
	{Name: "narrow-column", About: "a text gets a width of 40 to 72 px", Rules: append([]string{diagnose.TextTooNarrow}, layout...),
		sites: forRules(func(r rule) bool { return r.plain() && r.text(40) },
			func(s *source, r rule, rnd *rand.Rand) ([]preview.Edit, error) {
				return set(s, r, "width", px(rnd, 40, 72, 4))
			})},
	{Name: "wide-padding", About: "a box gets 110 to 170 px of padding at both sides", Rules: narrowness, HeldOut: true,
		sites: forRules(func(r rule) bool { return r.plain() && r.holds(60) },
			func(s *source, r rule, rnd *rand.Rand) ([]preview.Edit, error) {
				pad := px(rnd, 110, 170, 10)
				return set(s, r, "padding-left", pad, "padding-right", pad)
			})},
	{Name: "small-button", About: "a button gets a width of 40 to 64 px", Rules: append([]string{diagnose.TapTarget}, layout...),
		sites: forRules(func(r rule) bool { return r.plain() && r.only("button", "select") },
			func(s *source, r rule, rnd *rand.Rand) ([]preview.Edit, error) {
				return set(s, r, "width", px(rnd, 40, 64, 4))
			})},
	{Name: "image-uncapped", About: "the max-width of pictures is dropped", Rules: layout,
		sites: forRules(func(r rule) bool { return r.only("img") && r.sets("max-width") },
			func(s *source, r rule, _ *rand.Rand) ([]preview.Edit, error) { return drop(s, r, "max-width") })},
	{Name: "image-fixed-width", About: "a picture gets a width of 520 to 900 px", Rules: layout,
		sites: forRules(func(r rule) bool { return len(r.Media) == 0 && r.only("img") && !r.sets("object-fit") },
			func(s *source, r rule, rnd *rand.Rand) ([]preview.Edit, error) {
				return set(s, r, "width", px(rnd, 520, 900, 20), "max-width", "none")
			})},
	{Name: "stretched-image", About: "a picture gets a height that does not fit its width", Rules: []string{diagnose.StretchedImage},
		sites: forRules(func(r rule) bool { return len(r.Media) == 0 && r.only("img") && !r.sets("object-fit") },
			func(s *source, r rule, rnd *rand.Rand) ([]preview.Edit, error) {
				return set(s, r, "height", px(rnd, 90, 420, 30))
			})},
	{Name: "no-object-fit", About: "object-fit is dropped from a picture", Rules: []string{diagnose.StretchedImage}, sites: dropping("object-fit")},
}

var (
	lengthPattern = regexp.MustCompile(`^(\d+)px$`)
	minmax        = regexp.MustCompile(`minmax\(0(?:px)?,\s*([\d.]*fr)\)`)
	fraction      = regexp.MustCompile(`minmax\([^()]*(?:\([^()]*\)[^()]*)*\)|[\d.]+fr`)
)

// length is a length in px, 0 for any other value.
func length(v string) int {
	if m := lengthPattern.FindStringSubmatch(v); m != nil {
		n, _ := strconv.Atoi(m[1])
		return n
	}
	return 0
}

// tracks changes the columns of grids.
func tracks(change func(v string, rnd *rand.Rand) string) func(*source, *rand.Rand) []site {
	const property = "grid-template-columns"
	return forRules(func(r rule) bool { return r.sets(property) },
		func(s *source, r rule, rnd *rand.Rand) ([]preview.Edit, error) {
			return set(s, r, property, change(r.value(property), rnd))
		})
}

// mediaGroups drops @media rules.
func mediaGroups(s *source, _ *rand.Rand) []site {
	var sites []site
	for _, name := range s.files() {
		for _, g := range edit.Groups(name, s.texts[name]) {
			sites = append(sites, within(name, g, ""))
		}
	}
	return sites
}
