package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"go.lsp.dev/jsonrpc2"
	lsp "go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"relook/agent"
	"relook/preview"
	"relook/server/protocol"
)

// The commands.
const (
	commandApply       = "relook.apply"
	commandCancel      = "relook.cancel"
	commandChooseModel = "relook.chooseModel"
	commandCompare     = "relook.compare"
	commandDiagnose    = "relook.diagnose"
	commandInstruct    = "relook.repairWithInstruction"
	commandRepairPage  = "relook.repairPage"
	commandRepairRange = "relook.repairSelection"
	commandRestart     = "relook.restartBrowser"
	commandShowPreview = "relook.showPreview"
	commandShowTrace   = "relook.showTrace"
)

// maxInstruction is the longest instruction that is passed on, in bytes.
const maxInstruction = 4000

type commandFunc func(s *server, ctx context.Context, a protocol.Argument, token lsp.ProgressToken) (any, error)

func commands() map[string]commandFunc {
	return map[string]commandFunc{
		commandApply: (*server).runApply, commandCancel: (*server).runCancel, commandChooseModel: (*server).runChooseModel,
		commandCompare: (*server).runCompare, commandDiagnose: (*server).runDiagnose, commandInstruct: (*server).runInstruct,
		commandRepairPage: (*server).runRepairPage, commandRepairRange: (*server).runRepairRange,
		commandRestart: (*server).runRestart, commandShowPreview: (*server).runShowPreview, commandShowTrace: (*server).runShowTrace,
	}
}

func commandNames() []string { return slices.Sorted(maps.Keys(commands())) }

func command(title, name string, argument any) lsp.Command {
	c := lsp.Command{Title: title, Command: name}
	if b, err := json.Marshal(argument); err == nil {
		c.Arguments = []lsp.LSPAny{b}
	}
	return c
}

// ExecuteCommand implements lsp.Server.
func (s *server) ExecuteCommand(ctx context.Context, p *lsp.ExecuteCommandParams) (lsp.LSPAny, error) {
	run, ok := commands()[p.Command]
	if !ok {
		return nil, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "there is no command %q", p.Command)
	}
	a, err := readArguments(p)
	if err != nil {
		return nil, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "%s: %v", p.Command, err)
	}
	s.trace("command " + p.Command)
	out, err := run(s, ctx, a, p.WorkDoneToken)
	if errors.Is(err, context.Canceled) {
		return nil, lsp.ErrRequestCancelled
	}
	if err != nil {
		if ctx.Err() == nil {
			s.log.Warn("a command failed", "command", p.Command, "err", err)
		}
		var wire *jsonrpc2.Error
		if errors.As(err, &wire) {
			return nil, err
		}
		return nil, jsonrpc2.NewError(jsonrpc2.Code(lsp.LSPErrorCodesRequestFailed), err.Error())
	}
	b, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("answering %s: %w", p.Command, err)
	}
	return b, nil
}

// readArguments checks the argument: one object, with no field that no command
// has.
func readArguments(p *lsp.ExecuteCommandParams) (a protocol.Argument, err error) {
	if len(p.Arguments) > 1 {
		return a, fmt.Errorf("one argument is expected, not %d", len(p.Arguments))
	}
	if len(p.Arguments) == 1 && string(p.Arguments[0]) != "null" {
		dec := json.NewDecoder(bytes.NewReader(p.Arguments[0]))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&a); err != nil {
			return a, fmt.Errorf("the argument can't be read: %w", err)
		}
		if _, err := dec.Token(); err != io.EOF {
			return a, errors.New("the argument can't be read: something follows it")
		}
	}
	needs := func(ok bool, what string) error {
		if ok {
			return nil
		}
		return errors.New("the argument needs " + what)
	}
	switch p.Command {
	case commandApply:
		return a, needs(a.Page != "" && (a.Fix != "" || a.Ignore != ""), `"page", "number" and "fix"`)
	case commandRepairRange:
		return a, needs(a.URI != "" && a.Range != nil, `"uri" and "range"`)
	case commandInstruct:
		if len(a.Instruction) > maxInstruction || !utf8.ValidString(a.Instruction) {
			return a, fmt.Errorf("the instruction is longer than %d bytes, or no text", maxInstruction)
		}
		return a, needs(a.URI != "" && strings.TrimSpace(a.Instruction) != "", `"uri" and "instruction"`)
	case commandCancel, commandRestart, commandChooseModel:
		return a, nil
	}
	return a, needs(a.URI != "", `"uri"`)
}

// target is the page that a command is about.
func (s *server) target(ctx context.Context, at uri.URI) (*page, error) {
	pages := s.known(at)
	if len(pages) == 0 {
		pages = s.find(at)
	}
	if len(pages) == 0 || ctx.Err() != nil {
		return nil, fmt.Errorf("%s belongs to no page that relook knows: open the page, or name it under [pages] in relook.toml", at)
	}
	p := pages[0]
	return s.page(p.folder, p.entry, true), nil
}

