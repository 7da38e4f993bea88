package model

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"relook/agent"
	"relook/agent/edit"
	"relook/preview"
)

const rewriteSystem = "You edit the source of a web page so that it does what is asked and looks right at every width. " +
	"Change as little as possible, keep all content, and hide nothing."

const blocksForm = `Answer only with blocks of this form, with lines of the file exactly as they are:
<<<<<<< SEARCH
lines as they are
=======
lines as they shall be
>>>>>>> REPLACE`

const fileForm = "Answer with the whole file, complete, between ``` fences. Leave nothing out."

// rewrite asks for blocks or for the whole file, at most samples times.
func (s *session) rewrite(ctx context.Context, samples int) error {
	files, err := s.files()
	if err != nil {
		return err
	}
	q := s.rewriteQuestion(files)
	if room := s.policy.profile.Context - tokens(q.System+q.User); room < q.MaxTokens {
		s.drop(fmt.Sprintf("the page is too long for %s to rewrite with a context of %d tokens", s.policy.cfg.Model, s.policy.profile.Context))
		return nil
	}
	for i := 0; i < samples && !s.stopped; i++ {
		q.Seed = 100*len(s.task.Rejected) + i + 1
		if i+len(s.task.Rejected) > 0 {
			q.Temperature = s.policy.profile.Temperature
		}
		text, err := s.ask(ctx, q)
		if err != nil && !Unusable(err) {
			return err
		}
		if err == nil {
			err = s.proposeRewrite(files, text)
		}
		if err != nil {
			s.drop("the reply can't be used: " + short(clean(err.Error()), 160))
		}
	}
	return nil
}

// files names the files that may be rewritten: the page, and for blocks the
// style sheets that have a part in its defects.
func (s *session) files() ([]string, error) {
	names := []string{s.task.Page.Entry}
	if s.policy.profile.Rewrite == FormatBlocks {
		for _, r := range s.digest.rules {
			if !slices.Contains(names, r.Body.File) {
				names = append(names, r.Body.File)
			}
		}
	}
	for _, name := range names {
		if _, err := s.source(name); err != nil {
			return nil, err
		}
	}
	return names, nil
}

func (s *session) rewriteQuestion(files []string) Question {
	var b strings.Builder
	size := 0
	for _, name := range files {
		text := s.sources[name].String()
		size += len(text)
		kind := strings.TrimPrefix(path.Ext(name), ".")
		fmt.Fprintf(&b, "%s:\n```%s\n%s\n```\n\n", clean(name), kind, cleanMarks(text))
	}
	if len(s.digest.defects) > 0 {
		b.WriteString("Measured defects:\n")
		for i, f := range s.digest.defects {
			fmt.Fprintf(&b, "%d. %s\n", i+1, clean(short(f.Message, maxMessage)))
		}
	}
	b.WriteString(adviceText(s.task.Advice))
	b.WriteString(rejectedText(s.task.Rejected))
	if s.task.Instruction != "" {
		fmt.Fprintf(&b, "\nWhat is asked for: %s\n", cleanMarks(short(s.task.Instruction, maxInstruction)))
	}
	q := Question{System: rewriteSystem, MaxBytes: edit.MaxReplyBytes}
	if s.policy.profile.Rewrite == FormatFile {
		b.WriteString("\n" + fileForm)
		q.MaxTokens = size*5/12 + 64
		q.MaxBytes = min(4*size+4096, edit.MaxReplyBytes)
	} else {
		b.WriteString("\n" + blocksForm)
		q.MaxTokens = 1024
	}
	q.User = b.String()
	return q
}

// tokens is a careful guess at how many tokens a text takes: source text takes
// one for three to four bytes.
func tokens(text string) int { return len(text)/3 + 16 }

// proposeRewrite turns a reply into one candidate.
func (s *session) proposeRewrite(files []string, reply string) error {
	after := map[string]string{}
	var err error
	if s.policy.profile.Rewrite == FormatFile {
		name := files[0]
		after[name], err = edit.WholeFile(reply, s.sources[name].String())
	} else {
		err = s.applyBlocks(files, reply, after)
	}
	if err != nil {
		return err
	}
	var edits []preview.Edit
	for _, name := range files {
		if text, ok := after[name]; ok {
			edits = append(edits, edit.Minimal(name, s.sources[name].String(), text)...)
		}
	}
	why := "rewrite of the page"
	if s.task.Instruction != "" {
		why = "what was asked for"
	}
	s.offer(agent.Candidate{Edits: edits, Why: why})
	return nil
}

// applyBlocks applies each block to the one file that it fits.
func (s *session) applyBlocks(files []string, reply string, after map[string]string) error {
	blocks, err := edit.ParseBlocks(reply)
	if err != nil {
		return err
	}
	for _, b := range blocks {
		var fits []string
		var first error
		text := ""
		for _, name := range files {
			before, ok := after[name]
			if !ok {
				before = s.sources[name].String()
			}
			changed, err := edit.ApplyBlocks(before, []edit.Block{b})
			if err == nil {
				fits, text = append(fits, name), changed
			} else if first == nil && !errors.Is(err, edit.ErrNoChange) {
				first = err
			}
		}
		switch {
		case len(fits) > 1:
			return fmt.Errorf("a block fits both %s and %s", fits[0], fits[1])
		case len(fits) == 1:
			after[fits[0]] = text
		case first != nil:
			return first
		}
	}
	if len(after) == 0 {
		return edit.ErrNoChange
	}
	return nil
}
