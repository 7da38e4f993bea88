// Command rulepics draws the picture on the page of each rule: a labelled page
// with that fault, cut out around it and outlined, as DIR/pictures/RULE.png. It
// needs a browser. Run it with `make pictures` when a check has changed what it
// finds; a rule whose fault does not show in a picture has none.
package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"relook/preview"
	"relook/preview/chrome"
	"relook/preview/diagnose"
	"relook/preview/previewtest"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: rulepics LABELLED-PAGES DIR")
		os.Exit(2)
	}
	if err := run(context.Background(), os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "rulepics:", err)
		os.Exit(1)
	}
}

// shown names the labelled page of a rule where the first one that is labelled
// with it is not the one to look at.
var shown = map[string]string{
	diagnose.SidewaysScroll:  "sideways-flex.html",
	diagnose.ClippedText:     "clipped-height.html",
	diagnose.MissingLabel:    "label-placeholder.html",
	diagnose.TextTooWide:     "wide-text-small.html",
	diagnose.DarkScheme:      "dark-link.html",
	diagnose.OutsideViewport: "outside-right-locked.html",
}

// unseen are the rules whose fault does not show in one still picture of the page
// as it is: it takes a hand, a setting, or another moment.
var unseen = []string{
	diagnose.ConsoleError, diagnose.FailedRequest, diagnose.TooManyElements, diagnose.UnsearchedWidths, diagnose.UnusedIgnore,
	diagnose.DeadControl, diagnose.KeyboardDead, diagnose.FocusNotVisible, diagnose.FocusTrap, diagnose.HoverBreaks,
	diagnose.LongerText, diagnose.TextSpacing, diagnose.LostAtZoom, diagnose.LostAt320, diagnose.RightToLeft, diagnose.ReducedMotion,
	diagnose.LayoutShift, diagnose.FlashInvisible, diagnose.NarrowRange,
}

func run(ctx context.Context, from, to string) error {
	labels, err := labelled(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	b := chrome.New(chrome.Config{})
	defer b.Close()
	for _, r := range diagnose.Rules() {
		if slices.Contains(unseen, r.ID) {
			continue
		}
		file := cmp.Or(shown[r.ID], labels[r.ID])
		if file == "" {
			return fmt.Errorf("no labelled page has %s alone", r.ID)
		}
		pic, err := portrait(ctx, b, preview.Page{FS: os.DirFS(from), Entry: file}, r.ID, r.Profile)
		if err != nil {
			return fmt.Errorf("%s in %s: %w", r.ID, file, err)
		}
		if err := os.WriteFile(filepath.Join(to, r.ID+".png"), pic, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// labelled is for each rule the first page that has it alone.
func labelled(dir string) (map[string]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.html"))
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	first := map[string]string{}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		label, err := previewtest.ParseLabel(string(src))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if len(label.Defects) == 1 && first[label.Defects[0].Rule] == "" {
			first[label.Defects[0].Rule] = filepath.Base(file)
		}
	}
	return first, nil
}

// portrait is the fault of a page, cut out and outlined.
func portrait(ctx context.Context, b *chrome.Browser, page preview.Page, rule string, profile preview.Profile) ([]byte, error) {
	r, err := b.Render(ctx, page, preview.RenderOptions{Profile: profile})
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(r.Diagnosis.Defects, func(d preview.Defect) bool { return d.Rule == rule })
	if i < 0 {
		return nil, fmt.Errorf("it is not found")
	}
	d := r.Diagnosis.Defects[i]
	view, err := viewOf(d)
	if err != nil {
		return nil, err
	}
	if rule == diagnose.DarkScheme {
		view.Scheme = "dark"
	}
	r, err = b.Render(ctx, page, preview.RenderOptions{Views: []preview.View{view}, Shots: preview.LastShots})
	if err != nil {
		return nil, err
	}
	shot, err := png.Decode(bytes.NewReader(r.Shots[0].PNG))
	if err != nil {
		return nil, err
	}
	var boxes []image.Rectangle
	for _, e := range d.Elements {
		if e.View == d.Elements[0].View {
			boxes = append(boxes, image.Rect(int(e.Box.X), int(e.Box.Y), int(e.Box.X+e.Box.Width), int(e.Box.Y+e.Box.Height)))
		}
	}
	var out bytes.Buffer
	err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, cutOut(shot, boxes))
	return out.Bytes(), err
}

// viewOf is the view in which the first element of a defect was seen.
func viewOf(d preview.Defect) (preview.View, error) {
	if len(d.Elements) == 0 {
		return preview.View{}, fmt.Errorf("it has no element")
	}
	name := d.Elements[0].View
	if v, err := preview.ParseView(name); err == nil {
		return v, nil
	}
	width, _, _ := strings.Cut(name, "x")
	n, err := strconv.Atoi(width)
	if err != nil {
		return preview.View{}, fmt.Errorf("it was seen at %s", name)
	}
	return preview.View{Width: n, Height: 800}, nil
}

const (
	most, least = 480, 140 // px of the picture's sides
	margin      = 40       // px around what is outlined
)

// outline is the colour of an error in the report.
var outline = color.RGBA{0xd1, 0x24, 0x2f, 0xff}

// cutOut is the part of a shot around boxes, with the boxes outlined.
func cutOut(shot image.Image, boxes []image.Rectangle) image.Image {
	around := boxes[0]
	for _, b := range boxes[1:] {
		if u := around.Union(b); u.Dx() <= most-2*margin && u.Dy() <= most-2*margin {
			around = u
		}
	}
	around = around.Inset(-margin)
	if d := least - around.Dy(); d > 0 {
		around.Min.Y, around.Max.Y = around.Min.Y-d/2, around.Max.Y+d-d/2
	}
	if d := 360 - around.Dx(); d > 0 {
		around.Min.X, around.Max.X = around.Min.X-d/2, around.Max.X+d-d/2
	}
	around.Max.X, around.Max.Y = min(around.Max.X, around.Min.X+600), min(around.Max.Y, around.Min.Y+most)
	around = around.Add(image.Pt(max(0, -around.Min.X), max(0, -around.Min.Y))).Intersect(shot.Bounds())
	out := image.NewRGBA(image.Rect(0, 0, around.Dx(), around.Dy()))
	draw.Draw(out, out.Rect, shot, around.Min, draw.Src)
	for _, b := range boxes {
		preview.Outline(out, b.Sub(around.Min).Inset(-3), out.Rect, outline)
	}
	return out
}
