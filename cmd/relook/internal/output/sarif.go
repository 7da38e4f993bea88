package output

import (
	"io"
	"maps"
	"net/url"
	"slices"

	"github.com/chavacava/garif"

	"relook/preview"
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

// SARIF prints diagnoses, as Diagnosis returns them, as a SARIF 2.1.0 log.
// rules names each rule id with a sentence about it.
func SARIF(w io.Writer, version string, rules map[string]string, files []preview.Diagnosis) error {
	driver := garif.NewDriver("relook")
	driver.Version = version
	for _, id := range slices.Sorted(maps.Keys(rules)) {
		rule := garif.NewReportingDescriptor(id)
		rule.ShortDescription = garif.NewMultiformatMessageString(rules[id])
		driver.Rules = append(driver.Rules, rule)
	}
	run := sarifRun{Run: garif.NewRun(garif.NewTool(driver)), Results: []*garif.Result{}}
	run.ColumnKind = "utf16CodeUnits"
	call := garif.NewInvocation(true)
	for _, f := range files {
		if !f.Valid {
			call.ExecutionSuccessful = false
			n := garif.NewNotification(garif.NewMessageFromText(f.InvalidReason))
			n.Level = "error"
			n.Locations = []*garif.Location{place(f.Path, nil)}
			call.ToolExecutionNotifications = append(call.ToolExecutionNotifications, n)
		}
		for _, d := range f.Defects {
			run.Results = append(run.Results, result(f.Path, d))
		}
	}
	run.Invocations = []*garif.Invocation{call}
	return Write(w, sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}})
}

func result(path string, d preview.Defect) *garif.Result {
	r := garif.NewResult(garif.NewMessageFromText(d.Message))
	r.RuleId = d.Rule
	r.Level = map[preview.Severity]garif.ResultLevel{
		preview.SeverityError: "error", preview.SeverityWarning: "warning", preview.SeverityInfo: "note",
	}[d.Severity]
	r.PartialFingerprints = map[string]string{"relook/defect/1": d.Key()}
	r.Properties = &garif.PropertyBag{"views": d.Views, "measure": d.Measure, "elements": d.Elements}
	r.Locations = []*garif.Location{place(path, nil)}
	if d.Cause != nil {
		r.Locations = []*garif.Location{place(d.Cause.File, d.Cause)}
	}
	return r
}

func place(path string, c *preview.Cause) *garif.Location {
	at := garif.NewPhysicalLocation()
	at.ArtifactLocation = &garif.ArtifactLocation{Uri: (&url.URL{Path: path}).String()}
	if c != nil {
		at.Region = &garif.Region{
			StartLine: c.Range.Start.Line + 1, StartColumn: c.Range.Start.Character + 1,
			EndLine: c.Range.End.Line + 1, EndColumn: c.Range.End.Character + 1,
			Snippet: &garif.ArtifactContent{Text: c.Text},
		}
	}
	return &garif.Location{PhysicalLocation: at}
}
