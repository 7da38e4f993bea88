// Package artifacts is ArtifactsBench (Tencent Hunyuan): requests for visual and
// interactive pages, each with a checklist of ten lines. A judge that sees is
// shown the request, the answer and three screenshots, one second apart, and
// scores every line from 0 to 10; the score of an answer is its overall score.
package artifacts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"relook/cmd/relook/internal/suite"
	"relook/preview"
)

// A Suite is ArtifactsBench. It is made by New.
type Suite struct{ kit suite.Kit }

// New returns the suite.
func New(kit suite.Kit) *Suite { return &Suite{kit} }

// About implements suite.Suite.
func (s *Suite) About() suite.About {
	return suite.About{
		Name: "artifactsbench", Title: "ArtifactsBench", Licence: "CC BY 4.0",
		Source: "github.com/Tencent-Hunyuan/ArtifactsBenchmark, dataset/artifacts_bench.json, or its Lite part",
		Metrics: []suite.Metric{
			{Name: "score", About: "the judge's overall score of the checklist, 0 to 100", Most: 100},
		},
		Left: []string{
			"The judges of the original are Gemini 2.5 Pro and Qwen2.5-VL-72B; scores of another judge compare only with scores of the same one.",
			"Screenshots are taken at 0, 1 and 2 s of page time that is virtual and the same in every run, of the whole page at 1,280 px; the original waits for the network and takes them at wall time.",
			"A judge that its server does not understand is asked four times in all, as in the original, but never scored 0.",
			"The original's arithmetic is kept: the mean of the overall scores over the answers that have one.",
			"Pictures are made no larger than 1,536 px on their longest side, and the answer is cut off at 27,000 tokens by a count of four characters each.",
		},
	}
}

// A row is a line of the data.
type row struct {
	Index      *int   `json:"index"`
	Question   string `json:"question"`
	Class      string `json:"class"`
	Difficulty string `json:"difficulty"`
	Checklist  []line `json:"checklist"`
}

type line struct {
	ID          int     `json:"id"`
	Title       string  `json:"title"`
	Description string  `json:"description"`
	MaxScore    float64 `json:"maxScore"`
}