func (s *server) runApply(ctx context.Context, a protocol.Argument, _ lsp.ProgressToken) (any, error) {
	p, m, f, err := s.chosen(actionData{Page: a.Page, Number: a.Number, Fix: a.Fix, Ignore: a.Ignore})
	if err == nil {
		err = s.apply(ctx, p, m, f)
	}
	if err != nil {
		s.show(messageWarning, "Not applied: "+err.Error()+".")
		return nil, err
	}
	return protocol.Outcome{Page: a.Page, Status: string(agent.Improved), Repaired: len(f.keys), Applied: true, Message: f.title}, nil
}

func (s *server) runCancel(context.Context, protocol.Argument, lsp.ProgressToken) (any, error) {
	return map[string]int{"cancelled": s.tasks.cancelAll()}, nil
}

func (s *server) runRestart(context.Context, protocol.Argument, lsp.ProgressToken) (any, error) {
	s.engine.Restart()
	s.recovered()
	s.mu.Lock()
	pages := s.byView()
	s.mu.Unlock()
	for _, p := range pages {
		s.bump(p, becauseOpened)
	}
	return map[string]int{"pages": len(pages)}, nil
}

func (s *server) runDiagnose(ctx context.Context, a protocol.Argument, token lsp.ProgressToken) (any, error) {
	p, err := s.target(ctx, a.URI)
	if err != nil {
		return nil, err
	}
	ctx, t := s.begin(ctx, "Looking at "+p.entry, token)
	message := "stopped"
	defer func() { s.finish(t, message) }()
	s.bump(p, becauseAsked)
	r, ok := s.await(ctx, p)
	if !ok {
		return nil, ctx.Err()
	}
	s.mu.Lock()
	failed, at := p.failed, s.uriOf(p)
	s.mu.Unlock()
	if failed != nil {
		message = failed.Error()
		return nil, failed
	}
	if r == nil {
		return nil, errStale
	}
	message = plural(len(r.diagnosis.Defects), "defect")
	return map[string]any{
		"page": at, "valid": r.diagnosis.Valid, "reason": r.diagnosis.InvalidReason, "defects": len(r.diagnosis.Defects),
		"errors": r.diagnosis.Count(preview.SeverityError), "warnings": r.diagnosis.Count(preview.SeverityWarning),
	}, nil
}

func (s *server) runRepairPage(ctx context.Context, a protocol.Argument, token lsp.ProgressToken) (any, error) {
	return s.repair(ctx, a.URI, token, func(*page) refining { return refining{urgency: 3} })
}

func (s *server) runInstruct(ctx context.Context, a protocol.Argument, token lsp.ProgressToken) (any, error) {
	if !s.trusts() {
		return nil, errors.New("no model runs before the workspace is trusted")
	}
	return s.repair(ctx, a.URI, token, func(*page) refining { return refining{urgency: 3, instruction: strings.TrimSpace(a.Instruction)} })
}

// runRepairRange repairs the defects that are shown in a range.
func (s *server) runRepairRange(ctx context.Context, a protocol.Argument, token lsp.ProgressToken) (any, error) {
	return s.repair(ctx, a.URI, token, func(p *page) refining {
		s.mu.Lock()
		defer s.mu.Unlock()
		keys := []string{}
		if p.result != nil {
			for _, i := range p.result.items[a.URI] {
				if i.defect != nil && touches(i.diag.Range, *a.Range) {
					keys = append(keys, i.defect.Key())
				}
			}
		}
		return refining{urgency: 3, keys: keys}
	})
}

// repair looks for repairs of a page while the person watches, and applies what
// was found.
func (s *server) repair(ctx context.Context, at uri.URI, token lsp.ProgressToken, how func(*page) refining) (any, error) {
	p, err := s.target(ctx, at)
	if err != nil {
		return nil, err
	}
	ctx, t := s.begin(ctx, "Repairing "+p.entry, token)
	out, err := s.repairing(ctx, t, p, how)
	switch {
	case ctx.Err() != nil:
		s.finish(t, "stopped")
	case err != nil:
		s.finish(t, err.Error())
	default:
		s.finish(t, out.Message)
	}
	if err != nil {
		return nil, err
	}
	if !out.Applied {
		s.show(messageInfo, out.Message)
	}
	return out, nil
}

