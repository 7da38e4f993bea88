package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing/fstest"

	"relook/cmd/relook/internal/npm"
	"relook/preview"
	"relook/preview/chrome"
)

// A report is a defect that was found on a real page, with what a person said
// of it.
type report struct {
	judgement
	Severity preview.Severity `json:"severity"`
	Message  string           `json:"message"`
}

// A judgement is what a person said of one report after looking at its picture.
type judgement struct {
	Page    string `json:"page"`
	Rule    string `json:"rule"`
	Element string `json:"element"` // XPath of the first element; "" for none
	View    string `json:"view"`
	// Picture is the hash of the pixels that were looked at. A report whose
	// picture is another now has to be looked at again.
	Picture string `json:"picture"`
	Verdict string `json:"verdict"` // "real", "false" or "doubtful"; "" when nobody has looked
	Reason  string `json:"reason,omitempty"`
}

// key finds a judgement again.
func (j judgement) key() string {
	return strings.Join([]string{j.Page, j.Rule, j.Element, j.Picture}, "\n")
}

// realReports checks the real pages and the drafts.
func realReports(ctx context.Context, b *chrome.Browser, c config) ([]report, error) {
	pages, err := realPages(ctx, c)
	if err != nil {
		return nil, err
	}
	known, err := readJudgements(c.judgements)
	if err != nil {
		return nil, err
	}
	var all []report
	for i, p := range pages {
		progress("real pages", i, len(pages))
		r, err := b.Render(ctx, p.Page, preview.RenderOptions{Profile: preview.ProfileStandard, Shots: preview.LastShots})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
		for _, d := range r.Diagnosis.Defects {
			one, picture := reportOf(p.name, d, r)
			one.Verdict, one.Reason = known[one.key()].Verdict, known[one.key()].Reason
			all = append(all, one)
			if c.crops != "" {
				if err := writeCrop(c.crops, len(all), one, picture); err != nil {
					return nil, err
				}
			}
		}
	}
	return all, nil
}

type realPage struct {
	preview.Page
	name string
}

func realPages(ctx context.Context, c config) ([]realPage, error) {
	var pages []realPage
	root := os.DirFS(c.corpus)
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(name) == ".html" {
			pages = append(pages, realPage{preview.Page{FS: root, Entry: name}, "corpus/" + name})
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading the real pages: %w", err)
	}
	drafts, err := draftPages(ctx, c.drafts)
	return append(pages, drafts...), err
}

// The libraries that the drafts ask CDNs for, in the versions that npm has.
var libraries = []string{
	"p5@1.11.10", "three@0.128.0", "plotly.js-dist-min@2.35.2", "mathjax@3.2.2", "mathjs@11.12.0",
}

var fence = regexp.MustCompile("(?s)```html\\s*\\n(.*?)(?:```|$)")

// draftPages are the pages that a model wrote, each with the libraries that it
// asks for in node_modules.
func draftPages(ctx context.Context, file string) ([]realPage, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the drafts: %w", err)
	}
	dir, err := npm.Install(ctx, "draft-libraries", libraries...)
	if err != nil {
		return nil, err
	}
	var pages []realPage
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var draft struct{ ID, Answer string }
		if err := json.Unmarshal(lines.Bytes(), &draft); err != nil {
			return nil, fmt.Errorf("reading a draft of %s: %w", file, err)
		}
		html := draft.Answer
		if m := fence.FindStringSubmatch(html); m != nil {
			html = m[1]
		}
		page := fstest.MapFS{"index.html": {Data: []byte(html)}}
		pages = append(pages, realPage{preview.Page{FS: withLibraries{page, os.DirFS(dir)}, Entry: "index.html"}, "draft/" + draft.ID})
	}
	return pages, lines.Err()
}

// withLibraries is a page with the packages of another folder.
type withLibraries struct{ page, packages fs.FS }

func (w withLibraries) Open(name string) (fs.File, error) {
	if strings.HasPrefix(name, "node_modules/") {
		return w.packages.Open(name)
	}
	return w.page.Open(name)
}

func readJudgements(file string) (map[string]judgement, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var list []judgement
	if err == nil {
		err = json.Unmarshal(data, &list)
	}
	if err != nil {
		return nil, fmt.Errorf("reading what was judged: %w", err)
	}
	known := map[string]judgement{}
	for _, j := range list {
		known[j.key()] = j
	}
	return known, nil
}

// margin is how many px of what is around a defect its picture shows; wide
// pictures are needed to judge a layout.
const margin, mostHeight = 60, 900

// reportOf cuts the picture of a defect out of the shot of its first view.
func reportOf(page string, d preview.Defect, r *preview.Rendering) (report, *image.RGBA) {
	one := report{judgement: judgement{Page: page, Rule: d.Rule, View: d.Views[0]}, Severity: d.Severity, Message: d.Message}
	var boxes []preview.Box
	for _, e := range d.Elements {
		if e.View == one.View {
			boxes = append(boxes, e.Box)
		}
	}
	if len(d.Elements) > 0 {
		one.Element = d.Elements[0].XPath
	}
	picture := cropOf(r, one.View, boxes)
	if picture != nil {
		sum := sha256.Sum256(picture.Pix)
		one.Picture = hex.EncodeToString(sum[:8])
		outline(picture, boxes)
	}
	return one, picture
}

// cropOf is the part of the view's shot around the boxes, across the whole
// width; its Rect is in px of the document. It is nil when there is no shot.
func cropOf(r *preview.Rendering, view string, boxes []preview.Box) *image.RGBA {
	for _, s := range r.Shots {
		if s.View.Name() != view {
			continue
		}
		m, err := png.Decode(bytes.NewReader(s.PNG))
		if err != nil {
			return nil
		}
		part := image.Rect(0, 0, m.Bounds().Dx(), s.View.Height)
		if len(boxes) > 0 {
			part.Min.Y = int(boxes[0].Y) - margin
			part.Max.Y = int(boxes[0].Bottom()) + margin
		}
		part.Max.Y = min(part.Max.Y, part.Min.Y+mostHeight)
		if part = part.Intersect(m.Bounds()); part.Empty() {
			return nil // it lies where nobody can look
		}
		out := image.NewRGBA(part)
		draw.Draw(out, part, m, part.Min, draw.Src)
		return out
	}
	return nil
}

// outline draws the boxes on the picture.
func outline(m *image.RGBA, boxes []preview.Box) {
	red := image.NewUniform(color.RGBA{230, 0, 60, 255})
	for _, b := range boxes {
		r := image.Rect(int(b.X)-1, int(b.Y)-1, int(b.Right())+1, int(b.Bottom())+1)
		for _, edge := range []image.Rectangle{
			{r.Min, image.Pt(r.Max.X, r.Min.Y+2)}, {image.Pt(r.Min.X, r.Max.Y-2), r.Max},
			{r.Min, image.Pt(r.Min.X+2, r.Max.Y)}, {image.Pt(r.Max.X-2, r.Min.Y), r.Max},
		} {
			draw.Draw(m, edge.Intersect(m.Rect), red, image.Point{}, draw.Src)
		}
	}
}

// writeCrop writes the picture and the report beside it.
func writeCrop(dir string, n int, r report, m *image.RGBA) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	base := filepath.Join(dir, fmt.Sprintf("%03d-%s", n, r.Rule))
	about, err := json.MarshalIndent(r, "", "  ")
	if err == nil {
		err = os.WriteFile(base+".json", about, 0o644)
	}
	if err != nil || m == nil {
		return err
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		return err
	}
	return os.WriteFile(base+".png", b.Bytes(), 0o644)
}
