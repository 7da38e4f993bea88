package critic

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"relook/agent"
	"relook/agent/model"
)

// An Asker carries questions to a model; *ollama.Policy and *openai.Policy do.
type Asker interface {
	// Name is such as "ollama:qwen2.5vl:7b".
	Name() string
	Profile() model.Profile
	Ask(ctx context.Context, q model.Question, asked func(agent.Exchange)) (string, error)
}

// Config says which model is the critic, and how it is asked.
type Config struct {
	Asker Asker // required
	// Vision shows the model pictures; it must be known to see them. Without it
	// the model reads the measurements.
	Vision bool
	// Cache, if set, keeps answers.
	Cache *Cache
	Tries int // how often an answer of no use is asked for again, in all; default 3
	// MaxSide is the longest side of the pictures, in px; default 1024.
	MaxSide int
	Log     *slog.Logger // nil discards
}

// Model is a critic that asks a language model. It is made by New and safe for use
// by several goroutines.
type Model struct {
	cfg   Config
	watch watch
}

var _ agent.Critic = (*Model)(nil)

// New returns the critic that asks as cfg says. It is an error when the model's
// context is too short for a page.
func New(cfg Config) (*Model, error) {
	cfg.Tries = cmp.Or(max(cfg.Tries, 0), 3)
	cfg.MaxSide = cmp.Or(max(cfg.MaxSide, 0), 1024)
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	m := &Model{cfg: cfg}
	if m.room(2*maxShots) < leastWords {
		return nil, fmt.Errorf("the context of %s has %d tokens, too few for a critic: it needs %d",
			cfg.Asker.Name(), cfg.Asker.Profile().Context, m.least())
	}
	return m, nil
}

// Name is the model's, with "text:" before it if it sees no pictures.
func (m *Model) Name() string {
	if m.cfg.Vision {
		return m.cfg.Asker.Name()
	}
	return "text:" + m.cfg.Asker.Name()
}

// Exact is false: a model guesses.
func (m *Model) Exact() bool { return false }

const (
	// answerTokens is the longest answer.
	answerTokens = 1000
	maxAnswer    = 16 << 10 // bytes
	// imageTokens is what a picture of the usual size takes of the context.
	imageTokens = 1400
	// leastWords is the room in bytes that there must be for what is said of a
	// page.
	leastWords = 1500
	// bytesPerToken is a careful guess for HTML.
	bytesPerToken = 3
	maxShots      = 3
)

// room is how many bytes of words fit beside so many pictures.
func (m *Model) room(images int) int {
	tokens := m.cfg.Asker.Profile().Context - answerTokens - systemTokens
	if m.cfg.Vision {
		tokens -= images * imageTokens
	}
	return min(tokens*bytesPerToken, maxWords)
}

// least is the shortest context that will do.
func (m *Model) least() int {
	n := answerTokens + systemTokens + leastWords/bytesPerToken
	if m.cfg.Vision {
		n += 2 * maxShots * imageTokens
	}
	return n
}

// Judge implements agent.Critic.
func (m *Model) Judge(ctx context.Context, l agent.Look) (agent.Judgement, error) {
	p, err := m.present(l, m.room(maxShots), true)
	if err != nil {
		return agent.Judgement{}, err
	}
	q := model.Question{
		System: judgeSystem, User: p.words + judgeTask, Images: p.images, Format: judgeSchema(len(p.marks)),
		MaxTokens: answerTokens, MaxBytes: maxAnswer,
	}
	key := m.key(q)
	var kept judgement
	if m.cfg.Cache.get(key, &kept) && kept.check(len(p.marks)) == nil {
		return kept.told(m.Name(), l, p.marks, nil), nil
	}
	var said judgement
	asked, err := m.insist(ctx, q, func(reply string) error {
		var err error
		if said, err = parseJudgement(reply, len(p.marks)); err != nil {
			return err
		}
		return m.watch.see(key, said.scores())
	})
	if err != nil {
		return agent.Judgement{Exchanges: asked}, err
	}
	m.keep(key, said)
	return said.told(m.Name(), l, p.marks, asked), nil
}

// Compare implements agent.Critic.
func (m *Model) Compare(ctx context.Context, first, second agent.Look) (agent.Comparison, error) {
	room := m.room(2*maxShots) / 2
	a, err := m.present(first, room, false)
	if err != nil {
		return agent.Comparison{}, err
	}
	b, err := m.present(second, room, false)
	if err != nil {
		return agent.Comparison{}, err
	}
	q := model.Question{
		System: compareSystem, User: compareWords(first, a, b), Images: slices.Concat(a.images, b.images), Format: compareSchema,
		MaxTokens: answerTokens, MaxBytes: maxAnswer,
	}
	key := m.key(q)
	var kept comparison
	if m.cfg.Cache.get(key, &kept) && kept.check() == nil {
		return kept.told(nil), nil
	}
	var said comparison
	asked, err := m.insist(ctx, q, func(reply string) error {
		var err error
		said, err = parseComparison(reply)
		return err
	})
	if err != nil {
		return agent.Comparison{Exchanges: asked}, err
	}
	m.keep(key, said)
	return said.told(asked), nil
}

// insist asks until an answer can be used, each time with another seed.
func (m *Model) insist(ctx context.Context, q model.Question, take func(reply string) error) ([]agent.Exchange, error) {
	var asked []agent.Exchange
	var last error
	for try := range m.cfg.Tries {
		q.Seed = try + 1
		if try > 0 {
			q.Temperature = 0.5
		}
		reply, err := m.cfg.Asker.Ask(ctx, q, func(e agent.Exchange) { asked = append(asked, e) })
		switch {
		case err != nil && !model.Unusable(err):
			return asked, err // the machine's failure
		case err == nil:
			err = take(reply)
		}
		if err == nil {
			return asked, nil
		}
		last = err
		m.cfg.Log.Warn("the critic's answer can't be used", "critic", m.Name(), "try", try+1, "because", err)
		if n := len(asked); n > 0 && asked[n-1].Problem == "" {
			asked[n-1].Problem = err.Error()
		}
	}
	return asked, &agent.UnusableError{Reason: fmt.Sprintf("the critic %s gave no answer that could be used, of %d: %v", m.Name(), m.cfg.Tries, last)}
}

func (m *Model) keep(key string, what any) {
	if err := m.cfg.Cache.put(key, what); err != nil {
		m.cfg.Log.Warn("the critic's answer can't be kept", "because", err)
	}
}

// errNoShots is for a page that a critic can't be shown.
var errNoShots = errors.New("there are no pictures of the page to show to the critic")