// repairing is repair once its progress is shown. An edit meanwhile ends it: its
// outcome would be of another text.
func (s *server) repairing(ctx context.Context, t *task, p *page, how func(*page) refining) (out protocol.Outcome, err error) {
	s.ensure(p)
	r, ok := s.await(ctx, p)
	if !ok {
		return out, ctx.Err()
	}
	if r == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		return out, errors.Join(errStale, p.failed)
	}
	o := how(p)
	o.say = t.report
	set := s.chosenModel(p.folder.get(), o.instruction != "")
	refining, stop := s.untilChanged(ctx, p, r.gen)
	m, err := s.refine(refining, p, r.gen, set, o)
	if cause := context.Cause(refining); errors.Is(cause, errStale) {
		m, err = nil, cause
	}
	stop() // the repair itself changes the page
	if err != nil && (m == nil || m.all == nil) {
		return out, err
	}
	if err != nil {
		s.show(messageWarning, "relook stopped half way: "+err.Error())
	}
	out = s.outcome(p, m)
	if m.all == nil {
		return out, nil
	}
	if !s.keep(p, m) {
		return out, errStale
	}
	out.Applied = true
	return out, s.apply(ctx, p, m, m.all)
}

// ensure has a page looked at if it was not yet.
func (s *server) ensure(p *page) {
	s.mu.Lock()
	idle := p.job == nil && (p.result == nil || p.result.gen != p.gen)
	s.mu.Unlock()
	if idle {
		s.bump(p, becauseOpened)
	}
}

// untilChanged ends with errStale when the page changes.
func (s *server) untilChanged(ctx context.Context, p *page, gen uint64) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	s.spawn(func() {
		for {
			s.mu.Lock()
			now, change := p.gen, p.change
			s.mu.Unlock()
			if now != gen {
				cancel(errStale)
				return
			}
			select {
			case <-change:
			case <-ctx.Done():
				return
			}
		}
	})
	return ctx, func() { cancel(nil) }
}

// outcome tells in words what came of a refinement.
func (s *server) outcome(p *page, m *mend) protocol.Outcome {
	s.mu.Lock()
	o := protocol.Outcome{Page: s.uriOf(p), Status: string(agent.Unchanged)}
	s.mu.Unlock()
	if m.trace == nil {
		o.Message = "There is nothing to repair."
		return o
	}
	o.Status = string(m.trace.Status)
	o.Left = worth(m.trace.After.Diagnosis)
	switch {
	case m.trace.Status == agent.Failed:
		o.Message = "The page can't be judged: " + m.trace.Before.Diagnosis.InvalidReason + "."
	case m.all != nil:
		o.Repaired = len(m.all.keys)
		o.Message = fmt.Sprintf("%s repaired, %d left.", plural(o.Repaired, "defect"), o.Left)
	case worth(m.trace.Before.Diagnosis) == 0:
		o.Message = "There is nothing to repair."
	default:
		o.Message = "No repair was better than the page as it is" + rejected(m.trace) + "."
	}
	return o
}

// rejected words what was tried in vain.
func rejected(t *agent.Trace) string {
	n, last := 0, ""
	for _, pass := range t.Passes {
		for _, a := range pass.Attempts {
			if !a.Verdict.Admitted {
				n, last = n+1, a.Verdict.Reason
			}
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(": %s rejected, the last because %s", plural(n, "attempt"), strings.TrimSuffix(last, "."))
}

// chosenModel are settings with the model that the person chose in this session.
func (s *server) chosenModel(set Settings, needed bool) Settings {
	s.mu.Lock()
	model, trusted := s.model, s.trusted
	s.mu.Unlock()
	switch {
	case !trusted:
		set.Policies = []string{"rules"}
		return set
	case needed:
		set.Policies = []string{"ollama"}
	case model != "" && !slices.Contains(set.Policies, "ollama"):
		set.Policies = append(slices.Clone(set.Policies), "ollama")
	}
	if model != "" {
		set.Model = model
	}
	return set
}

// runChooseModel has the model named, or asks the person for one.
func (s *server) runChooseModel(ctx context.Context, a protocol.Argument, _ lsp.ProgressToken) (any, error) {
	s.mu.Lock()
	folders := slices.Clone(s.folders)
	s.mu.Unlock()
	var set Settings
	if len(folders) > 0 {
		set = folders[0].get()
	}
	list, err := s.cfg.Models(ctx, set)
	if err != nil {
		return nil, err
	}
	name := a.Model
	if name == "" && len(list) > 0 {
		var items []lsp.MessageActionItem
		for _, m := range list {
			items = append(items, lsp.MessageActionItem{Title: m})
		}
		answer, err := s.client.ShowMessageRequest(ctx, &lsp.ShowMessageRequestParams{Type: messageInfo, Message: "Which model shall relook ask?", Actions: items})
		if err != nil {
			return nil, fmt.Errorf("asking for a model: %w", err)
		}
		if answer != nil {
			name = answer.Title
		}
	}
	if name != "" && !slices.Contains(list, name) {
		return nil, fmt.Errorf("model %s is not installed: installed are %s", name, strings.Join(list, ", "))
	}
	if name != "" {
		s.mu.Lock()
		s.model = name
		s.mu.Unlock()
		s.status.poke()
	}
	return map[string]any{"model": name, "models": list}, nil
}
