package output

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"relook/agent"
	"relook/preview"
)

func same(s string) string { return s }

// validate checks a document against the schema in a file.
func validate(t *testing.T, file string, doc []byte) {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile(file)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
	if err != nil {
		t.Fatalf("%v in\n%s", err, doc)
	}
	if err := s.Validate(v); err != nil {
		t.Errorf("%v in\n%s", err, doc)
	}
}

func schemaFile(name string) string {
	return filepath.Join("..", "..", "..", "..", "docs", "schema", name+".schema.json")
}

func written(t *testing.T, doc any) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, doc); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func full() preview.Diagnosis {
	return preview.Diagnosis{Path: "sub/a.html", Valid: true, Millis: 1.5, Defects: []preview.Defect{
		{
			Rule: "sideways-scroll", Severity: preview.SeverityError, Message: "It <scrolls>.", Cost: 3,
			Views: []string{"390x844"}, Measure: map[string]float64{"overflow_px": 7},
			Elements: []preview.Element{{Selector: "p", XPath: "/html[1]", View: "390x844", Box: preview.Box{Width: 1}}},
			Cause: &preview.Cause{File: "a b.css", Text: "width: 1px", Range: preview.Range{
				Start: preview.Position{Line: 2, Character: 4}, End: preview.Position{Line: 2, Character: 14}},
				Built: "out.css", BuiltFrom: "x.scss", Foreign: &preview.Place{File: "node_modules/kit.css", Text: "width: 2px"},
				Definitions: []preview.Place{{File: "vars.css", Property: "--w", Text: "--w: 1px"}}},
		},
		{Rule: "console-error", Severity: preview.SeverityInfo, Message: "m"},
	}}
}

func TestDiagnosisFillsLists(t *testing.T) {
	for _, d := range []preview.Diagnosis{{}, full()} {
		b := written(t, Check{Schema: CheckSchema, Profile: preview.ProfileFast, Files: []File{{Diagnosis: Diagnosis(d, "x.html", same)}}})
		if bytes.Contains(b, []byte("null")) {
			t.Errorf("a list is missing in\n%s", b)
		}
		validate(t, schemaFile("check"), b)
	}
	d := full()
	named := Diagnosis(d, "x.html", func(s string) string { return "up/" + s })
	c, was := named.Defects[0].Cause, d.Defects[0].Cause
	if named.Path != "x.html" || c.File != "up/a b.css" || was.File != "a b.css" {
		t.Errorf("got %+v", named)
	}
	if c.Built != "up/out.css" || c.BuiltFrom != "up/x.scss" || c.Foreign.File != "up/node_modules/kit.css" || c.Definitions[0].File != "up/vars.css" {
		t.Errorf("got %+v", c)
	}
	if was.Foreign.File != "node_modules/kit.css" || was.Definitions[0].File != "vars.css" {
		t.Errorf("the diagnosis itself was changed: %+v", was)
	}
}

