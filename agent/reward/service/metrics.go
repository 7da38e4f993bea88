package service

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"relook/agent/reward"
)

// Metrics are the counts of one service.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	samples  *prometheus.CounterVec
	values   prometheus.Histogram
	seconds  prometheus.Histogram
	retries  prometheus.Counter
}

// NewMetrics returns counts that begin at 0, with the pool's state.
func NewMetrics(p *reward.Pool) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "relook_reward_requests_total", Help: "Requests by path and status."}, []string{"path", "code"}),
		samples:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "relook_reward_samples_total", Help: "Samples by outcome: valid, invalid (reward 0), failed (no score)."}, []string{"outcome"}),
		values:   prometheus.NewHistogram(prometheus.HistogramOpts{Name: "relook_reward_value", Help: "Rewards of samples that were scored.", Buckets: prometheus.LinearBuckets(0, 0.1, 11)}),
		seconds:  prometheus.NewHistogram(prometheus.HistogramOpts{Name: "relook_reward_seconds", Help: "Wall time of a sample.", Buckets: prometheus.ExponentialBuckets(0.1, 2, 12)}),
		retries:  prometheus.NewCounter(prometheus.CounterOpts{Name: "relook_reward_retries_total", Help: "Failures of the machine that were tried again."}),
	}
	for _, outcome := range []string{"valid", "invalid", "failed"} {
		m.samples.WithLabelValues(outcome) // so that they are there from the start
	}
	size := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "relook_reward_browsers", Help: "Browsers of the pool."}, func() float64 { return float64(p.Size()) })
	free := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "relook_reward_browsers_idle", Help: "Browsers without work."}, func() float64 { return float64(p.Free()) })
	m.registry.MustRegister(m.requests, m.samples, m.values, m.seconds, m.retries, size, free)
	return m
}

// Retried counts a failure that is tried again; it is for reward.Config.
func (m *Metrics) Retried() { m.retries.Inc() }

func (m *Metrics) scored(r reward.Reward, err error, took time.Duration) {
	outcome := "valid"
	switch {
	case err != nil:
		outcome = "failed"
	case !r.Valid:
		outcome = "invalid"
	}
	m.samples.WithLabelValues(outcome).Inc()
	m.seconds.Observe(took.Seconds())
	if err == nil {
		m.values.Observe(r.Value)
	}
}

func (m *Metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

// count counts the requests of mux by the pattern that served them.
func (m *Metrics) count(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, pattern := mux.Handler(r)
		if pattern == "" {
			pattern = "none"
		}
		s := &status{ResponseWriter: w, code: http.StatusOK}
		mux.ServeHTTP(s, r)
		m.requests.WithLabelValues(pattern, strconv.Itoa(s.code)).Inc()
	})
}

// status notes the status of an answer.
type status struct {
	http.ResponseWriter
	code int
}

func (s *status) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}

// Unwrap lets http.ResponseController reach the connection.
func (s *status) Unwrap() http.ResponseWriter { return s.ResponseWriter }
