package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"

	"relook/agent"
	"relook/preview"
)

// A repair is one that was admitted on a real page, with what a person said of
// it after looking at the picture: before on the left, after on the right.
type repair struct {
	Page    string `json:"page"`
	Rule    string `json:"rule"`
	Element string `json:"element"` // XPath of the first element at fault; "" for none
	View    string `json:"view"`    // the first at which the defect held
	Edit    string `json:"edit"`    // in words
	// Picture is the hash of the pixels that were looked at. A repair whose
	// picture is another now has to be looked at again.
	Picture string `json:"picture"`
	Verdict string `json:"verdict"` // "better", "same" or "worse"; "" when nobody has looked
	Reason  string `json:"reason,omitempty"`
}

func (r repair) key() string {
	return strings.Join([]string{r.Page, r.Rule, r.Element, r.Picture}, "\n")
}

const (
	mostOfAPage = 2   // repairs of one page that are judged
	cropMargin  = 80  // px of what is around a defect
	cropHeight  = 900 // px at most
)

// drawRepairs repairs the real pages with rules and writes a picture of each
// repair, its description, and sheets of six: of the pages that the results say
// rules change, so the arm rules has to be measured first.
func (w *workshop) drawRepairs(ctx context.Context, items []item) error {
	known, err := readRepairs(w.judgements)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(w.pictures, 0o755); err != nil {
		return fmt.Errorf("making the folder of pictures: %w", err)
	}
	rules, _ := armNamed("rules")
	var drawn []drawing
	p := progress{what: "pictures", all: len(items), start: time.Now()}
	for _, it := range items {
		known, ok := w.store.Get(record{Item: it.id, Arm: rules.name, Page: it.hash()}.key())
		if it.mutant != nil || !ok || len(known.Files) == 0 || w.late() {
			p.step(false)
			continue
		}
		out, err := w.repair(ctx, rules, "", it.page)
		if err != nil {
			return fmt.Errorf("%s: %w", it.id, err)
		}
		if out.trace != nil {
			drawn = append(drawn, drawingsOf(it.id, out.trace)...)
		}
		p.step(true)
	}
	p.end("done")
	judged := 0
	for i := range drawn {
		if j, ok := known[drawn[i].key()]; ok && j.Verdict != "" {
			drawn[i].Verdict, drawn[i].Reason = j.Verdict, j.Reason
			judged++
		}
		if err := drawn[i].write(w.pictures, i+1); err != nil {
			return err
		}
	}
	fmt.Fprintf(os.Stderr, "%d repairs drawn, %d judged before\n", len(drawn), judged)
	return errors.Join(writeList(filepath.Join(w.pictures, "repairs.json"), drawn), writeSheets(w.pictures, drawn))
}

// A drawing is a repair with its picture.
type drawing struct {
	repair
	picture *image.RGBA
}

// drawingsOf are the repairs of a trace that are part of the result, each at the
// first view at which its defect held.
func drawingsOf(page string, t *agent.Trace) []drawing {
	var out []drawing
	for _, pass := range t.Passes {
		for _, i := range pass.Admitted {
			for _, target := range pass.Attempts[i].Targets {
				at := slices.IndexFunc(t.Before.Diagnosis.Defects, func(d preview.Defect) bool { return d.Key() == target })
				if at < 0 || len(out) == mostOfAPage {
					continue
				}
				if d, ok := drawingOf(page, t, t.Before.Diagnosis.Defects[at], pass.Attempts[i].Why); ok {
					out = append(out, d)
				}
				break // one picture for a repair
			}
		}
	}
	return out
}

func drawingOf(page string, t *agent.Trace, d preview.Defect, edit string) (drawing, bool) {
	one := drawing{repair: repair{Page: page, Rule: d.Rule, View: d.Views[0], Edit: edit}}
	var boxes []preview.Box
	for _, e := range d.Elements {
		if e.View == one.View {
			boxes = append(boxes, e.Box)
		}
	}
	if len(d.Elements) > 0 {
		one.Element = d.Elements[0].XPath
	}
	before, after := shotOf(t.Before, one.View), shotOf(t.After, one.View)
	if before == nil || after == nil {
		return one, false
	}
	part := cropAround(before.Bounds(), boxes)
	one.picture = sideBySide(before, after, part)
	sum := sha256.Sum256(one.picture.Pix)
	one.Picture = hex.EncodeToString(sum[:8])
	outline(one.picture, boxes, part.Min)
	return one, true
}

func shotOf(r *preview.Rendering, view string) image.Image {
	for _, s := range r.Shots {
		if s.View.Name() == view {
			if m, err := png.Decode(bytes.NewReader(s.PNG)); err == nil {
				return m
			}
		}
	}
	return nil
}

// cropAround is the part of a shot around the first box, across the whole width.
func cropAround(all image.Rectangle, boxes []preview.Box) image.Rectangle {
	part := all
	part.Max.Y = min(all.Max.Y, cropHeight)
	if len(boxes) > 0 && int(boxes[0].Y) < all.Max.Y {
		part.Min.Y = max(0, int(boxes[0].Y)-cropMargin)
		part.Max.Y = min(part.Min.Y+cropHeight, max(int(boxes[0].Bottom())+3*cropMargin, part.Min.Y+500))
	}
	return part
}

