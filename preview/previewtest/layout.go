package previewtest

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"path"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/html"

	"relook/preview"
)

// lineHeight is the height in px of every run of text.
const lineHeight = 20

// A layout is a document laid out at one view.
type layout struct {
	doc    *document
	view   preview.View
	boxes  []box
	width  float64 // of the document
	height float64
	clips  bool // the page does not scroll sideways
}

// A box is a displayed element.
type box struct {
	preview.Box
	node       *html.Node
	xpath      string
	parent     int // index into layout.boxes, -1 for none
	rules      []preview.StyleRule
	text       string // the element's own
	color      color.RGBA
	background color.RGBA // painted behind it
	painted    bool       // it paints a background of its own
}

func (d *document) layout(v preview.View) *layout {
	l := &layout{doc: d, view: v, width: float64(v.Width), height: float64(v.Height)}
	white, black := color.RGBA{255, 255, 255, 255}, color.RGBA{0, 0, 0, 255}
	top := box{parent: -1, Box: preview.Box{Width: float64(v.Width)}, color: black, background: white}
	y := 0.0
	for c, xpath := range children(d.root, "") {
		y = l.place(c, xpath, top, -1, y)
	}
	for _, b := range l.boxes {
		l.height = max(l.height, b.Bottom())
		if !l.clips {
			l.width = max(l.width, b.Right())
		}
	}
	return l
}

// place lays n out below y and returns where what follows it begins.
func (l *layout) place(n *html.Node, xpath string, parent box, at int, y float64) float64 {
	rules, style := l.doc.styles(n, xpath, l.view.Width)
	switch {
	case style["display"] == "none", n.Data == "head", n.Data == "script", n.Data == "style", n.Data == "template":
		return y
	case n.Data == "html" || n.Data == "body":
		l.clips = l.clips || style["overflow-x"] == "hidden" || style["overflow"] == "hidden"
	}
	b := box{node: n, xpath: xpath, parent: at, rules: rules, color: parent.color, background: parent.background}
	b.Box = preview.Box{X: parent.X, Y: y, Width: width(style, parent.Width)}
	if c, ok := hex(style["color"]); ok {
		b.color = c
	}
	for _, name := range []string{"background", "background-color"} {
		if c, ok := hex(style[name]); ok {
			b.background, b.painted = c, true
		}
	}
	index := len(l.boxes)
	l.boxes = append(l.boxes, b)
	var words []string
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode {
			words = append(words, strings.Fields(c.Data)...)
		}
	}
	b.text = strings.Join(words, " ")
	inner := y
	if b.text != "" || n.Data == "img" || n.Data == "button" || n.Data == "input" {
		inner += lineHeight
	}
	for c, xpath := range children(n, xpath) {
		inner = l.place(c, xpath, b, index, inner)
	}
	b.Height = inner - y
	if h, ok := px(style["height"], 0); ok {
		b.Height = h
	}
	l.boxes[index] = b
	return y + b.Height
}

// width is an element's width within a parent's.
func width(style map[string]string, parent float64) float64 {
	w, ok := px(style["width"], parent)
	if !ok {
		w = parent
	}
	if most, ok := px(style["max-width"], parent); ok {
		w = min(w, most)
	}
	if least, ok := px(style["min-width"], parent); ok {
		w = max(w, least)
	}
	return w
}

// px reads a length: "12px", "50%", "min(100%, 12px)".
func px(value string, whole float64) (float64, bool) {
	if args, ok := strings.CutPrefix(value, "min("); ok {
		least, any := math.Inf(1), false
		for arg := range strings.SplitSeq(strings.TrimSuffix(args, ")"), ",") {
			if n, ok := px(strings.TrimSpace(arg), whole); ok {
				least, any = min(least, n), true
			}
		}
		return least, any
	}
	unit, scale := "px", 1.0
	if strings.HasSuffix(value, "%") {
		unit, scale = "%", whole/100
	}
	n, err := strconv.ParseFloat(strings.TrimSuffix(value, unit), 64)
	return n * scale, err == nil && (strings.HasSuffix(value, unit) || n == 0)
}

