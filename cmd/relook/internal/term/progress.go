package term

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/mattn/go-runewidth"
	"github.com/schollz/progressbar/v3"
	"github.com/sourcegraph/conc"
)

const (
	// patience is how long work takes before a person is told of it.
	patience = time.Second
	tick     = 120 * time.Millisecond
	// textWidth keeps the line within a narrow terminal, in columns.
	textWidth = 68
)

// Progress is a line on a terminal that says what relook is doing. It appears
// after a second and is gone after Close. On anything but a terminal it prints
// nothing. It is safe for use by several goroutines.
type Progress struct {
	stop chan struct{}
	wait conc.WaitGroup

	mu   sync.Mutex
	bar  *progressbar.ProgressBar // nil when nothing is to be shown
	text string
	rest bool // nothing is shown for now
	w    io.Writer
}

// NewProgress starts a line on w. The caller closes it.
func NewProgress(w io.Writer) *Progress {
	p := &Progress{stop: make(chan struct{}), w: w}
	if !IsTerminal(w) {
		return p
	}
	p.bar = progressbar.NewOptions64(-1,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSpinnerType(14),
		progressbar.OptionSetSpinnerChangeInterval(0),
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionSetRenderBlankState(false),
	)
	p.wait.Go(p.run)
	return p
}

func (p *Progress) run() {
	next := time.NewTimer(patience)
	defer next.Stop()
	for {
		select {
		case <-p.stop:
			return
		case <-next.C:
			p.mu.Lock()
			if !p.rest {
				p.bar.Describe(p.text)
				_ = p.bar.Add(1)
			}
			p.mu.Unlock()
			next.Reset(tick)
		}
	}
}

// Say sets what is shown.
func (p *Progress) Say(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text = runewidth.Truncate(Clean(text), textWidth, "…")
}

// Count sets what is shown for work of which done of total parts are done.
func (p *Progress) Count(done, total int, what string) {
	const width = 16
	full := width * done / max(total, 1)
	bar := strings.Repeat("━", full) + strings.Repeat("┄", width-full)
	p.Say(fmt.Sprintf("%s %d of %d  %s", bar, done, total, what))
}

// Bytes sets what is shown for work that is counted in bytes; total 0 is not
// known.
func (p *Progress) Bytes(step string, done, total int64) {
	const mb = 1e6
	switch {
	case total > 0:
		step = fmt.Sprintf("%s: %.0f of %.0f MB", step, float64(done)/mb, float64(total)/mb)
	case done > 0:
		step = fmt.Sprintf("%s: %.0f MB", step, float64(done)/mb)
	}
	p.Say(step)
}

// Tell prints a line that stays, on anything.
func (p *Progress) Tell(line string) {
	p.Hide()
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintln(p.w, Clean(line))
}

// Rest takes the line away until it is called with false.
func (p *Progress) Rest(rest bool) {
	p.Hide()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rest = rest
}

// Hide takes the line away so that something else can be printed; it comes back
// by itself.
func (p *Progress) Hide() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}

// Close takes the line away for good.
func (p *Progress) Close() {
	close(p.stop)
	p.wait.Wait()
	p.Hide()
}
