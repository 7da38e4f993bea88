package model

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"relook/agent"
	"relook/agent/edit"
	"relook/preview"
)

// A session is one call of Propose.
type session struct {
	policy  *Policy
	task    agent.Task
	yield   func(agent.Candidate) bool
	digest  digest
	sources map[string]preview.Text // files read so far
	seen    map[string]bool         // keys of edits that were proposed before
	asked   int                     // exchanges so far
	stopped bool                    // yield wants no more
}

// ask puts a question and tells the exchange.
func (s *session) ask(ctx context.Context, q Question) (string, error) {
	return s.policy.ask(ctx, q, func(e agent.Exchange) {
		s.asked++
		if s.task.Asked != nil {
			s.task.Asked(e)
		}
	})
}

// repair asks in numbers.
func (s *session) repair(ctx context.Context) error {
	if len(s.digest.defects) == 0 {
		return nil // nothing that CSS can repair
	}
	profile := s.policy.profile
	patches := profile.Samples
	if profile.AlsoRewrite && profile.Only == "" && patches > 1 {
		patches--
	}
	for i := 0; i < patches && !s.stopped; i++ {
		if s.needless(i) {
			continue
		}
		if err := s.sample(ctx, i); err != nil {
			return err
		}
	}
	if patches < profile.Samples && !s.stopped {
		return s.rewrite(ctx, 1)
	}
	return nil
}

// needless reports whether question number i is about a defect that is repaired
// by now.
func (s *session) needless(i int) bool {
	if i == 0 || s.task.Settled == nil {
		return false
	}
	return s.task.Settled(s.digest.defects[(i-1)%len(s.digest.defects)].Key())
}

// sample asks question number i: about all defects, then about each in turn.
func (s *session) sample(ctx context.Context, i int) error {
	n := len(s.digest.defects)
	q := s.question(i)
	if i == 0 {
		q.Format, q.MaxTokens = s.digest.schemaFor(), 48*n+32
		// Some models put each item into a line of its own; no item holds a bracket.
		q.Stop = []string{"]"}
		q.User += "\nWrite one edit for each defect, in order, as a JSON list on one line: " +
			`["defect rule property: value", ...]`
	} else {
		at := (i - 1) % n
		f := s.digest.defects[at]
		q.Format, q.MaxTokens = patternFor(f), 48*len(f.slots)
		q.User += fmt.Sprintf("\nWrite %d different edits, each of which alone repairs defect %d, as rule number, property: value. "+
			`For example "9 padding: 8px; 7 gap: 0; "`, len(f.slots), at+1)
	}
	text, err := s.ask(ctx, q)
	if err != nil && !Unusable(err) {
		return err
	}
	answers := s.parse(text, i)
	switch {
	case err != nil && len(answers) == 0:
		s.drop("the reply can't be used: " + err.Error())
	case len(answers) == 0:
		s.drop("the reply holds no edit: " + short(clean(text), 80))
	default:
		s.propose(answers, i == 0)
	}
	return nil
}

func (s *session) question(i int) Question {
	q := Question{
		System:      system,
		User:        s.digest.text() + adviceText(s.task.Advice) + rejectedText(s.task.Rejected),
		Stop:        []string{"\n"},
		Seed:        100*len(s.task.Rejected) + i + 1,
		Temperature: s.policy.profile.Temperature,
		MaxBytes:    16 << 10,
	}
	if i <= len(s.digest.defects) && len(s.task.Rejected) == 0 {
		q.Temperature = 0 // the likeliest answer first
	}
	return q
}

// An answer is one edit as the model put it.
type answer struct {
	D int    // number of the defect
	R int    // number of the rule
	P string // property
	V string // value
}

// parse reads the reply to question number i.
func (s *session) parse(text string, i int) []answer {
	if i == 0 {
		return parseList(text)
	}
	return parseLine(text, (i-1)%len(s.digest.defects)+1)
}

// propose yields each answer as a candidate, and with together also all of
// them at once.
func (s *session) propose(answers []answer, together bool) {
	var all agent.Candidate
	bad := ""
	for _, a := range answers {
		c, err := s.candidate(a)
		if errors.Is(err, edit.ErrNoChange) {
			continue
		}
		if err != nil {
			bad = err.Error()
			continue
		}
		s.offer(c)
		s.offer(s.scoped(a, c))
		if !slices.Contains(all.Edits, c.Edits[0]) && s.fits(all.Edits, c.Edits) {
			all.Edits = append(all.Edits, c.Edits...)
			all.Targets = append(all.Targets, c.Targets...)
		}
	}
	if bad != "" {
		s.drop("an edit of the reply can't be used: " + short(clean(bad), 120))
	}
	if together && len(all.Edits) > 1 {
		slices.Sort(all.Targets)
		all.Targets = slices.Compact(all.Targets)
		all.Why = fmt.Sprintf("%d edits of one reply together", len(all.Edits))
		s.offer(all)
	}
}

