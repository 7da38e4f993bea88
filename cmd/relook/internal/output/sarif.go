package output

import (
	"fmt"
	"io"
	"net/url"
	"slices"

	"github.com/chavacava/garif"

	"relook/docs/rules"
	"relook/preview"
	"relook/preview/diagnose"
)

const sarifSchema = "https://json.schemastore.org/sarif-2.1.0.json"

// sarifLog and sarifRun write what garif leaves out when it is empty: a run
// without results must say that it found none.
type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	*garif.Run
	Results []*garif.Result `json:"results"`
}

// A Run is one check with what it found.
type Run struct {
	Version string // of relook
	Files   []File // as Diagnosis names them
	// Baseline says that there was one: then every result tells whether it is new.
	Baseline bool
	// Fingerprint identifies a defect across runs; file is that of its cause.
	Fingerprint func(d preview.Defect, file string) string
}

var sarifLevels = map[preview.Severity]garif.ResultLevel{
	preview.SeverityError: "error", preview.SeverityWarning: "warning", preview.SeverityInfo: "note",
}

// SARIF prints a run as a SARIF 2.1.0 log, with all that code scanning services
// show: the rules with their pages, fingerprints, the elements at fault, what is
// ignored, and fixes.
func SARIF(w io.Writer, r Run) error {
	driver := garif.NewDriver("relook")
	driver.Version = r.Version
	index := map[string]int{}
	for i, rule := range diagnose.Rules() {
		index[rule.ID] = i
		driver.Rules = append(driver.Rules, descriptor(rule))
	}
	run := sarifRun{Run: garif.NewRun(garif.NewTool(driver)), Results: []*garif.Result{}}
	run.ColumnKind = "utf16CodeUnits"
	call := garif.NewInvocation(true)
	for _, f := range r.Files {
		if !f.Valid {
			call.ExecutionSuccessful = false
			n := garif.NewNotification(garif.NewMessageFromText(f.InvalidReason))
			n.Level = "error"
			n.Locations = []*garif.Location{place(f.Path, nil)}
			call.ToolExecutionNotifications = append(call.ToolExecutionNotifications, n)
		}
		for _, what := range f.LeftOut {
			n := garif.NewNotification(garif.NewMessageFromText(what))
			n.Level = "note"
			n.Locations = []*garif.Location{place(f.Path, nil)}
			call.ToolExecutionNotifications = append(call.ToolExecutionNotifications, n)
		}
		for state, list := range [][]preview.Defect{f.Defects, f.Known, f.Ignored} {
			for _, d := range list {
				out := r.result(f, d)
				out.RuleIndex = index[d.Rule]
				if r.Baseline {
					out.BaselineState = []string{"new", "unchanged", "unchanged"}[state]
				}
				run.Results = append(run.Results, out)
			}
		}
	}
	run.Invocations = []*garif.Invocation{call}
	return Write(w, sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}})
}

// descriptor is a rule with its page as help.
func descriptor(rule diagnose.Rule) *garif.ReportingDescriptor {
	d := garif.NewReportingDescriptor(rule.ID)
	sentence := rules.Sentence(rule.ID)
	d.ShortDescription = garif.NewMultiformatMessageString(sentence)
	d.FullDescription = garif.NewMultiformatMessageString(sentence)
	d.Help = garif.NewMultiformatMessageString(sentence)
	d.Help.Markdown = rules.Page(rule.ID)
	d.DefaultConfiguration = &garif.ReportingConfiguration{Level: sarifLevels[rule.Severity], Enabled: true}
	problem := string(rule.Severity)
	if rule.Severity == preview.SeverityInfo {
		problem = "recommendation"
	}
	d.Properties = &garif.PropertyBag{"tags": []string{"visual", string(rule.Profile)}, "precision": "high", "problem.severity": problem}
	return d
}

