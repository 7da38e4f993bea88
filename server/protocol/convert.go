package protocol

import (
	"go.lsp.dev/protocol"

	"relook/preview"
)

// Range converts a range; both count UTF-16 code units.
func Range(r preview.Range) protocol.Range {
	return protocol.Range{Start: position(r.Start), End: position(r.End)}
}

func position(p preview.Position) protocol.Position {
	return protocol.Position{Line: uint32(max(p.Line, 0)), Character: uint32(max(p.Character, 0))}
}

// Severity converts a severity.
func Severity(s preview.Severity) protocol.DiagnosticSeverity {
	switch s {
	case preview.SeverityError:
		return protocol.DiagnosticSeverityError
	case preview.SeverityWarning:
		return protocol.DiagnosticSeverityWarning
	}
	return protocol.DiagnosticSeverityInformation
}
