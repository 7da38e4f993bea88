package mutant

import (
	"math/rand/v2"
	"path"
	"strings"

	"relook/agent/edit"
	"relook/preview"
	"relook/preview/diagnose"
)

// contentOperators break what stands in the markup.
var contentOperators = []Operator{
	{Name: "no-alt", About: "the alt text of a picture is dropped", Rules: []string{diagnose.MissingAlt}, Content: true,
		sites: attributes(map[string][]string{"img": {"alt"}})},
	{Name: "no-label", About: "a label loses its field, or a field its aria-label", Rules: []string{diagnose.MissingLabel},
		sites: attributes(map[string][]string{"label": {"for"}, "input": {"aria-label"}})},
	{Name: "no-image-size", About: "width and height of a picture are dropped", Rules: []string{diagnose.LayoutShift},
		sites: attributes(map[string][]string{"img": {"width", "height"}})},
	{Name: "wrong-address", About: "a letter of a picture's address is lost", Rules: []string{diagnose.BrokenImage, diagnose.FailedRequest},
		sites: forTags(func(s *source, t tag, rnd *rand.Rand) ([]preview.Edit, error) {
			name := path.Base(t.get("src"))
			if t.name != "img" || len(name) < 6 {
				return nil, nil
			}
			at := 1 + rnd.IntN(strings.LastIndexByte(name, '.')-1)
			e, err := edit.SetAttribute(s.texts[t.File], t.SourceSpan, "src", path.Join(path.Dir(t.get("src")), name[:at]+name[at+1:]))
			return []preview.Edit{e}, err
		})},
	{Name: "unfilled-text", About: "a text is put back to what stood in for it", Rules: []string{diagnose.UnfilledText}, Content: true,
		sites: func(s *source, rnd *rand.Rand) []site {
			var sites []site
			for _, at := range s.words {
				text := []string{"Lorem ipsum dolor sit amet, consectetur adipiscing elit", "{{ item.title }}", "undefined", "Hello, ${name}!"}[rnd.IntN(4)]
				sites = append(sites, within(s.entry, at, text))
			}
			return sites
		}},
}

// attributes drops attributes, all those named of one tag at once.
func attributes(of map[string][]string) func(*source, *rand.Rand) []site {
	return forTags(func(s *source, t tag, _ *rand.Rand) ([]preview.Edit, error) {
		var edits []preview.Edit
		for _, name := range of[t.name] {
			if !t.has(name) || name == "alt" && t.get(name) == "" {
				return nil, nil
			}
			e, err := edit.RemoveAttribute(s.texts[t.File], t.SourceSpan, name)
			if err != nil {
				return nil, err
			}
			edits = append(edits, e)
		}
		return edits, nil
	})
}
