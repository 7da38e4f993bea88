package picture

import (
	"bufio"
	"fmt"
	"image"
	"image/color"
	"io"
	"slices"

	"github.com/mattn/go-runewidth"
	"golang.org/x/image/draw"

	"relook/cmd/relook/internal/term"
)

// Blocks is how a scene is drawn in characters.
type Blocks struct {
	Columns int  // of the terminal, 20 to 1000
	Indexed bool // only the 256 colours that every terminal has
}

const (
	gap    = 2 // columns between the pictures
	gutter = 6 // columns beside a picture out of which something sticks
)

// A cell is a character of the picture: a half block, or text on it.
type cell struct {
	text     rune
	fg, bg   color.RGBA
	overlaid bool // text lies on it: it is no pixels any more
}

// Draw writes the scene with escape sequences, a line feed and a carriage return
// after each line: first what is wrong, then the pictures.
func (b Blocks) Draw(w io.Writer, s *Scene) error {
	if b.Columns < 20 || b.Columns > 1000 {
		return fmt.Errorf("%d columns are too few or too many: 20 to 1000 can be drawn", b.Columns)
	}
	out := bufio.NewWriter(w)
	b.line(out, "\x1b[1m", s.Head)
	for _, m := range s.Marks {
		sign := "\u25a0" // a square, a triangle and a dot
		switch m.dashed() {
		case 4:
			sign = "\u25b2"
		case 2:
			sign = "\u25cf"
		}
		state := ""
		if m.Repaired {
			state = "repaired: "
		}
		// A line each: the page is what is to be seen.
		b.line(out, "", fmt.Sprintf("%s %d %s%s", sign, m.Number, state, m.Message))
	}
	fmt.Fprint(out, "\r\n")
	b.pictures(out, s)
	return out.Flush()
}

// line writes one line of text, cut to the columns.
func (b Blocks) line(out *bufio.Writer, style, text string) {
	fmt.Fprintf(out, "%s%s\x1b[0m\r\n", style, runewidth.Truncate(term.Clean(text), b.Columns, "…"))
}

func (b Blocks) pictures(out *bufio.Writer, s *Scene) {
	over := slices.ContainsFunc(s.Marks, func(m Mark) bool { return m.over(s.Width) > 0 })
	room := b.Columns
	if over {
		room -= gutter
	}
	if s.After != nil {
		room = (room - gap) / 2
	}
	// Wider than a pixel of the page a character says nothing new.
	width := max(8, min(room, s.Before.Bounds().Dx()))
	before := cells(s.Before, width)
	beside := 0
	if over {
		beside = gutter
		for y := range before {
			before[y] = append(before[y], make([]cell, gutter)...)
		}
	}
	mark(before, s, width)
	var after [][]cell
	label := "as it is"
	if s.After != nil {
		after = cells(s.After, width)
		label = runewidth.FillRight("before", width+beside+gap) + "after"
	}
	b.line(out, "\x1b[2m", label)
	for y := range max(len(before), len(after)) {
		row := make([]cell, 0, b.Columns)
		if y < len(before) {
			row = append(row, before[y]...)
		}
		if y < len(after) {
			row = append(row, make([]cell, width+beside+gap-len(row))...)
			row = append(row, after[y]...)
		}
		b.row(out, row)
	}
}

// cells scales a picture to a width in characters.
func cells(src image.Image, width int) [][]cell {
	size := src.Bounds()
	height := max(2, (size.Dy()*width+size.Dx()/2)/size.Dx())
	m := image.NewRGBA(image.Rect(0, 0, width, height+height%2))
	draw.Draw(m, m.Rect, image.White, image.Point{}, draw.Src)
	draw.CatmullRom.Scale(m, image.Rect(0, 0, width, height), src, size, draw.Over, nil)
	rows := make([][]cell, m.Rect.Dy()/2)
	for y := range rows {
		rows[y] = make([]cell, width)
		for x := range width {
			rows[y][x] = cell{text: '▀', fg: m.RGBAAt(x, 2*y), bg: m.RGBAAt(x, 2*y+1)}
		}
	}
	return rows
}