func TestSchemasRefuse(t *testing.T) {
	s, err := jsonschema.NewCompiler().Compile(schemaFile("check"))
	if err != nil {
		t.Fatal(err)
	}
	for name, doc := range map[string]string{
		"another version": `{"schema":"relook/check/2","profile":"fast","files":[]}`,
		"missing list":    `{"schema":"relook/check/1","profile":"fast"}`,
		"null list":       `{"schema":"relook/check/1","profile":"fast","files":null}`,
		"severity":        `{"schema":"relook/check/1","profile":"fast","files":[{"path":"","valid":true,"ms":0,"defects":[{"rule":"","severity":"bad","message":"","views":[],"elements":[],"measure":{},"cost":0}]}]}`,
	} {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(doc))
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(v) == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestTrace(t *testing.T) {
	src := "<p style='width: 900px'>é</p>\n"
	page := preview.Page{FS: fstest.MapFS{"a.html": {Data: []byte(src)}}, Entry: "a.html"}
	// The second pass edits what the first one left, one byte shorter.
	first := preview.Edit{File: "a.html", Span: preview.Span{Start: 17, End: 22}, NewText: "auto"}
	second := preview.Edit{File: "a.html", Span: preview.Span{Start: strings.Index(src, "é") - 1, End: strings.Index(src, "é") + 1}, NewText: "e"}
	trace := &agent.Trace{
		Status: agent.Improved,
		Before: &preview.Rendering{Diagnosis: full()}, After: &preview.Rendering{},
		Edits: []preview.Edit{first},
		Files: map[string]string{"a.html": "<p style='width: auto'>e</p>\n"},
		Passes: []agent.Pass{
			{Policy: "rules", Admitted: []int{1}, Attempts: []agent.Attempt{
				{Candidate: agent.Candidate{Edits: []preview.Edit{second}}, Verdict: agent.Verdict{Rule: "hidden", Reason: "It hides."}},
				{Candidate: agent.Candidate{Edits: []preview.Edit{first}, Why: "w"}, Verdict: agent.Verdict{Admitted: true}},
			}},
			{Policy: "ollama:m", Admitted: []int{0}, Dropped: []string{"empty"}, Attempts: []agent.Attempt{
				{Candidate: agent.Candidate{Edits: []preview.Edit{second}}, Verdict: agent.Verdict{Admitted: true}},
			}},
			{Policy: "rules"},
			{Policy: "ollama:m", Attempts: []agent.Attempt{
				{Candidate: agent.Candidate{Edits: []preview.Edit{{File: "none.css", Span: preview.Span{Start: 7, End: 9}, NewText: "x"}}}, Verdict: agent.Verdict{Reason: "There is no such file."}},
			}},
		},
	}
	r, err := Trace(trace, page, Names{Path: func(s string) string { return "site/" + s }, Patch: same})
	if err != nil {
		t.Fatal(err)
	}
	b := written(t, r)
	validate(t, schemaFile("refine"), b)
	if bytes.Contains(b, []byte("null")) {
		t.Errorf("a list is missing in\n%s", b)
	}
	if !strings.Contains(r.Diff, "--- a/a.html") || !strings.Contains(r.Diff, "+<p style='width: auto'>e</p>") {
		t.Errorf("diff is\n%s", r.Diff)
	}
	if got := r.Passes[1].Candidates[0].Edits[0].Range.Start.Character; got != 23 {
		t.Errorf("the edit of the second pass begins at %d, want 23: it refers to the page that the first left", got)
	}
	// The gate rejected an edit of a file that is not there: it has no range.
	if e := r.Passes[3].Candidates[0].Edits[0]; e.File != "site/none.css" || e.Range != (preview.Range{}) || e.NewText != "x" {
		t.Errorf("the edit of a file that is not there is written as %+v", e)
	}
	if r.Edits[0].File != "site/a.html" || r.Passes[0].Candidates[0].Verdict != "rejected" || r.Passes[0].Candidates[1].Verdict != "admitted" {
		t.Errorf("got %+v", r)
	}
}

func TestSARIF(t *testing.T) {
	bad := preview.Diagnosis{Path: "b.html", InvalidReason: "it never finishes"}
	file := func(d preview.Diagnosis, path string) File { return File{Diagnosis: Diagnosis(d, path, same)} }
	known := file(full(), "sub/a.html")
	known.Known, known.Defects = known.Defects[:1], known.Defects[1:]
	ignored := file(full(), "sub/a.html")
	ignored.Defects[0].Ignored = &preview.Ignore{File: "a b.css", Range: preview.Range{End: preview.Position{Character: 9}}, Reason: "known"}
	ignored.Ignored, ignored.Defects = ignored.Defects[:1], ignored.Defects[1:]
	for name, r := range map[string]Run{
		"defects": {Files: []File{file(full(), "sub/a.html")}},
		"none":    {Files: []File{file(preview.Diagnosis{Valid: true}, "c.html")}},
		"invalid": {Files: []File{file(bad, "b.html"), file(full(), "sub/a.html")}},
		"known":   {Files: []File{known}, Baseline: true},
		"ignored": {Files: []File{ignored}},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			r.Fingerprint = func(d preview.Defect, file string) string { return d.Rule + file }
			if err := SARIF(&b, r); err != nil {
				t.Fatal(err)
			}
			validate(t, filepath.Join("testdata", "sarif-schema-2.1.0.json"), b.Bytes())
			checkSARIF(t, b.Bytes(), r)
		})
	}
}

