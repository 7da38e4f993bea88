package protocol

import (
	"testing"

	"go.lsp.dev/protocol"

	"relook/preview"
)

func TestRangeAndSeverity(t *testing.T) {
	got := Range(preview.Range{Start: preview.Position{Line: 2, Character: 7}, End: preview.Position{Line: 3, Character: -1}})
	want := protocol.Range{Start: protocol.Position{Line: 2, Character: 7}, End: protocol.Position{Line: 3}}
	if got != want {
		t.Errorf("got %+v", got)
	}
	if Severity(preview.SeverityError) != protocol.DiagnosticSeverityError || Severity(preview.SeverityInfo) != protocol.DiagnosticSeverityInformation {
		t.Error("severities differ")
	}
}
