package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/sourcegraph/conc/pool"

	"relook/agent/reward"
)

// Config says what is served, and its limits.
type Config struct {
	Scorer *reward.Scorer // required
	Pool   *reward.Pool   // of the scorer's browsers; required
	// Version is relook's.
	Version string
	Metrics *Metrics // required; see NewMetrics
	// Body is the largest request in bytes; default 16 MB.
	Body int64
	// Time is how long a request may take; default 5 minutes.
	Time time.Duration
	// Waiting is how many samples may wait or be scored at a time; more are turned
	// away with 503. Default 256.
	Waiting int
	Log     *slog.Logger // nil discards
}

// MaxBatch is the most samples of one request.
const MaxBatch = 256

type server struct {
	Config
	pending atomic.Int64
}

// New returns the handler of the service.
func New(cfg Config) http.Handler {
	cfg.Body = cmp.Or(max(cfg.Body, 0), 16<<20)
	cfg.Time = cmp.Or(max(cfg.Time, 0), 5*time.Minute)
	cfg.Waiting = cmp.Or(max(cfg.Waiting, 0), 256)
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := &server{Config: cfg}
	mux := http.NewServeMux()
	about := huma.DefaultConfig("relook reward", cmp.Or(cfg.Version, "dev"))
	about.Info.Description = "Scores web pages as the ReLook paper does: each is rendered in a browser; one that does not render gets 0, any other the critic's score times a length term. An error is a machine's failure and never a score."
	about.DocsPath, about.SchemasPath, about.CreateHooks = "", "", nil // no page that loads from elsewhere
	about.RejectUnknownQueryParameters = true
	api := humago.New(mux, about)
	s.register(api)
	mux.Handle("GET /metrics", cfg.Metrics.handler())
	return http.NewCrossOriginProtection().Handler(cfg.Metrics.count(mux))
}

// operation is what all that score have in common.
func (s *server) operation(id, path, summary string, codes ...int) huma.Operation {
	return huma.Operation{
		OperationID: id, Method: http.MethodPost, Path: path, Summary: summary, MaxBodyBytes: s.Body, BodyReadTimeout: 30 * time.Second,
		Errors: append([]int{http.StatusBadRequest, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusServiceUnavailable, http.StatusGatewayTimeout}, codes...),
	}
}

func (s *server) register(api huma.API) {
	huma.Register(api, s.operation("score", "/v1/score", "Score one page", http.StatusBadGateway), s.score)
	huma.Register(api, s.operation("scoreBatch", "/v1/score/batch", "Score many pages; each result is a score or an error, in their order"), s.batch)
	huma.Register(api, s.operation("accept", "/v1/accept", "Say whether a revision is strictly better than the best so far", http.StatusBadGateway), s.accept)
	huma.Register(api, huma.Operation{OperationID: "health", Method: http.MethodGet, Path: "/healthz", Summary: "Whether it is well", Errors: []int{}},
		func(context.Context, *struct{}) (*healthOutput, error) {
			return &healthOutput{Body: Health{
				Status: "ok", Version: s.Version, Critic: s.Scorer.Critic(), Browsers: s.Pool.Size(), Idle: s.Pool.Free(), Pending: int(s.pending.Load()),
			}}, nil
		})
}

// enter takes the places of n samples, or says that there are none.
func (s *server) enter(n int) (leave func(), err error) {
	if s.pending.Add(int64(n)) > int64(s.Waiting) {
		s.pending.Add(int64(-n))
		return nil, huma.ErrorWithHeaders(
			huma.Error503ServiceUnavailable(fmt.Sprintf("%d samples are being scored or wait, as many as may: ask again later", s.Waiting)),
			http.Header{"Retry-After": {"5"}})
	}
	return func() { s.pending.Add(int64(-n)) }, nil
}

func (s *server) score(ctx context.Context, in *scoreInput) (*scoreOutput, error) {
	sample, err := in.Body.sample()
	if err != nil {
		return nil, err
	}
	leave, err := s.enter(1)
	if err != nil {
		return nil, err
	}
	defer leave()
	ctx, cancel := context.WithTimeout(ctx, s.Time)
	defer cancel()
	result, _, err := s.one(ctx, sample)
	if err != nil {
		return nil, s.failure(ctx, err)
	}
	return &scoreOutput{Body: result}, nil
}

// one scores a sample and counts it.
func (s *server) one(ctx context.Context, sample reward.Sample) (Score, reward.Reward, error) {
	start := time.Now()
	r, err := s.Scorer.Score(ctx, sample)
	took := time.Since(start)
	s.Metrics.scored(r, err, took)
	return scoreOf(r, took), r, err
}

// failure is the answer for a machine that failed.
func (s *server) failure(ctx context.Context, err error) error {
	s.Log.Error("a sample has no score", "because", err)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return huma.Error504GatewayTimeout(fmt.Sprintf("there is no score after %s: send fewer samples at a time, or give it more time with --request-time", s.Time))
	}
	return huma.Error502BadGateway("there is no score, as the machine failed: " + err.Error())
}

func (s *server) batch(ctx context.Context, in *batchInput) (*batchOutput, error) {
	samples := make([]reward.Sample, len(in.Body.Items))
	for i, item := range in.Body.Items {
		var err error
		if samples[i], err = item.sample(); err != nil {
			return nil, huma.Error400BadRequest(fmt.Sprintf("items[%d]: %v", i, err))
		}
	}
	leave, err := s.enter(len(samples))
	if err != nil {
		return nil, err
	}
	defer leave()
	ctx, cancel := context.WithTimeout(ctx, s.Time)
	defer cancel()
	out := &batchOutput{Body: Scores{Results: make([]Outcome, len(samples))}}
	// As many at a time as can be rendered, and as many again that the critic reads.
	work := pool.New().WithMaxGoroutines(2 * s.Pool.Size())
	for i, sample := range samples {
		work.Go(func() {
			score, _, err := s.one(ctx, sample)
			if err != nil {
				out.Body.Results[i].Error = s.failure(ctx, err).Error()
				return
			}
			out.Body.Results[i].Score = &score
		})
	}
	work.Wait()
	return out, nil
}

func (s *server) accept(ctx context.Context, in *acceptInput) (*acceptOutput, error) {
	best, err := in.Body.Best.sample()
	if err != nil {
		return nil, huma.Error400BadRequest("best: " + err.Error())
	}
	next, err := in.Body.Next.sample()
	if err != nil {
		return nil, huma.Error400BadRequest("next: " + err.Error())
	}
	leave, err := s.enter(2)
	if err != nil {
		return nil, err
	}
	defer leave()
	ctx, cancel := context.WithTimeout(ctx, s.Time)
	defer cancel()
	out := &acceptOutput{}
	bestScore, bestReward, err := s.one(ctx, best)
	if err != nil {
		return nil, s.failure(ctx, err)
	}
	nextScore, nextReward, err := s.one(ctx, next)
	if err != nil {
		return nil, s.failure(ctx, err)
	}
	out.Body.Best, out.Body.Next = bestScore, nextScore
	out.Body.Accepted, out.Body.Reason, err = s.Scorer.Accept(ctx, best, next, bestReward, nextReward)
	if err != nil {
		return nil, s.failure(ctx, err)
	}
	return out, nil
}