// Load implements suite.Suite.
func (s *Suite) Load(_ context.Context, path string) ([]suite.Item, []suite.Problem, error) {
	var items []suite.Item
	problems, err := suite.ReadRows(path, func(_ int, r row) error {
		if err := suite.Lacking("index", r.Index != nil, "question", r.Question != "", "checklist", len(r.Checklist) > 0); err != nil {
			return err
		}
		for _, l := range r.Checklist {
			if l.Title == "" || l.Description == "" || l.MaxScore <= 0 {
				return fmt.Errorf("line %d of its checklist has no title, no description or no highest score", l.ID)
			}
		}
		group, _, _ := strings.Cut(r.Class, "-")
		items = append(items, suite.Item{
			ID: strconv.Itoa(*r.Index), Group: group, Request: r.Question, Entry: "index.html", Own: r,
		})
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	items, twice := suite.Unique(items)
	problems = append(problems, twice...)
	if len(items) == 0 {
		return nil, nil, suite.None("artifactsbench", path, problems)
	}
	return items, problems, nil
}

// Ask implements suite.Suite: the model is told the question and nothing else.
func (s *Suite) Ask(item suite.Item, _ suite.Step) suite.Question {
	return suite.Question{Prompt: item.Request}
}

var (
	htmlBlock = regexp.MustCompile(`(?is)(?:<!doctype html[^>]*>\s*)?<html[^>]*>.*?</html>`)
	svgBlock  = regexp.MustCompile(`(?is)<svg[^>]*>.*?</svg>`)
)

// Read implements suite.Suite. As in the original the last HTML of the answer is
// looked at, else its last SVG.
func (s *Suite) Read(item suite.Item, at suite.Step, reply string) (map[string]string, error) {
	if i := strings.LastIndex(reply, "</think>"); i >= 0 {
		reply = reply[i+len("</think>"):]
	}
	page := ""
	if all := htmlBlock.FindAllString(reply, -1); len(all) > 0 {
		page = all[len(all)-1]
	} else if all := svgBlock.FindAllString(reply, -1); len(all) > 0 {
		page = "<!doctype html>\n<html><body>" + all[len(all)-1] + "</body></html>"
	} else {
		var err error
		if page, err = suite.PageOf(reply); err != nil {
			return nil, err
		}
	}
	return map[string]string{item.Entry: page}, nil
}

// view is the browser's size as the original's test runner has it.
var view = preview.View{Width: 1280, Height: 720}

// Score implements suite.Suite.
func (s *Suite) Score(ctx context.Context, item suite.Item, at suite.Step) (suite.Score, error) {
	var out suite.Score
	page := item.Page(at.Files)
	r, err := s.kit.Renderer.Render(ctx, page, preview.RenderOptions{Views: []preview.View{view}, Shots: preview.AllShots, NoCauses: true})
	var input *preview.InputError
	if errors.As(err, &input) {
		return unseen(input.What), nil
	}
	if err != nil {
		return out, err
	}
	if !r.Diagnosis.Valid {
		return unseen(r.Diagnosis.InvalidReason), nil
	}
	var shots [][]byte
	for _, at := range preview.DefaultMoments() {
		if shot := r.Shot(view.Name(), at); shot != nil {
			shots = append(shots, shot.PNG)
		}
	}
	data := item.Own.(row)
	q := suite.Question{Prompt: prompt(data, at.Files[item.Entry]), Images: shots}
	err = s.kit.AskAll(ctx, "score", q, func(reply string) (float64, []float64, error) {
		score, err := Overall(reply, data.full())
		return score, nil, err
	}, &out)
	return out, err
}

// unseen is the score of a page that shows nothing: there is nothing to judge.
func unseen(why string) suite.Score {
	return suite.Score{Values: map[string]float64{"score": 0}, Note: why}
}

func (r row) full() float64 {
	sum := 0.0
	for _, l := range r.Checklist {
		sum += l.MaxScore
	}
	return sum
}

// maxAnswer is where the original cuts off what a judge is told, in characters.
const maxAnswer = 27000 * 4

// prompt is what a judge is told. It asks what the original's prompt asks, in its
// order: who it is, how strict, what the pictures are, the checklist, the form of
// the answer, the question and the answer.
func prompt(r row, answer string) string {
	list, err := json.MarshalIndent(r.Checklist, "", "  ")
	if err != nil {
		panic(err) // plain data
	}
	var b strings.Builder
	b.WriteString("You review code and interfaces: you know front-end work, interaction design and visual design, and you are strict, careful and impartial. " +
		"Examine the [answer] to the [question] below along each line of the checklist, and give full marks only where nothing is missing. " +
		"The pictures show the page that the answer's last HTML or SVG gives, whole, when it was loaded, one second and two seconds later.\n\n" +
		"**Scoring criteria**\n\n")
	b.Write(list)
	fmt.Fprintf(&b, "\n\nAdd the points of all lines up. Answer with a JSON object that holds the sum, 0 to %g, and then the reasons, as in\n```json\n{\n  \"Overall Score\": \"35\"\n}\n``` Reason: ...\n\n", r.full())
	fmt.Fprintf(&b, "--------Problem starts--------\n%s\n--------Problem ends--------\n\n--------Answer starts--------\n%s\n--------Answer ends--------\n", r.Question, answer)
	text := b.String()
	if len(text) > maxAnswer {
		text = strings.ToValidUTF8(text[:maxAnswer], "")
	}
	return text
}

var overall = regexp.MustCompile(`"(?:Overall Score|总体打分)":\s*"?(-?\d+(?:\.\d+)?)(?:-(\d+))?"?`)

// Overall reads the overall score of a judge's reply, the last of several as in
// the original. A span such as 30-40, which the original fails to count, and what
// is out of range are errors.
func Overall(reply string, most float64) (float64, error) {
	if i := strings.LastIndex(reply, "</think>"); i >= 0 {
		reply = reply[i+len("</think>"):]
	}
	all := overall.FindAllStringSubmatch(reply, -1)
	if len(all) == 0 {
		return 0, errors.New("it holds no overall score")
	}
	last := all[len(all)-1]
	if last[2] != "" {
		return 0, fmt.Errorf("its overall score is %s-%s, not one number", last[1], last[2])
	}
	score, err := strconv.ParseFloat(last[1], 64)
	if err != nil || score < 0 || score > most {
		return 0, fmt.Errorf("its overall score is %s, not from 0 to %g", last[1], most)
	}
	return score, nil
}
