package critic

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"relook/agent"
)

// A judgement is an answer as a model writes it.
type judgement struct {
	Remarks     []remark `json:"remarks"`
	Request     *float64 `json:"request"`
	Layout      *float64 `json:"layout"`
	Style       *float64 `json:"style"`
	Interaction *float64 `json:"interaction"`
}

type remark struct {
	Mark    int    `json:"mark"`
	Problem string `json:"problem"`
	Change  string `json:"change"`
}

// A comparison is an answer as a model writes it.
type comparison struct {
	Why    string       `json:"why"`
	Better agent.Choice `json:"better"`
}

const (
	maxRemarks = 5
	// maxRemark is the longest problem or change, in characters.
	maxRemark = 160
)

var errProse = errors.New("it is not the JSON that was asked for")

// decode reads the one JSON object of a reply, which may stand in a fence: not
// every server binds its model to the schema.
func decode(reply string, into any) error {
	text := strings.TrimSpace(reply)
	if rest, ok := strings.CutPrefix(text, "```"); ok {
		rest = strings.TrimPrefix(rest, "json")
		if text, ok = strings.CutSuffix(rest, "```"); !ok {
			return errProse
		}
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil || d.More() {
		return errProse
	}
	return nil
}

func parseJudgement(reply string, marks int) (judgement, error) {
	var j judgement
	if err := decode(reply, &j); err != nil {
		return j, err
	}
	return j, j.check(marks)
}

func (j judgement) scores() [4]float64 {
	return [4]float64{*j.Request, *j.Layout, *j.Style, *j.Interaction}
}

// check says why an answer can't be used.
func (j judgement) check(marks int) error {
	for i, n := range []*float64{j.Request, j.Layout, j.Style, j.Interaction} {
		name := agent.Dimensions()[i]
		if n == nil {
			return fmt.Errorf("it has no score for %s", name)
		}
		if *n < 0 || *n > 100 {
			return fmt.Errorf("its score for %s is %g, not from 0 to 100", name, *n)
		}
	}
	if len(j.Remarks) > maxRemarks {
		return fmt.Errorf("it has %d remarks, more than %d", len(j.Remarks), maxRemarks)
	}
	for _, r := range j.Remarks {
		if r.Mark < 0 || r.Mark > marks {
			return fmt.Errorf("it speaks of mark %d, and there are %d", r.Mark, marks)
		}
	}
	return nil
}

// told is the answer for others.
func (j judgement) told(name string, l agent.Look, marks []mark, asked []agent.Exchange) agent.Judgement {
	out := agent.Judgement{
		Critic: name, View: l.View, Dimensions: map[string]float64{}, Remarks: []agent.Remark{}, Exchanges: asked,
	}
	for i, n := range j.scores() {
		out.Dimensions[agent.Dimensions()[i]] = n
		out.Score += n / 4
	}
	for _, r := range j.Remarks {
		told := agent.Remark{Mark: r.Mark, Problem: plain(r.Problem), Change: plain(r.Change)}
		if told.Problem == "" {
			continue
		}
		if r.Mark > 0 {
			told.Element, told.Box = marks[r.Mark-1].label, marks[r.Mark-1].box
		}
		out.Remarks = append(out.Remarks, told)
	}
	return out
}

func parseComparison(reply string) (comparison, error) {
	var c comparison
	if err := decode(reply, &c); err != nil {
		return c, err
	}
	return c, c.check()
}

func (c comparison) check() error {
	if !slices.Contains([]agent.Choice{agent.First, agent.Second, agent.Neither}, c.Better) {
		return fmt.Errorf("it chooses %q, not first, second or neither", short(c.Better, 20))
	}
	return nil
}

func (c comparison) told(asked []agent.Exchange) agent.Comparison {
	return agent.Comparison{Choice: c.Better, Why: plain(c.Why), Exchanges: asked}
}

// plain is a model's text as one line of at most maxRemark characters, without
// what a terminal would obey.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\ufffd' {
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if list := []rune(s); len(list) > maxRemark {
		s = string(list[:maxRemark]) + "..."
	}
	return s
}

func short[T ~string](s T, n int) string {
	if len(s) <= n {
		return string(s)
	}
	return strings.ToValidUTF8(string(s[:n]), "") + "..."
}

// sameAnswers is the number of different pages after which the very same scores
// once more are taken for those of a critic that does not look.
const sameAnswers = 8

// A watch notices a critic that says the same of every page, such as 100.
type watch struct {
	mu   sync.Mutex
	last []seen // different pages, the oldest first
}

type seen struct {
	key    string
	scores [4]float64
}

// see returns an error when the scores are those of all the pages before.
func (w *watch) see(key string, scores [4]float64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	others := slices.DeleteFunc(slices.Clone(w.last), func(s seen) bool { return s.key == key })
	if len(others) >= sameAnswers && !slices.ContainsFunc(others, func(s seen) bool { return s.scores != scores }) {
		return fmt.Errorf("it scores every page the same (%g, %g, %g and %g for %d different ones): it does not look",
			scores[0], scores[1], scores[2], scores[3], len(others)+1)
	}
	w.last = append(others, seen{key, scores})
	if n := len(w.last) - sameAnswers; n > 0 {
		w.last = w.last[n:]
	}
	return nil
}