// mark draws the outlines of the defects, what sticks out, and their numbers.
func mark(rows [][]cell, s *Scene, width int) {
	scale := float64(width) / float64(s.Width)
	set := func(x, y int, c color.RGBA) {
		if y < 0 || y/2 >= len(rows) || x < 0 || x >= len(rows[y/2]) {
			return
		}
		at := &rows[y/2][x]
		if at.text == 0 {
			at.text = '▀' // the gutter beside the picture
		}
		if y%2 == 0 {
			at.fg = c
		} else {
			at.bg = c
		}
	}
	for _, m := range s.Marks {
		c, on := colours[m.Severity], (m.dashed()+1)/2
		for _, box := range m.Boxes {
			r := image.Rect(int(box.X*scale), int(box.Y*scale), int(box.Right()*scale+0.5), int(box.Bottom()*scale+0.5))
			r.Max.X, r.Max.Y = max(r.Max.X, r.Min.X+2), max(r.Max.Y, r.Min.Y+2)
			for x := r.Min.X; x < min(r.Max.X, width); x++ {
				if x%3 < on {
					set(x, r.Min.Y, c)
					set(x, r.Max.Y-1, c)
				}
			}
			for y := r.Min.Y; y < r.Max.Y; y++ {
				if y%3 < on && r.Min.X < width {
					set(r.Min.X, y, c)
				}
				if y%3 < on && r.Max.X <= width {
					set(r.Max.X-1, y, c)
				}
				for x := width; r.Max.X > width && x < width+gutter; x++ {
					if (x+y)%3 == 0 {
						set(x, y, c)
					}
				}
			}
		}
	}
	tag(rows, s, width, scale)
}

// tag writes the numbers at the boxes' corners, and how far something sticks out.
func tag(rows [][]cell, s *Scene, width int, scale float64) {
	write := func(x, y int, text string, c color.RGBA) {
		if y < 0 || y >= len(rows) {
			return
		}
		for i, r := range []rune(text) {
			if at := x + i; at >= 0 && at < len(rows[y]) {
				rows[y][at] = cell{text: r, fg: color.RGBA{0xff, 0xff, 0xff, 0xff}, bg: c, overlaid: true}
			}
		}
	}
	for _, m := range s.Marks {
		box, text := m.Boxes[0], fmt.Sprintf("%d", m.Number)
		x, y := max(0, min(int(box.X*scale), width-len(text))), max(0, int(box.Y*scale)/2)
		// Numbers of boxes with one corner stand beside each other.
		for x+len(text) < width && y < len(rows) && (rows[y][x].overlaid || x > 0 && rows[y][x-1].overlaid) {
			x++
		}
		write(x, y, text, colours[m.Severity])
		if over := m.over(s.Width); over >= 1 {
			write(width, y, fmt.Sprintf("+%.0f", over), colours[m.Severity])
		}
	}
}

// row writes cells, each colour only where it changes.
func (b Blocks) row(out *bufio.Writer, row []cell) {
	style := ""
	for _, c := range row {
		now := "\x1b[0m"
		if c.text == 0 {
			c.text = ' '
		} else {
			now = b.ink(c.fg, false) + b.ink(c.bg, true)
		}
		if now != style {
			fmt.Fprint(out, now)
			style = now
		}
		out.WriteRune(c.text)
	}
	fmt.Fprint(out, "\x1b[0m\r\n")
}

// ink is the escape sequence of a colour.
func (b Blocks) ink(c color.RGBA, ground bool) string {
	layer := 38
	if ground {
		layer = 48
	}
	if !b.Indexed {
		return fmt.Sprintf("\x1b[%d;2;%d;%d;%dm", layer, c.R, c.G, c.B)
	}
	// The 6 x 6 x 6 colours at 16, or the 24 greys at 232.
	if max(c.R, c.G, c.B)-min(c.R, c.G, c.B) < 8 && c.R > 4 && c.R < 246 {
		return fmt.Sprintf("\x1b[%d;5;%dm", layer, 232+(int(c.R)-3)*23/242)
	}
	level := func(v uint8) int {
		if v < 48 {
			return 0
		}
		return max(1, (int(v)-35)/40)
	}
	return fmt.Sprintf("\x1b[%d;5;%dm", layer, 16+36*level(c.R)+6*level(c.G)+level(c.B))
}