// hex reads "#rgb" and "#rrggbb".
func hex(value string) (color.RGBA, bool) {
	s, ok := strings.CutPrefix(value, "#")
	if len(s) == 3 {
		s = strings.Join([]string{s[:1], s[:1], s[1:2], s[1:2], s[2:], s[2:]}, "")
	}
	n, err := strconv.ParseUint(s, 16, 32)
	if !ok || err != nil || len(s) != 6 {
		return color.RGBA{}, false
	}
	return color.RGBA{uint8(n >> 16), uint8(n >> 8), uint8(n), 255}, true
}

// blank reports whether nothing can be seen.
func (l *layout) blank() bool {
	for _, b := range l.boxes {
		page := b.node.Data == "html" || b.node.Data == "body"
		if b.text != "" && b.Area() > 0 || b.kind() != "" || b.painted && !page && b.Area() > 0 {
			return false
		}
	}
	return true
}

// kind is what sort of item an element is, "" for plain ones.
func (b box) kind() preview.ItemKind {
	switch b.node.Data {
	case "img":
		return preview.ItemPicture
	case "a", "button", "input", "select", "textarea":
		return preview.ItemControl
	}
	return ""
}

func (l *layout) inventory() preview.Inventory {
	inv := preview.Inventory{View: l.view.Name(), DocWidth: l.width, DocHeight: l.height, CanZoom: true}
	for _, b := range l.boxes {
		item := preview.Item{XPath: b.xpath, Box: b.Box, FontSize: 16, Shown: l.shown(b)}
		item.Visible, item.Hittable = item.Shown > 0, item.Shown > 0.5
		if b.text != "" {
			item.Kind, item.Name = preview.ItemText, b.text
			inv.Items = append(inv.Items, item)
		}
		if b.painted {
			item.Kind, item.Name = preview.ItemBox, ""
			inv.Items = append(inv.Items, item)
		}
		switch item.Kind = b.kind(); item.Kind {
		case preview.ItemPicture:
			item.Name, item.Ratio = attr(b.node, "src"), 1
			inv.Items = append(inv.Items, item)
		case preview.ItemControl:
			item.Name, item.Role = b.text, map[string]string{"a": "link", "input": "textbox"}[b.node.Data]
			if item.Role == "" {
				item.Role = b.node.Data
			}
			inv.Items = append(inv.Items, item)
		}
	}
	return inv
}

// shown is the part of a box that can be scrolled to.
func (l *layout) shown(b box) float64 {
	if b.Area() == 0 {
		return 0
	}
	return b.Intersect(preview.Box{Width: l.width, Height: l.height}).Area() / b.Area()
}

// shot paints backgrounds, and every text as a bar of its colour.
func (l *layout) shot(at time.Duration) (preview.Shot, error) {
	scale := l.view.Scale
	if scale == 0 {
		scale = 1
	}
	s := preview.Shot{View: l.view, At: at, Width: l.view.Width, Height: min(int(math.Ceil(l.height)), preview.MaxShotHeight)}
	img := image.NewRGBA(image.Rect(0, 0, int(float64(s.Width)*scale), int(float64(s.Height)*scale)))
	fill := func(b preview.Box, c color.RGBA) {
		r := image.Rect(int(b.X*scale), int(b.Y*scale), int(b.Right()*scale), int(b.Bottom()*scale))
		draw.Draw(img, r, image.NewUniform(c), image.Point{}, draw.Src)
	}
	fill(preview.Box{Width: float64(s.Width), Height: float64(s.Height)}, color.RGBA{255, 255, 255, 255})
	for _, b := range l.boxes {
		if b.painted {
			fill(b.Box, b.background)
		}
		if b.text != "" {
			fill(preview.Box{X: b.X, Y: b.Y + 4, Width: min(b.Width, float64(8*len(b.text))), Height: min(b.Height, lineHeight) - 8}, b.color)
		}
	}
	var buf bytes.Buffer
	err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&buf, img)
	s.PNG = buf.Bytes()
	return s, err
}

// missing reports whether an element asks for a file that is not there, and its
// name.
func (l *layout) missing(b box) (string, bool) {
	src := attr(b.node, "src")
	if b.node.Data != "img" || src == "" || strings.HasPrefix(src, "data:") {
		return "", false
	}
	name := path.Join(path.Dir(l.doc.page.Entry), src)
	f, err := l.doc.page.FS.Open(name)
	if err != nil {
		return name, true
	}
	return name, f.Close() != nil
}
