// Made by `go generate ./cmd/relook` from server/protocol/messages.go. docs/protocol.md tells what each is for.

/** Argument is the one argument of relook's commands. */
export interface Argument {
  /** for relook.apply: the id of a fix, such as "all" */
  fix?: string;
  /** for relook.apply: the key of a defect to ignore */
  ignore?: string;
  /** for relook.repairWithInstruction, up to 4,000 bytes */
  instruction?: string;
  /** for relook.chooseModel; the person is asked without it */
  model?: string;
  /** for relook.apply: of the text that the fix is for */
  number?: number;
  /** for relook.apply */
  page?: string;
  /** for relook.repairSelection */
  range?: Range;
  /** of a document of the page */
  uri?: string;
}

/** A Box is a rectangle in CSS px from the top left corner of the document. */
export interface Box {
  height: number;
  width: number;
  x: number;
  y: number;
}

/** An Element is where a defect shows in one view. */
export interface Element {
  box: Box;
  /** short and for people, such as ".plans > li:nth-child(2)" */
  selector: string;
  /** View.Name */
  view: string;
  /** exact, such as "/html[1]/body[1]/main[1]" */
  xpath: string;
}

/** Options are relook's own in initializationOptions. */
export interface Options {
  /** Apply says how a chosen code action reaches the document: "command" (the default: the server sends a versioned edit) or "edit" (the action carries it after it was resolved). */
  apply?: "command" | "edit";
  /** Preview says that the client shows previews itself: no browser is opened. */
  preview?: boolean;
  /** Settings are as in the section "relook" of workspace/configuration. */
  settings?: Record<string, unknown>;
  /** Status asks for relook/status notifications. */
  status?: boolean;
  /** Suggestions asks for relook/suggestion in place of a message. */
  suggestions?: boolean;
  /** Trusted is false for a workspace that the person has not trusted yet; true if it is absent. */
  trusted?: boolean;
}

/** Outcome is what the commands that repair answer. */
export interface Outcome {
  /** whether the client made the edit */
  applied: boolean;
  left: number;
  /** for people */
  message: string;
  page: string;
  repaired: number;
  status: "improved" | "unchanged" | "failed";
}

export interface Position {
  character: number;
  line: number;
}

/** Preview is a page as it is painted. */
export interface Preview {
  defects: PreviewDefect[];
  /** of the page, for people */
  name: string;
  /** grows with every change of the page */
  number: number;
  /** how thoroughly was looked */
  profile?: string;
  /** why not */
  reason?: string;
  /** absent while none is known for this text */
  repair?: PreviewRepair;
  /** of the page */
  uri: string;
  /** whether there is something to judge */
  valid: boolean;
  views: PreviewView[];
}

/** PreviewDefect is a defect as it is drawn. */
export interface PreviewDefect {
  elements: Element[];
  /** of the repair that mends it alone */
  fix?: string;
  /** the same across looks */
  key: string;
  message: string;
  /** from 1 */
  number: number;
  /** of the cause, in the units of the connection */
  range: Range;
  /** whether it is gone in the pictures after */
  repaired: boolean;
  rule: string;
  severity: string;
  /** of the document with its cause */
  uri: string;
}

/** PreviewFix is a repair that can be applied with the command relook.apply. */
export interface PreviewFix {
  /** "all" for everything together */
  id: string;
  /** of the defects that it mends */
  keys: string[];
  /** why it was admitted */
  proof: string;
  title: string;
}

/** PreviewParams asks for the pictures of the page that a document belongs to. */
export interface PreviewParams {
  /** Complete has every picture come along, also those that were sent before, and counts none as sent: for those who keep no pictures. */
  complete?: boolean;
  /** with what it changes */
  difference?: boolean;
  /** the repair that after shows; "all" if absent */
  fix?: string;
  /** Scheme, State, Fix and Difference ask for other pictures than those that are watched. They are made for this answer alone. */
  scheme?: "light" | "dark";
  /** of all controls */
  state?: "hover" | "focus";
  textDocument: TextDocumentIdentifier;
  /** Watch true has relook/previewChanged follow each look at the page, until it is asked for with false. */
  watch?: boolean;
}

/** PreviewRepair is what was found to repair a page. */
export interface PreviewRepair {
  /** unified */
  diff: string;
  fixes: PreviewFix[];
  /** defects that are still there */
  left: number;
  /** defects that are gone after */
  repaired: number;
  status: "improved" | "unchanged" | "failed";
}

/** PreviewShot is a picture. */
export interface PreviewShot {
  /** moment of page time since load, in ms */
  at: number;
  /** CSS px */
  height: number;
  /** of what it shows: equal pictures have equal ids */
  id: string;
  /** base64; absent when the picture with this id was sent before */
  png?: string;
  /** CSS px */
  width: number;
}

/** PreviewView is a page at one view. */
export interface PreviewView {
  /** repaired; empty without a repair */
  after: PreviewShot[];
  /** rising by moment */
  before: PreviewShot[];
  /** Difference is what is not the same in the last pictures before and after, with all else transparent. Absent if nothing is, or if it was not asked for. */
  difference?: PreviewShot;
  /** such as "390x844" */
  name: string;
  view: View;
}

export interface Range {
  end: Position;
  start: Position;
}

/** Status is what a status item shows. */
export interface Status {
  browser: "idle" | "running" | "missing";
  /** pages for which repairs are looked for or wait for it */
  mending: number;
  /** the one that is asked; empty if none is */
  model?: string;
  problem?: string;
  /** pages that are looked at or wait for it */
  queue: number;
  /** what a person asked for and is under way */
  tasks: string[];
  /** whether the workspace is trusted: else no script of a page and no model runs */
  trusted: boolean;
}

/** Suggestion offers a repair after a save. */
export interface Suggestion {
  /** for the command relook.apply */
  fix: string;
  left: number;
  message: string;
  /** of its text */
  number: number;
  repaired: number;
  /** of the page */
  uri: string;
}

export interface TextDocumentIdentifier {
  uri: string;
}

/** Trace is all that was tried to repair a page. */
export interface Trace {
  ms: number;
  passes: TracePass[];
  status: "improved" | "unchanged" | "failed";
  uri: string;
}

/** TraceAttempt is a candidate with what the gate said. */
export interface TraceAttempt {
  admitted: boolean;
  policy: string;
  reason: string;
  /** of the gate that rejected it */
  rule?: string;
  why: string;
}

/** TracePass is a round of propose, render and gate. */
export interface TracePass {
  attempts: TraceAttempt[];
  /** replies of a model that could not be used, and why */
  dropped: string[];
  policy: string;
}

/** TrustParams says whether the workspace is trusted. */
export interface TrustParams {
  trusted: boolean;
}

/** A View is how a page is looked at. */
export interface View {
  /** of the viewport, CSS px, 1 to 10,000 */
  height: number;
  /** "screen", "print" or "" */
  media?: string;
  /** "reduce" for people who ask for less motion, or "" */
  motion?: string;
  /** device px per CSS px; 0 is 1 */
  scale?: number;
  /** "light", "dark" or "" */
  scheme?: string;
  /** State forces every control into a state, each as if it alone were in it: "hover", "focus" (as by the keyboard) or "". */
  state?: string;
  /** of the viewport, CSS px, 1 to 10,000 */
  width: number;
}