// sideBySide puts the same part of two shots beside each other. Where one has
// nothing it is grey.
func sideBySide(before, after image.Image, part image.Rectangle) *image.RGBA {
	const gap = 12
	out := image.NewRGBA(image.Rect(0, 0, 2*part.Dx()+gap, part.Dy()))
	draw.Draw(out, out.Rect, image.NewUniform(color.RGBA{120, 120, 120, 255}), image.Point{}, draw.Src)
	draw.Draw(out, image.Rect(0, 0, part.Dx(), part.Dy()), before, part.Min, draw.Src)
	draw.Draw(out, image.Rect(part.Dx()+gap, 0, out.Rect.Max.X, part.Dy()), after, part.Min, draw.Src)
	return out
}

// red is the colour of outlines.
var red = color.RGBA{230, 0, 60, 255}

// outline draws the boxes on the left half of a picture whose top left is at.
func outline(m *image.RGBA, boxes []preview.Box, at image.Point) {
	left := image.Rect(0, 0, (m.Rect.Dx()-12)/2, m.Rect.Dy())
	for _, b := range boxes {
		preview.Outline(m, image.Rect(int(b.X)-1, int(b.Y)-1, int(b.Right())+1, int(b.Bottom())+1).Sub(at), left, red)
	}
}

func (d drawing) write(dir string, n int) error {
	return writePNG(filepath.Join(dir, fmt.Sprintf("%03d-%s.png", n, d.Rule)), d.picture)
}

func writePNG(name string, m image.Image) error {
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		return fmt.Errorf("writing a picture: %w", err)
	}
	return os.WriteFile(name, b.Bytes(), 0o644)
}

// writeList writes the repairs in the form of the file of judgements.
func writeList(name string, drawn []drawing) error {
	list := []repair{}
	for _, d := range drawn {
		list = append(list, d.repair)
	}
	data, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the list of repairs: %w", err)
	}
	return os.WriteFile(name, append(data, '\n'), 0o644)
}

// writeSheets puts six pictures on a sheet, to be looked at together.
func writeSheets(dir string, drawn []drawing) error {
	const across, down, width, height, title = 2, 3, 880, 480, 20
	for start := 0; start < len(drawn); start += across * down {
		sheet := image.NewRGBA(image.Rect(0, 0, across*(width+10), down*(height+title)))
		draw.Draw(sheet, sheet.Rect, image.White, image.Point{}, draw.Src)
		for i, d := range drawn[start:min(start+across*down, len(drawn))] {
			x, y := i%across*(width+10), i/across*(height+title)
			pen := font.Drawer{Dst: sheet, Src: image.Black, Face: basicfont.Face7x13, Dot: fixed.P(x+2, y+14)}
			pen.DrawString(fmt.Sprintf("%d %s %s at %s: %.70s", start+i+1, short(d.Page), d.Rule, d.View, d.Edit))
			scale := min(float64(width)/float64(d.picture.Rect.Dx()), float64(height)/float64(d.picture.Rect.Dy()), 1)
			to := image.Rect(x, y+title, x+int(scale*float64(d.picture.Rect.Dx())), y+title+int(scale*float64(d.picture.Rect.Dy())))
			draw.ApproxBiLinear.Scale(sheet, to, d.picture, d.picture.Rect, draw.Src, nil)
		}
		if err := writePNG(filepath.Join(dir, fmt.Sprintf("sheet-%02d.png", start/(across*down)+1)), sheet); err != nil {
			return err
		}
	}
	return nil
}

// short is the end of a page's name.
func short(name string) string { return name[max(0, len(name)-36):] }

func readRepairs(file string) (map[string]repair, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var list []repair
	if err == nil {
		err = json.Unmarshal(data, &list)
	}
	if err != nil {
		return nil, fmt.Errorf("reading what was judged: %w", err)
	}
	known := map[string]repair{}
	for _, r := range list {
		known[r.key()] = r
	}
	return known, nil
}

// judgedTable tells what a person said of the repairs.
func (w *workshop) judgedTable(b *strings.Builder) error {
	known, err := readRepairs(w.judgements)
	if err != nil || len(known) == 0 {
		return err
	}
	count := map[string]int{}
	byRule := map[string]map[string]int{}
	for _, r := range known {
		count[r.Verdict]++
		if byRule[r.Rule] == nil {
			byRule[r.Rule] = map[string]int{}
		}
		byRule[r.Rule][r.Verdict]++
	}
	fmt.Fprintf(b, "## Repairs that were looked at\n\nRepairs by `rules` on real pages and drafts, at most two a page, before and after side by side at a width at which the page failed (`make eval EVAL=\"-sets corpus,drafts -pictures out/repairs\"`). The judgements are in %s with the hashes of the pictures.\n\n", w.judgements)
	b.WriteString("| rule | better | same | worse |\n|---|---|---|---|\n")
	for _, rule := range sortedKeys(byRule) {
		fmt.Fprintf(b, "| %s | %d | %d | %d |\n", rule, byRule[rule]["better"], byRule[rule]["same"], byRule[rule]["worse"])
	}
	n := count["better"] + count["same"] + count["worse"]
	fmt.Fprintf(b, "| **all %d** | %d (%.0f %%) | %d | %d |\n\n", n, count["better"], percent(float64(count["better"]), float64(n)), count["same"], count["worse"])
	for _, k := range sortedKeys(known) {
		if r := known[k]; r.Verdict == "worse" || r.Verdict == "same" {
			fmt.Fprintf(b, "- %s: %s, %s at %s, %s: %s\n", r.Verdict, r.Page, r.Rule, r.View, r.Edit, r.Reason)
		}
	}
	b.WriteString("\n")
	return nil
}
