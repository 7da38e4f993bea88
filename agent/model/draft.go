package model

import (
	"context"
	"fmt"
	"strings"

	"relook/agent"
	"relook/agent/edit"
)

const draftSystem = "You write web pages. Answer with one complete HTML file between ``` fences and nothing else. " +
	"Put all CSS into one <style> element. Load nothing from other hosts: no fonts, no pictures, no scripts. " +
	"The page has a doctype, a lang, a title and a viewport meta element, and looks right at every width from 320 px on: " +
	"prefer max-width, flex-wrap, grid with minmax and auto heights. Write real text, never a placeholder."

// Draft writes a page as t asks. A reply that is no page comes as an
// *agent.UnusableError.
func (p *Policy) Draft(ctx context.Context, t agent.DraftTask) (string, error) {
	leave, err := p.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	q := p.draftQuestion(t)
	if room := p.profile.Context - tokens(q.System+q.User); room < q.MaxTokens {
		q.MaxTokens = room
	}
	if q.MaxTokens < 256 {
		return "", &agent.UnusableError{Reason: fmt.Sprintf("there is no room for a page in a context of %d tokens", p.profile.Context)}
	}
	text, err := p.ask(ctx, q, t.Asked)
	if err != nil && !Unusable(err) {
		return "", err
	}
	if err != nil {
		return "", &agent.UnusableError{Reason: "the reply can't be used: " + err.Error()}
	}
	page, err := pageOf(text)
	if err != nil {
		return "", &agent.UnusableError{Reason: "the reply can't be used: " + short(clean(err.Error()), 160)}
	}
	return page, nil
}

func (p *Policy) draftQuestion(t agent.DraftTask) Question {
	q := Question{
		System: draftSystem, MaxTokens: p.profile.DraftTokens, MaxBytes: edit.MaxReplyBytes,
		Seed: t.Number + 1, Temperature: p.profile.Temperature, Write: t.Write,
	}
	var b strings.Builder
	if t.Previous != "" {
		fmt.Fprintf(&b, "This page does not render: %s\n```html\n%s\n```\n\n", clean(short(t.Problem, 400)), cleanMarks(t.Previous))
		b.WriteString("Write it again, complete and without that fault. ")
	} else if t.Number == 0 {
		q.Temperature = 0 // the likeliest page first
	}
	fmt.Fprintf(&b, "What is asked for: %s", cleanMarks(short(t.Instruction, maxInstruction)))
	q.User = b.String()
	return q
}

// maxInstruction is the most of an instruction, in bytes, that the model is told.
const maxInstruction = 4000

// Outlines of what a reply must hold: a document with its end, else one whose
// end tag is left out, which HTML allows.
var outlines = []string{"<!doctype html><html></html>\n", "<!doctype html>\n"}

// pageOf takes the page out of a reply.
func pageOf(reply string) (page string, err error) {
	for _, outline := range outlines {
		if page, err = edit.WholeFile(reply, outline); err == nil {
			return page, nil
		}
	}
	return "", err
}
