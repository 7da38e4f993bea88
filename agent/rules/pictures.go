package rules

import (
	"math"

	"relook/preview"
)

// one is a list of one declaration.
func one(property, value string) []preview.Declaration {
	return []preview.Declaration{decl(property, value)}
}

// unstretch gives a picture its own proportions back.
func unstretch(j *job) []wish {
	wide := j.word("axis") == "wide"
	wishes := j.each([]turn{{"element", 0}}, func(t *setter) {
		t.freeSide("height", wide)
		t.freeSide("width", wide)
		if rule, d := winner(t.s, "aspect-ratio"); d != nil {
			t.remove(1, "keep the picture's own proportions", rule, d, "auto")
		}
		t.put(3, "fill the box without stretching the picture", decl("object-fit", "cover"))
		t.put(5, "show the whole picture in its box", decl("object-fit", "contain"))
		t.put(4, "keep the picture's own proportions", decl("height", "auto"))
		if !wide {
			t.put(6, "keep the row from stretching the picture", decl("align-self", "flex-start"))
		}
	})
	wishes = append(wishes, j.each([]turn{{"parent", 8}}, func(t *setter) {
		if t.is("display", "flex", "grid", "inline-flex", "inline-grid") {
			t.put(0, "keep the row from stretching the picture", decl("align-items", "flex-start"))
		}
	})...)
	return append(wishes, j.ownSize()...)
}

// freeSide lets one side of a picture follow from the other.
func (t *setter) freeSide(side string, wide bool) {
	for _, p := range []string{side, "min-" + side, "max-" + side} {
		rule, d := winner(t.s, p)
		if d == nil || d.Value == "auto" || d.Value == "none" {
			continue
		}
		rank := 1
		if (side == "width") == wide {
			rank = 2
		}
		if p == side {
			t.change(rank, "keep the picture's own proportions", rule, d, "auto")
		} else if (side == "width") == wide || p[1] == 'a' {
			t.remove(rank+1, "keep the picture's own proportions", rule, d, map[byte]string{'i': "0", 'a': "none"}[p[1]])
		}
	}
}

// ownSize writes the proportions of the file into the attributes of the picture.
func (j *job) ownSize() []wish {
	w, h := j.defect.Measure["width_px"], j.defect.Measure["height_px"]
	nw, nh := j.defect.Measure["natural_width_px"], j.defect.Measure["natural_height_px"]
	if w <= 0 || h <= 0 || nw <= 0 || nh <= 0 {
		return nil
	}
	var wishes []wish
	for i, size := range []struct{ name, value string }{{"height", trimmed(math.Round(w * nh / nw))}, {"width", trimmed(math.Round(h * nw / nh))}} {
		edits := j.attributes(func(tag element) []attribute {
			if tag.get(size.name) == "" {
				return nil
			}
			return []attribute{{size.name, size.value}}
		})
		if len(edits) > 0 {
			wishes = append(wishes, wish{rank: 2 + i, why: "give the picture its own proportions", edits: edits})
		}
	}
	return wishes
}