func (r Run) result(f File, d preview.Defect) *garif.Result {
	out := garif.NewResult(garif.NewMessageFromText(d.Message))
	out.RuleId = d.Rule
	out.Level = sarifLevels[d.Severity]
	out.PartialFingerprints = map[string]string{"relook/defect/2": r.Fingerprint(d, fileOf(f.Path, d))}
	out.Properties = &garif.PropertyBag{"views": d.Views, "measure": d.Measure, "elements": d.Elements}
	if len(d.Widths) > 0 {
		(*out.Properties)["widths"] = d.Widths
	}
	out.Locations = []*garif.Location{place(f.Path, nil)}
	if d.Cause != nil {
		out.Locations = []*garif.Location{place(d.Cause.File, d.Cause)}
	}
	for _, e := range d.Elements[:min(len(d.Elements), 1)] {
		out.Locations[0].LogicalLocations = []*garif.LogicalLocation{{FullyQualifiedName: e.XPath, Name: e.Selector, Kind: "element"}}
	}
	out.RelatedLocations = related(f.Path, d.Cause)
	if d.Ignored != nil {
		out.Suppressions = []*garif.Suppression{{
			Kind: "inSource", Status: "accepted", Justification: d.Ignored.Reason,
			Location: place(d.Ignored.File, &preview.Cause{Range: d.Ignored.Range}),
		}}
	}
	if f.Fix != nil && slices.Contains(f.Fix.Repairs, d.Key()) {
		out.Fixes = []*garif.Fix{f.Fix.sarif()}
	}
	return out
}

// related are the other places that have a part in a defect on a page.
func related(path string, c *preview.Cause) []*garif.Location {
	var list []*garif.Location
	if c == nil {
		return nil
	}
	add := func(l *garif.Location, what string) {
		l.Message = garif.NewMessageFromText(what)
		l.Id = len(list) + 1
		list = append(list, l)
	}
	at := func(p preview.Place) *garif.Location {
		return place(p.File, &preview.Cause{Range: p.Range, Text: p.Text})
	}
	if c.File != path {
		add(place(path, nil), "the page on which it shows")
	}
	if c.Foreign != nil {
		add(at(*c.Foreign), "what causes it, in a file that is not yours")
	}
	for _, d := range c.Definitions {
		add(at(d), "where "+d.Property+" is set")
	}
	if c.Built != "" {
		add(place(c.Built, nil), "the style sheet that is built from it")
	}
	if c.BuiltFrom != "" {
		add(place(c.BuiltFrom, nil), "the file that the style sheet is built from")
	}
	return list
}

// sarif writes the fix out. It is a whole: its edits were verified together.
func (x *Fix) sarif() *garif.Fix {
	text := "Mend it"
	if n := len(x.Repairs); n > 1 {
		text = fmt.Sprintf("Mend this and %d more on the page", n-1)
	}
	fix := &garif.Fix{Description: garif.NewMessageFromText(text + "; rendered and compared with the page as it is")}
	changes := map[string]*garif.ArtifactChange{}
	for _, e := range x.Edits {
		c := changes[e.File]
		if c == nil {
			c = &garif.ArtifactChange{ArtifactLocation: &garif.ArtifactLocation{Uri: uri(e.File)}}
			changes[e.File] = c
			fix.ArtifactChanges = append(fix.ArtifactChanges, c)
		}
		c.Replacements = append(c.Replacements, &garif.Replacement{
			DeletedRegion: region(e.Range), InsertedContent: &garif.ArtifactContent{Text: e.NewText},
		})
	}
	return fix
}

func uri(path string) string { return (&url.URL{Path: path}).String() }

func region(r preview.Range) *garif.Region {
	return &garif.Region{
		StartLine: r.Start.Line + 1, StartColumn: r.Start.Character + 1,
		EndLine: r.End.Line + 1, EndColumn: r.End.Character + 1,
	}
}

func place(path string, c *preview.Cause) *garif.Location {
	at := garif.NewPhysicalLocation()
	at.ArtifactLocation = &garif.ArtifactLocation{Uri: uri(path)}
	if c != nil {
		at.Region = region(c.Range)
		if c.Text != "" {
			at.Region.Snippet = &garif.ArtifactContent{Text: c.Text}
		}
	}
	return &garif.Location{PhysicalLocation: at}
}
