package rules

import (
	"bytes"
	"image"
	_ "image/gif" // sizes of pictures
	_ "image/jpeg"
	_ "image/png"
	"io"
	"math"
	"net/url"
	"path"
	"regexp"
	"strings"

	"relook/preview"
)

// shifts keeps the room of what comes late.
func shifts(j *job) []wish {
	if j.word("kind") != "image" {
		return j.each([]turn{{"element", 0}}, func(t *setter) {
			if h := math.Ceil(t.s.Box.Height); h > 0 {
				t.put(0, "keep the room that it takes", decl("min-height", trimmed(h)+"px"))
			}
		})
	}
	size := j.attributes(func(e element) []attribute {
		w, h := j.natural(e.get("src"))
		if w == 0 && len(j.subjects("element")) > 0 {
			box := j.subjects("element")[0].Box
			w, h = int(math.Round(box.Width)), int(math.Round(box.Height))
		}
		if w <= 0 || h <= 0 {
			return nil
		}
		return []attribute{{"width", trimmed(float64(w))}, {"height", trimmed(float64(h))}}
	})
	if len(size) == 0 {
		return nil
	}
	wishes := []wish{{rank: 0, why: "keep the room of the picture", edits: size}}
	// The attributes set a height, which a width in CSS would then stretch.
	for _, w := range j.each([]turn{{"element", 0}}, func(t *setter) { t.put(0, "", decl("height", "auto")) }) {
		if list := j.workOut(w); len(list) > 0 {
			wishes = append(wishes, wish{rank: 1, why: "keep the room of the picture", edits: append(list[0].Edits, size...)})
		}
	}
	return wishes
}

// maxHeader is how much of a picture's file is read for its size.
const maxHeader = 256 << 10

// natural is the size of a picture of the workspace in px, 0 if it can't be told.
func (f *files) natural(address string) (w, h int) {
	name, ok := f.named(address, f.page.Entry)
	if !ok {
		return 0, 0
	}
	file, err := f.page.FS.Open(name)
	if err != nil {
		return 0, 0
	}
	defer file.Close()
	head, err := io.ReadAll(io.LimitReader(file, maxHeader))
	if err != nil {
		return 0, 0
	}
	c, _, err := image.DecodeConfig(bytes.NewReader(head))
	if err != nil {
		return 0, 0
	}
	return c.Width, c.Height
}

// named is the file of the workspace that an address in the file from means.
func (f *files) named(address, from string) (string, bool) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Scheme != "" || u.Host != "" || u.Path == "" {
		return "", false
	}
	if strings.HasPrefix(u.Path, "/") {
		return strings.TrimPrefix(path.Clean(u.Path), "/"), true
	}
	return strings.TrimPrefix(path.Join("/", path.Dir(from), u.Path), "/"), true
}

// fonts mends the address of a font, or names what stands in for one that may
// not be there.
func fonts(j *job) []wish {
	if j.word("kind") == "unknown" {
		return j.each([]turn{{"element", 0}, {"parent", 0}}, func(t *setter) {
			if rule, d := winner(t.s, "font-family"); d != nil {
				t.change(0, "name a font that is there everywhere", rule, d, d.Value+", "+generic(j.word("family")))
			}
		})
	}
	var wishes []wish
	for address := range strings.FieldsSeq(j.word("files")) {
		u, err := url.Parse(address)
		if err != nil {
			continue
		}
		wishes = append(wishes, j.mendEverywhere(strings.TrimPrefix(u.Path, "/"))...)
	}
	return wishes
}

// mendEverywhere mends the address of one missing file in all style sheets.
func (j *job) mendEverywhere(missing string) []wish {
	var wishes []wish
	for _, name := range append(j.cssFiles(), j.page.Entry) {
		src, ok := j.text(name)
		if !ok {
			continue
		}
		for _, m := range urlPattern.FindAllStringSubmatchIndex(src.String(), 200) {
			address := src.String()[m[4]:m[5]]
			if file, ok := j.named(address, name); !ok || file != missing {
				continue
			}
			for i, to := range j.mend(address, name) {
				wishes = append(wishes, wish{rank: i, why: "use " + to + ", which is there", edits: []preview.Edit{
					{File: name, Span: preview.Span{Start: m[4], End: m[5]}, NewText: to},
				}})
			}
		}
	}
	return wishes
}

