// What the extension and its preview panel tell each other. The panel is a web
// page of its own: all that crosses is plain data, and what comes from it is
// checked before it counts.
import type { Preview, PreviewShot, PreviewView, Trace } from "../../../docs/schema/lsp";

/** Want is how a person wants the page to be looked at, beyond its settings. */
export interface Want {
  /** colour scheme in place of that of the views; "" for theirs */
  scheme: "" | "light" | "dark";
  /** state that every control is forced into */
  state: "" | "hover" | "focus";
  /** id of the repair whose pictures are shown; "all" for everything together */
  fix: string;
  /** whether the pictures of what changed are needed */
  difference: boolean;
}

export const plainWant: Want = { scheme: "", state: "", fix: "all", difference: false };

/** Mode says which of a pair of pictures is shown. */
export type Mode = "before" | "slider" | "after" | "difference";
export const modes: readonly Mode[] = ["before", "slider", "after", "difference"];

/** Trouble is why there is nothing newer to see. */
export interface Trouble {
  kind: "starting" | "stopped" | "browser" | "untrusted" | "failed";
  /** a sentence that says what is so; the panel has its own for some kinds */
  message: string;
}

/** Picture is a picture that the panel does not have yet. */
export interface Picture {
  id: string;
  bytes: Uint8Array;
}

/** ToPanel is what the extension tells. */
export type ToPanel =
  | { type: "page"; uri: string; name: string }
  | { type: "preview"; preview: Preview; pictures: Picture[]; want: Want }
  | { type: "busy"; busy: boolean }
  | { type: "trouble"; trouble: Trouble | null }
  | { type: "light"; keys: string[] }
  | { type: "mode"; mode: Mode }
  | { type: "act"; what: Act }
  | { type: "done"; applied: boolean }
  | { type: "trace"; trace: Trace };

/** Act is what key bindings of the editor can have the panel do. */
export type Act = "accept" | "reject" | "next" | "nextDefect" | "previousDefect";
export const acts: readonly Act[] = ["accept", "reject", "next", "nextDefect", "previousDefect"];

/** Mend is what a button of a trouble does. */
export type Mend = "again" | "browser" | "browserPath" | "trust" | "log" | "restart";
export const mends: readonly Mend[] = ["again", "browser", "browserPath", "trust", "log", "restart"];

/** FromPanel is what the panel asks for. */
export type FromPanel =
  | { type: "ready"; want: Want }
  | { type: "want"; want: Want }
  | { type: "goto"; key: string; focus: boolean }
  | { type: "apply"; number: number; fix: string }
  | { type: "ignore"; number: number; key: string }
  | { type: "diff" }
  | { type: "trace" }
  | { type: "mend"; mend: Mend }
  | { type: "painted"; number: number; ms: number }
  | { type: "error"; message: string };

/** Saved is what the panel keeps over a reload of the window. */
export interface Saved {
  uri: string;
  mode: Mode;
  want: Want;
  /** part of the picture, 0 to 100, that shows the page before */
  split: number;
  /** moment in ms; null for the last */
  moment: number | null;
  /** screen px for a CSS px of the page; null for as large as fits */
  zoom: number | null;
  marks: boolean;
  selected: string | null;
  /** repairs that the person does not want, see `repairId` */
  rejected: string[];
}

export const freshState: Saved = {
  uri: "",
  mode: "before",
  want: plainWant,
  split: 50,
  moment: null,
  zoom: null,
  marks: true,
  selected: null,
  rejected: [],
};

/** maxRejected bounds what is remembered of repairs that were turned down. */
export const maxRejected = 200;

const isObject = (v: unknown): v is Record<string, unknown> => typeof v === "object" && v !== null;
const isText = (v: unknown, most: number): v is string => typeof v === "string" && v.length <= most;
const oneOf = <T>(v: unknown, all: readonly T[], otherwise: T): T =>
  all.includes(v as T) ? (v as T) : otherwise;
const between = (v: unknown, low: number, high: number): number | null =>
  typeof v === "number" && Number.isFinite(v) ? Math.min(high, Math.max(low, v)) : null;

export function readWant(v: unknown): Want {
  if (!isObject(v)) return plainWant;
  return {
    scheme: oneOf(v.scheme, ["", "light", "dark"] as const, ""),
    state: oneOf(v.state, ["", "hover", "focus"] as const, ""),
    fix: isText(v.fix, 40) && v.fix !== "" ? v.fix : "all",
    difference: v.difference === true,
  };
}

/** readSaved takes what is good of a state that was kept, and defaults for the rest. */
export function readSaved(v: unknown): Saved {
  if (!isObject(v)) return freshState;
  return {
    uri: isText(v.uri, 4096) ? v.uri : "",
    mode: oneOf(v.mode, modes, "before"),
    want: readWant(v.want),
    split: between(v.split, 0, 100) ?? 50,
    moment: between(v.moment, 0, 60_000),
    zoom: between(v.zoom, zoomLeast, zoomMost),
    marks: v.marks !== false,
    selected: isText(v.selected, 4096) ? v.selected : null,
    rejected: Array.isArray(v.rejected)
      ? v.rejected.filter((r): r is string => isText(r, 40)).slice(-maxRejected)
      : [],
  };
}

/** zoomLeast and zoomMost bound the zoom, in screen px for a CSS px of the page. */
export const zoomLeast = 0.05;
export const zoomMost = 2;

/** readFromPanel is a message of the panel, or null if it is none. */
export function readFromPanel(v: unknown): FromPanel | null {
  if (!isObject(v)) return null;
  const number = typeof v.number === "number" && Number.isSafeInteger(v.number) ? v.number : -1;
  switch (v.type) {
    case "diff":
    case "trace":
      return { type: v.type };
    case "ready":
    case "want":
      return { type: v.type, want: readWant(v.want) };
    case "goto":
      return isText(v.key, 4096) ? { type: "goto", key: v.key, focus: v.focus === true } : null;
    case "apply":
      return isText(v.fix, 40) && number >= 0 ? { type: "apply", number, fix: v.fix } : null;
    case "ignore":
      return isText(v.key, 4096) && number >= 0 ? { type: "ignore", number, key: v.key } : null;
    case "mend":
      return mends.includes(v.mend as Mend) ? { type: "mend", mend: v.mend as Mend } : null;
    case "painted":
      return number >= 0 && typeof v.ms === "number" ? { type: "painted", number, ms: v.ms } : null;
    case "error":
      return isText(v.message, 10_000) ? { type: "error", message: v.message } : null;
  }
  return null;
}

/** shotsOf are all pictures that a view is shown by. */
export const shotsOf = (v: PreviewView): PreviewShot[] => [
  ...v.before,
  ...v.after,
  ...(v.difference ? [v.difference] : []),
];

/** isPlain reports whether what is watched anyway is what is wanted. */
export const isPlain = (w: Want): boolean =>
  w.scheme === "" && w.state === "" && w.fix === "all" && !w.difference;
