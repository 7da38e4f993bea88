package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"time"

	"github.com/sourcegraph/conc"
	"github.com/spf13/cobra"

	"relook/agent/model"
	"relook/agent/reward"
	"relook/agent/reward/service"
	"relook/cmd/relook/internal/config"
	"relook/cmd/relook/internal/term"
	"relook/preview"
)

type rewardFlags struct {
	addr        string
	workers     int
	requestTime time.Duration
	length      reward.Length
	criticFlags
}

// maxWorkers bounds the browsers of one service; more run as more services.
const maxWorkers = 64

func (a *app) rewardCommand() *cobra.Command {
	var f rewardFlags
	c := &cobra.Command{
		Use:   "reward",
		Short: "Serve the reward of web pages to trainers, over HTTP",
		Long: `Reward scores web pages for whoever trains a model to write them, by the rules of
the ReLook paper: a page that does not render gets 0; any other gets the critic's
score times a length term, from 0 to 1. An error is never a score.

  POST /v1/score         one page
  POST /v1/score/batch   many, each with a score or an error, in their order
  POST /v1/accept        is a revision strictly better than the best so far?
  GET  /openapi.json     the description of all of it (OpenAPI 3.1)
  GET  /healthz          is it well
  GET  /metrics          counts for Prometheus

It keeps no state, so more of it can run next to each worker. It listens on this
machine only unless --addr says otherwise; whoever reaches it can have it render
pages. Without --critic the measured diagnosis is the score.

Exit code: 0 stopped by Ctrl-C, 2 could not run.`,
		Example: `  relook reward
  relook reward --workers 4 --critic Qwen/Qwen2.5-VL-72B-Instruct --critic-endpoint http://127.0.0.1:8000/v1`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.reward(c, f) },
	}
	a.looking(c)
	c.ValidArgsFunction = cobra.NoFileCompletions
	a.profiled(c, preview.ProfileFast)
	fl := c.Flags()
	fl.StringVar(&f.addr, "addr", "127.0.0.1:8377", "address and port to listen on; port 0 takes a free one")
	fl.IntVar(&f.workers, "workers", max(1, runtime.NumCPU()/2), fmt.Sprintf("browsers, 1 to %d: as many pages are rendered at a time", maxWorkers))
	fl.DurationVar(&f.requestTime, "request-time", 5*time.Minute, "time that a request may take")
	fl.IntVar(&f.length.Free, "free-tokens", 4096, "length of an answer up to which nothing is taken off")
	fl.IntVar(&f.length.Most, "most-tokens", 8192, "length from which the reward is 0")
	f.criticFlags.add(c)
	return c
}

func (a *app) reward(c *cobra.Command, f rewardFlags) (err error) {
	usage := func(err error) error { return fmt.Errorf("%w: see `relook reward --help`", err) }
	if f.workers < 1 || f.workers > maxWorkers {
		return usage(fmt.Errorf("workers %d is not from 1 to %d", f.workers, maxWorkers))
	}
	if f.requestTime < time.Second {
		return usage(fmt.Errorf("request time %s is below a second", f.requestTime))
	}
	if err := f.length.Check(); err != nil {
		return usage(err)
	}
	cfg, err := a.settings(c, a.cwd)
	if err != nil {
		return err
	}
	progress := term.NewProgress(a.err)
	defer progress.Close()
	critic, leave, err := a.parts.critic(c.Context(), cfg, f.criticFlags, a.log, progress)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, leave()) }()
	browsers, err := a.browsers(cfg, f.workers)
	if err != nil {
		return err
	}
	defer func() {
		for _, b := range browsers {
			err = errors.Join(err, b.Close())
		}
	}()
	pool := reward.NewPool(browsers...)
	metrics := service.NewMetrics(pool)
	scorer, err := reward.New(reward.Config{
		Renderer: pool, Critic: critic, Views: cfg.Views, Moments: cfg.Moments, Timeout: cfg.Timeout,
		AllowHosts: cfg.AllowHosts, Profile: cfg.Profile, Length: f.length, Retried: metrics.Retried, Log: a.log,
	})
	if err != nil {
		return usage(err)
	}
	handler := service.New(service.Config{Scorer: scorer, Pool: pool, Metrics: metrics, Version: version(), Time: f.requestTime, Log: a.log})
	progress.Hide()
	return a.serve(c.Context(), f, scorer.Critic(), handler)
}

func (a *app) browsers(cfg config.Config, n int) ([]renderer, error) {
	var list []renderer
	for range n {
		b, err := a.parts.renderer(cfg, a.log)
		if err != nil {
			for _, b := range list {
				err = errors.Join(err, b.Close())
			}
			return nil, err
		}
		list = append(list, b)
	}
	return list, nil
}

// serve answers until ctx ends, and then lets what is under way come to its end.
func (a *app) serve(ctx context.Context, f rewardFlags, critic string, handler http.Handler) error {
	l, err := net.Listen("tcp", f.addr)
	if err != nil {
		return fmt.Errorf("listening on %s: %w: name another address with --addr", f.addr, err)
	}
	address := "http://" + l.Addr().String()
	a.say("rewards at %s, with %d browsers, judged by %s; %s/openapi.json describes it", address, f.workers, term.Clean(critic), address)
	if !model.Loopback(address) {
		a.say("other machines can reach it: anybody there can have pages rendered here")
	}
	s := &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		WriteTimeout: f.requestTime + time.Minute, MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	var wg conc.WaitGroup
	defer wg.Wait()
	stop := context.AfterFunc(ctx, func() {
		wg.Go(func() {
			ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
			defer cancel()
			if err := s.Shutdown(ending); err != nil {
				a.log.Warn("requests were cut off", "because", err)
				_ = s.Close() // what is left is let go of
			}
		})
	})
	defer stop()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving rewards: %w", err)
	}
	return nil
}
