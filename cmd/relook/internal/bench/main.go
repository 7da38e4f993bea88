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
	"time"
)

func main() {
	var c config
	flag.StringVar(&c.page, "page", "examples/pricing.html", "the page that is measured")
	flag.StringVar(&c.relook, "relook", "bin/relook", "the built binary")
	flag.StringVar(&c.model, "model", "", "also measure a refinement with this model; empty for none")
	flag.IntVar(&c.rounds, "rounds", 15, "how often each thing is done; the median is printed")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, c); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type config struct {
	page, relook, model string
	rounds              int
}

// A row is one line of the table.
type row struct {
	what, value, bar string
	ok               bool
}

func run(ctx context.Context, c config) error {
	var rows []row
	for _, part := range []func(context.Context, config) ([]row, error){inBrowser, binary, withModel} {
		more, err := part(ctx, c)
		if err != nil {
			return err
		}
		rows = append(rows, more...)
	}
	fmt.Println("| what | measured | bar | met |")
	fmt.Println("|---|---|---|---|")
	for _, r := range rows {
		met := "yes"
		if !r.ok {
			met = "**no**"
		}
		fmt.Printf("| %s | %s | %s | %s |\n", r.what, r.value, r.bar, met)
	}
	return nil
}

// median runs f n times, after two runs to warm up, and returns the middle time.
func median(n int, f func() error) (time.Duration, error) {
	var times []time.Duration
	for i := range n + 2 {
		start := time.Now()
		if err := f(); err != nil {
			return 0, err
		}
		if i >= 2 {
			times = append(times, time.Since(start))
		}
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}

func ms(d time.Duration) string { return fmt.Sprintf("%.0f ms", float64(d.Microseconds())/1000) }

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }
