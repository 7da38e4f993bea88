// Package picture draws what relook sees of a page for editors that live in a
// terminal: before and after beside each other, with the defects outlined. It
// draws either in half blocks, two pixels a character, or as a PNG for terminals
// that show pictures. It reads the answer to relook/preview.
package picture

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"slices"
	"strings"

	"relook/preview"
	"relook/server/protocol"
)

// Bounds of what is read.
const (
	maxInput  = 128 << 20 // bytes
	maxPixels = 64 << 20  // of a shot
)

// The colours of the report, by severity.
var colours = map[preview.Severity]color.RGBA{
	preview.SeverityError:   {0xc4, 0x12, 0x2f, 0xff},
	preview.SeverityWarning: {0x8f, 0x56, 0x00, 0xff},
	preview.SeverityInfo:    {0x4b, 0x57, 0x63, 0xff},
}

// A Scene is a page at one view.
type Scene struct {
	View   string      // such as "390x844"
	Head   string      // the page and how it stands, for people
	Before image.Image // of the whole document
	After  image.Image // with everything repaired; nil without a repair
	Width  int         // of the view, CSS px
	Marks  []Mark      // by number
}

// A Mark is a defect that shows in the scene.
type Mark struct {
	Number   int
	Severity preview.Severity
	Message  string
	Repaired bool
	Boxes    []preview.Box // CSS px of the picture before
}

// dashed tells how much of every 6 px of an outline is drawn: severities differ
// in shape too.
func (m Mark) dashed() int {
	switch m.Severity {
	case preview.SeverityWarning:
		return 4
	case preview.SeverityInfo:
		return 2
	}
	return 6
}

// over is how far a mark's widest box sticks out of the view, in CSS px.
func (m Mark) over(width int) float64 {
	most := 0.0
	for _, b := range m.Boxes {
		most = max(most, b.Right()-float64(width))
	}
	return most
}

// Read reads the answer to relook/preview.
func Read(r io.Reader) (*protocol.Preview, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	if err != nil {
		return nil, fmt.Errorf("reading the preview: %w", err)
	}
	if len(b) > maxInput {
		return nil, fmt.Errorf("the preview has more than %d bytes", maxInput)
	}
	var p protocol.Preview
	if err := json.Unmarshal(b, &p); err != nil {
		return nil, fmt.Errorf("reading the preview: it is no answer to relook/preview: %w", err)
	}
	return &p, nil
}

// New makes the scene of a page at the view with the name, or with "" at the view
// at which most defects show.
func New(p *protocol.Preview, view string) (*Scene, error) {
	if len(p.Views) == 0 {
		return nil, errors.New("the preview has no pictures: " + cmp.Or(p.Reason, "the page was not looked at yet"))
	}
	if view == "" {
		view = slices.MaxFunc(p.Views, func(a, b protocol.PreviewView) int {
			return cmp.Compare(len(marks(p, a.Name)), len(marks(p, b.Name)))
		}).Name
	}
	i := slices.IndexFunc(p.Views, func(v protocol.PreviewView) bool { return v.Name == view })
	if i < 0 {
		var names []string
		for _, v := range p.Views {
			names = append(names, v.Name)
		}
		return nil, fmt.Errorf("the page has no view %q: it has %s", view, strings.Join(names, ", "))
	}
	v := p.Views[i]
	s := &Scene{View: v.Name, Width: v.View.Width, Marks: marks(p, v.Name), Head: head(p, v.Name)}
	var err error
	if s.Before, err = last(v.Before); err != nil {
		return nil, fmt.Errorf("the picture before, at %s: %w", v.Name, err)
	}
	if s.Before == nil {
		return nil, fmt.Errorf("the preview has no picture at %s", v.Name)
	}
	if s.After, err = last(v.After); err != nil {
		return nil, fmt.Errorf("the picture after, at %s: %w", v.Name, err)
	}
	return s, nil
}

// last decodes the picture of the last moment; nil if there is none.
func last(shots []protocol.PreviewShot) (image.Image, error) {
	if len(shots) == 0 {
		return nil, nil
	}
	raw := []byte(nil)
	if err := json.Unmarshal([]byte(`"`+shots[len(shots)-1].PNG+`"`), &raw); err != nil || len(raw) == 0 {
		return nil, errors.New("it is absent, or not base64")
	}
	size, err := png.DecodeConfig(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	if size.Width*size.Height > maxPixels || size.Width == 0 || size.Height == 0 {
		return nil, fmt.Errorf("it is %d x %d px", size.Width, size.Height)
	}
	return png.Decode(bytes.NewReader(raw))
}

// marks are the defects that show at a view.
func marks(p *protocol.Preview, view string) []Mark {
	var list []Mark
	for _, d := range p.Defects {
		m := Mark{Number: d.Number, Severity: d.Severity, Message: d.Message, Repaired: d.Repaired}
		for _, e := range d.Elements {
			if e.View == view {
				m.Boxes = append(m.Boxes, e.Box)
			}
		}
		if len(m.Boxes) > 0 {
			list = append(list, m)
		}
	}
	return list
}

// head says how the page stands.
func head(p *protocol.Preview, view string) string {
	text := p.Name + " at " + view + ": "
	switch n := len(p.Defects); {
	case !p.Valid:
		return text + "the page can't be judged: " + cmp.Or(p.Reason, "it shows nothing")
	case n == 0:
		return text + "no defects"
	case n == 1:
		text += "1 defect"
	default:
		text += fmt.Sprintf("%d defects", n)
	}
	if p.Repair == nil {
		return text + ", repairs are looked for"
	}
	if p.Repair.Repaired == 0 {
		return text + ", no repair was better than the page as it is"
	}
	return text + fmt.Sprintf(", %d repaired, %d left", p.Repair.Repaired, p.Repair.Left)
}