// maxSheets is how many style sheets of the workspace are searched.
const maxSheets = 40

// cssFiles are the style sheets of the workspace.
func (f *files) cssFiles() []string {
	var names []string
	for _, name := range f.list() {
		if strings.HasSuffix(name, ".css") && len(names) < maxSheets {
			names = append(names, name)
		}
	}
	return names
}

var (
	monospaced = regexp.MustCompile(`(?i)mono|code|courier|console|typewriter`)
	serifed    = regexp.MustCompile(`(?i)serif|garamond|times|playfair|merriweather|lora|baskerville|bodoni|didot|slab|antiqua`)
	unserifed  = regexp.MustCompile(`(?i)sans|grotes|gothic`)
)

// generic is the family that stands in for another.
func generic(family string) string {
	switch {
	case monospaced.MatchString(family):
		return "monospace"
	case serifed.MatchString(family) && !unserifed.MatchString(family):
		return "serif"
	}
	return "sans-serif"
}

var keyframesPattern = regexp.MustCompile(`@(?:-webkit-)?keyframes\s+["']?([A-Za-z_][\w-]*)`)

// appear shows words that never come.
func appear(j *job) []wish {
	wishes := j.each([]turn{{"element", 0}, {"child", 2}}, func(t *setter) {
		if missing := j.word("animation"); missing != "" {
			t.mendAnimation(missing)
		}
		t.show()
	})
	return wishes
}

// mendAnimation uses the animation whose name is nearly the one that is missing.
func (t *setter) mendAnimation(missing string) {
	rule, d := winner(t.s, "animation-name", "animation")
	if d == nil || !strings.Contains(d.Value, missing) {
		return
	}
	for i, name := range t.keyframes(missing) {
		t.change(i, "use the animation "+name+", which is there", rule, d, strings.Replace(d.Value, missing, name, 1))
	}
}

// keyframes are the names of animations much like one that is missing.
func (j *job) keyframes(missing string) []string {
	var names []string
	for _, file := range append(j.cssFiles(), j.page.Entry) {
		src, ok := j.text(file)
		if !ok {
			continue
		}
		for _, m := range keyframesPattern.FindAllStringSubmatch(src.String(), 100) {
			if foldName(m[1]) == foldName(missing) || preview.Distance(foldName(m[1]), foldName(missing)) <= 2 {
				names = append(names, m[1])
			}
		}
	}
	return names[:min(len(names), 3)]
}

func foldName(s string) string {
	return strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(s))
}

// show makes visible what is transparent, hidden or moved away.
func (t *setter) show() {
	for _, p := range []struct{ property, value string }{{"opacity", "1"}, {"visibility", "visible"}, {"clip-path", "none"}} {
		if rule, d := winner(t.s, p.property); d != nil && d.Value != p.value {
			t.change(4, "let it be seen", rule, d, p.value)
		}
	}
}

var secondTime = regexp.MustCompile(`^((?:.*?\s)?\d*\.?\d+m?s(?:\s.*?)?\s)(\d*\.?\d+m?s)(\s.*)?$`)

// flash shows the first screen at once.
func flash(j *job) []wish {
	return j.each([]turn{{"element", 0}, {"child", 1}}, func(t *setter) {
		for _, p := range []string{"animation-delay", "transition-delay"} {
			if rule, d := winner(t.s, p); d != nil {
				t.change(0, "let it come at once", rule, d, "0s")
			}
		}
		for _, p := range []string{"animation", "transition"} {
			if rule, d := winner(t.s, p); d != nil {
				if m := secondTime.FindStringSubmatch(d.Value); m != nil {
					t.change(1, "let it come at once", rule, d, m[1]+"0s"+m[3])
				}
			}
		}
		t.show()
	})
}