// candidate turns an answer into an edit of the source.
func (s *session) candidate(a answer) (agent.Candidate, error) {
	if a.D < 1 || a.D > len(s.digest.defects) {
		return agent.Candidate{}, fmt.Errorf("there is no defect %d", a.D)
	}
	f := s.digest.defects[a.D-1]
	if !slices.Contains(f.rules, a.R) {
		return agent.Candidate{}, fmt.Errorf("rule %d has no part in defect %d", a.R, a.D)
	}
	rule := s.digest.rules[a.R-1]
	src, err := s.source(rule.Body.File)
	if err != nil {
		return agent.Candidate{}, err
	}
	e, err := edit.SetDeclaration(src, rule, a.P, a.V, false)
	if err != nil {
		return agent.Candidate{}, err
	}
	return agent.Candidate{
		Edits:   []preview.Edit{e},
		Targets: []string{f.Key()},
		Why:     fmt.Sprintf("set `%s: %s` in `%s`", a.P, a.V, short(ruleName(rule), 60)),
	}, nil
}

func ruleName(r preview.StyleRule) string {
	if r.Selector == "" {
		return "style"
	}
	return r.Selector
}

// offer yields a candidate that was not proposed before.
func (s *session) offer(c agent.Candidate) {
	if s.stopped || len(c.Edits) == 0 {
		return
	}
	key := agent.Fingerprint(c.Edits)
	if s.seen[key] {
		return
	}
	s.seen[key] = true
	c.Reply = s.asked
	s.stopped = !s.yield(c)
}

// fits reports whether the edits can be made together.
func (s *session) fits(have, more []preview.Edit) bool {
	_, err := edit.ApplyAll(s.source, slices.Concat(have, more))
	return err == nil
}

func (s *session) source(name string) (preview.Text, error) {
	if src, ok := s.sources[name]; ok {
		return src, nil
	}
	src, err := s.task.Page.Read(name)
	if err == nil {
		s.sources[name] = src
	}
	return src, err
}

func (s *session) drop(reason string) {
	s.policy.cfg.Log.Debug("dropped", "model", s.policy.cfg.Model, "reason", reason)
	if s.task.Drop != nil {
		s.task.Drop(reason)
	}
}

const maxAnswers = 64 // in one reply

// parseList reads a JSON list such as ["1 3 max-width: 100%"]. Of a list that is
// cut off or broken it keeps the edits before the break.
func parseList(text string) []answer {
	start := strings.IndexByte(text, '[')
	if start < 0 {
		return nil
	}
	dec := json.NewDecoder(strings.NewReader(text[start:]))
	if _, err := dec.Token(); err != nil {
		return nil
	}
	var answers []answer
	for dec.More() && len(answers) < maxAnswers {
		var item string
		if err := dec.Decode(&item); err != nil {
			break
		}
		number, edit, _ := strings.Cut(item, " ")
		defect, err := strconv.Atoi(number)
		if a, ok := parseEdit(edit, defect); ok && err == nil {
			answers = append(answers, a)
		}
	}
	return answers
}

// parseLine reads "3 max-width: 100%; 3 flex-wrap: wrap; ", as a JSON string or
// bare. Only edits that end in a semicolon are whole.
func parseLine(text string, defect int) []answer {
	text = strings.TrimSpace(text)
	var line string
	if json.Unmarshal([]byte(text), &line) != nil {
		line = strings.TrimPrefix(text, `"`)
	}
	parts := strings.Split(line, ";")
	var answers []answer
	for _, part := range parts[:min(len(parts)-1, maxAnswers)] {
		if a, ok := parseEdit(strings.TrimSpace(part), defect); ok {
			answers = append(answers, a)
		}
	}
	return answers
}

// parseEdit reads "3 max-width: 100%".
func parseEdit(text string, defect int) (answer, bool) {
	number, decl, _ := strings.Cut(text, " ")
	property, value, ok := strings.Cut(decl, ":")
	rule, err := strconv.Atoi(number)
	return answer{D: defect, R: rule, P: property, V: strings.TrimSpace(value)}, ok && err == nil
}
