// Package agent is the self-edit loop of relook: render, propose, try, verify,
// admit. It knows no browser and no model: a preview.Renderer shows it pages, a
// Policy proposes candidates, the Gate admits a candidate or rejects it with a
// reason, and a Loop runs up to three passes and writes a Trace of all of it.
//
// The one promise that everything here keeps: what comes out is never worse
// than what went in, whatever the policy does.
package agent
