package interactscience

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"relook/cmd/relook/internal/suite"
	"relook/preview"
)

// judgeSystem is the original's rubric; the picture of reference is left out of
// it, since there is none.
const judgeSystem = `You are an expert judge for evaluating scientific visualization demos.

You are given a generated screenshot of a candidate implementation as it opens, and a checklist of verification items describing what scientific properties must be visible and correct in the output image.

For each checklist item, assign a score from 1 to 5:
5 (Perfect / Fully Correct): no scientific or visual errors observed.
4 (Minor Deviation): small differences that do not change the core scientific correctness.
3 (Partial Correctness): some parts are correct; noticeable deviation that may reduce scientific clarity.
2 (Mostly Incorrect): the item is largely wrong, but a small aspect is still correct.
1 (Completely Incorrect / Missing): the expected property is entirely absent or completely wrong.

Answer with strict JSON: {"checklist_results": [{"expectation": "text of the item", "score": 4, "reason": "one sentence"}]}`

// judge puts the checklist to every judge there is.
func (s *Suite) judge(ctx context.Context, item suite.Item, at suite.Step, out *suite.Score) error {
	list := item.Own.(own).checklist
	if len(s.kit.Judges) == 0 || s.kit.Renderer == nil {
		return nil
	}
	if len(list) == 0 {
		out.Missing["vqt"] = "the task has no checklist"
		return nil
	}
	picture, err := s.picture(ctx, item, at)
	if err != nil {
		return err
	}
	if picture == nil {
		out.Missing["vqt"] = "the page does not render"
		return nil
	}
	var prompt strings.Builder
	prompt.WriteString("Checklist: \n")
	for n, line := range list {
		fmt.Fprintf(&prompt, "%d. %s\n", n+1, line)
	}
	sum, n := 0.0, 0
	q := suite.Question{System: judgeSystem, Prompt: prompt.String(), Images: [][]byte{picture}}
	for _, judge := range s.kit.Judges {
		j, err := judge.Ask(ctx, q, func(reply string) (float64, []float64, error) { return points(reply, len(list)) })
		if err != nil {
			return fmt.Errorf("asking %s: %w", judge.Name(), err)
		}
		out.Judgements = append(out.Judgements, j)
		if j.Problem == "" {
			sum, n = sum+j.Score, n+1
		}
	}
	if n == 0 {
		out.Missing["vqt"] = "no judge gave a score"
		return nil
	}
	delete(out.Missing, "vqt")
	out.Values["vqt"] = sum / float64(n)
	return nil
}

func (s *Suite) picture(ctx context.Context, item suite.Item, at suite.Step) ([]byte, error) {
	r, err := s.kit.Renderer.Render(ctx, item.Page(at.Files), preview.RenderOptions{NoCauses: true, Views: []preview.View{{Width: 1280, Height: 720}}})
	var input *preview.InputError
	if errors.As(err, &input) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("rendering for the judges: %w", err)
	}
	if !r.Diagnosis.Valid || len(r.Shots) == 0 {
		return nil, nil
	}
	return r.Shots[0].PNG, nil
}

// points reads a judge's reply: a score for each line of the checklist, their
// mean.
func points(reply string, lines int) (float64, []float64, error) {
	text := strings.TrimSpace(reply)
	text = strings.TrimSuffix(strings.TrimPrefix(text, "```json\n"), "\n```")
	var answer struct {
		Results []struct {
			Score *float64 `json:"score"`
		} `json:"checklist_results"`
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		return 0, nil, fmt.Errorf("it is not the JSON that was asked for: %w", err)
	}
	if len(answer.Results) != lines {
		return 0, nil, fmt.Errorf("it scores %d lines instead of %d", len(answer.Results), lines)
	}
	var parts []float64
	sum := 0.0
	for n, r := range answer.Results {
		if r.Score == nil || *r.Score < 1 || *r.Score > 5 {
			return 0, nil, fmt.Errorf("line %d has no score from 1 to 5", n+1)
		}
		parts = append(parts, *r.Score)
		sum += *r.Score
	}
	return sum / float64(lines), parts, nil
}