// A fix is offered for what it mends, and says exactly what to replace.
func TestSARIFFixes(t *testing.T) {
	d := Diagnosis(full(), "sub/a.html", same)
	at := d.Defects[0].Cause.Range
	f := File{Diagnosis: d, Fix: &Fix{Edits: []Edit{{File: "a b.css", Range: at, NewText: "max-width: 1px"}}, Repairs: []string{d.Defects[0].Key()}}}
	var b bytes.Buffer
	if err := SARIF(&b, Run{Files: []File{f}, Fingerprint: func(preview.Defect, string) string { return "x" }}); err != nil {
		t.Fatal(err)
	}
	validate(t, filepath.Join("testdata", "sarif-schema-2.1.0.json"), b.Bytes())
	type change struct {
		ArtifactLocation struct{ URI string }
		Replacements     []struct {
			DeletedRegion   struct{ StartLine, StartColumn, EndLine, EndColumn int }
			InsertedContent struct{ Text string }
		}
	}
	var log struct {
		Runs []struct {
			Results []struct {
				Fixes []struct{ ArtifactChanges []change }
			}
		}
	}
	if err := json.Unmarshal(b.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	results := log.Runs[0].Results
	if len(results[0].Fixes) != 1 || len(results[1].Fixes) != 0 {
		t.Fatalf("got %+v", results)
	}
	c := results[0].Fixes[0].ArtifactChanges[0]
	if r := c.Replacements[0]; c.ArtifactLocation.URI != "a%20b.css" || r.DeletedRegion.StartLine != 3 || r.DeletedRegion.EndColumn != 15 || r.InsertedContent.Text != "max-width: 1px" {
		t.Errorf("got %+v", c)
	}
}

func TestGitHub(t *testing.T) {
	d := full()
	d.Defects[0].Message = "100 % wide,\n::error::no"
	d.Defects[1].Rule = "a:b,c"
	bad := preview.Diagnosis{Path: "b,b.html", InvalidReason: "it never finishes"}
	var b bytes.Buffer
	if err := GitHub(&b, []File{{Diagnosis: d}, {Diagnosis: bad}}); err != nil {
		t.Fatal(err)
	}
	want := `::error file=a b.css,line=3,endLine=3,col=5,endColumn=15,title=relook sideways-scroll::100 %25 wide,%0A::error::no
::notice file=sub/a.html,title=relook a%3Ab%2Cc::m
::error file=b%2Cb.html,title=relook::The page can't be judged: it never finishes
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

// checkSARIF checks what code scanning services need and the schema does not ask
// for.
func checkSARIF(t *testing.T, doc []byte, made Run) {
	var log struct {
		Runs []struct {
			Results *[]struct {
				RuleID              string
				Level               string
				PartialFingerprints map[string]string
				BaselineState       string
				Suppressions        []struct{ Kind, Justification string }
				RelatedLocations    []any
				Locations           []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine, StartColumn, EndLine, EndColumn int }
					}
				}
			}
			Invocations []struct {
				ExecutionSuccessful        bool
				ToolExecutionNotifications []any
			}
		}
	}
	if err := json.Unmarshal(doc, &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	if run.Results == nil {
		t.Fatal("results are missing, which means that nothing was looked for")
	}
	want, valid := 0, true
	known, ignored := 0, 0
	for _, f := range made.Files {
		want += len(f.Defects) + len(f.Known) + len(f.Ignored)
		known += len(f.Known)
		ignored += len(f.Ignored)
		valid = valid && f.Valid
	}
	if len(*run.Results) != want || run.Invocations[0].ExecutionSuccessful != valid {
		t.Errorf("%d results, successful %v; want %d, %v", len(*run.Results), run.Invocations[0].ExecutionSuccessful, want, valid)
	}
	for _, r := range *run.Results {
		if (r.BaselineState != "") != made.Baseline {
			t.Errorf("baseline state %q", r.BaselineState)
		}
		if r.BaselineState == "unchanged" {
			known--
		}
		ignored -= len(r.Suppressions)
		if r.RuleID == "sideways-scroll" && len(r.RelatedLocations) != 5 {
			t.Errorf("the page, what is not theirs, the definition and the built files are not named: %+v", r)
		}
		if len(r.Locations) != 1 || len(r.PartialFingerprints) == 0 {
			t.Errorf("result %+v", r)
		}
		if at := r.Locations[0].PhysicalLocation; r.RuleID == "sideways-scroll" &&
			(at.ArtifactLocation.URI != "a%20b.css" || at.Region.StartLine != 3 || at.Region.StartColumn != 5 || at.Region.EndColumn != 15 || r.Level != "error") {
			t.Errorf("result %+v", r)
		}
	}
	if known != 0 || ignored != 0 {
		t.Errorf("%d known and %d ignored results too few", known, ignored)
	}
}

func TestWriteFailsWithItsWriter(t *testing.T) {
	f, err := os.Open(os.DevNull) // for reading only
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := Write(f, Check{}); err == nil {
		t.Error("no error")
	}
}
