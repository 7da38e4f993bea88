// Command bench measures how fast relook is and prints the figures of
// docs/benchmarks.md as a table: relook and playwright-core on the same page,
// with the same browser, in the same run, so that the ratios hold on any machine
// while the times do not.
//
// It is run by `make bench`. With -model it also measures what part of a
// refinement with that model is relook's own.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"
)

func main() {
	var c config
	flag.StringVar(&c.page, "page", "examples/pricing.html", "the page that is measured")
	flag.StringVar(&c.relook, "relook", "bin/relook", "the built binary")
	flag.StringVar(&c.model, "model", "", "also measure a refinement with this model; empty for none")
	flag.IntVar(&c.rounds, "rounds", 15, "how often each thing is done; the median is printed")
	flag.StringVar(&c.only, "only", "", "measure only these, with commas between: browser, profiles, refine, binary, editors, model")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, c); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type config struct {
	page, relook, model, only string
	rounds                    int
}

// A row is one line of the table.
type row struct {
	what, value, bar string
	ok               bool
}

func run(ctx context.Context, c config) error {
	parts := []struct {
		name    string
		measure func(context.Context, config) ([]row, error)
	}{{"browser", inBrowser}, {"profiles", profiles}, {"refine", refining}, {"binary", binary}, {"editors", editors}, {"model", withModel}}
	var rows []row
	for _, part := range parts {
		if c.only != "" && !slices.Contains(strings.Split(c.only, ","), part.name) {
			continue
		}
		more, err := part.measure(ctx, c)
		if err != nil {
			return err
		}
		rows = append(rows, more...)
	}
	fmt.Println("| what | measured | bar | met |")
	fmt.Println("|---|---|---|---|")
	for _, r := range rows {
		met := ""
		switch {
		case r.bar == "":
		case r.ok:
			met = "yes"
		default:
			met = "**no**"
		}
		fmt.Printf("| %s | %s | %s | %s |\n", r.what, r.value, r.bar, met)
	}
	return nil
}

// timed has f measured.
func timed(f func() error) func() (time.Duration, error) {
	return func() (time.Duration, error) {
		start := time.Now()
		err := f()
		return time.Since(start), err
	}
}

// medians does all things in turn, n rounds after two to warm up, so that what
// else the machine does meanwhile slows all of them alike, and gives the middle
// time of each. Each is done twice in a round and the second time counts, so that
// it bears what it leaves to be tidied up itself, not the next.
func medians(n int, things ...func() (time.Duration, error)) ([]time.Duration, error) {
	var twice []func() (time.Duration, error)
	for _, f := range things {
		twice = append(twice, func() (time.Duration, error) {
			if d, err := f(); err != nil {
				return d, err
			}
			return f()
		})
	}
	times, err := spread(n, twice...)
	if err != nil {
		return nil, err
	}
	var middle []time.Duration
	for _, list := range times {
		middle = append(middle, at(list, 0.5))
	}
	return middle, nil
}

func ms(d time.Duration) string { return fmt.Sprintf("%.0f ms", float64(d.Microseconds())/1000) }

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }
