// What the panel makes of a preview, in plain functions: what is said of it, what
// is drawn where, which repair is looked at.
import * as l10n from "@vscode/l10n";
import type {
  Box,
  Preview,
  PreviewDefect,
  PreviewFix,
  PreviewShot,
  PreviewView,
  View,
} from "../../../docs/schema/lsp";

export type Verdict = "good" | "fair" | "bad";

const defects = (n: number): string => (n === 1 ? l10n.t("1 defect") : l10n.t("{0} defects", n));

/** verdict is how the page is, in one word. */
export function verdict(p: Preview): Verdict {
  if (!p.valid || p.defects.some((d) => d.severity === "error")) return "bad";
  return p.defects.length > 0 ? "fair" : "good";
}

/** summary is the first answer: is it fine, what was found, what can be repaired. */
export function summary(p: Preview): string {
  if (!p.valid) {
    const reason = p.reason?.replace(/\.$/, "") ?? "";
    if (reason === "") return l10n.t("There is nothing to judge yet.");
    return reason.startsWith("is ")
      ? l10n.t("The page {0}.", reason)
      : l10n.t("The page can't be judged: {0}.", reason);
  }
  const views = new Set(p.views.map((v) => v.view.width)).size;
  const widths = views === 1 ? l10n.t("1 width") : l10n.t("{0} widths", views);
  if (p.defects.length === 0) return l10n.t("Nothing is wrong at {0}.", widths);
  const found = l10n.t("{0} at {1}", defects(p.defects.length), widths);
  if (!p.repair) return `${found}.`;
  const gone = p.repair.fixes.find((f) => f.id === "all")?.keys ?? [];
  const done = p.defects.filter((d) => gone.includes(d.key)).length;
  if (done === 0) return l10n.t("{0}. No repair was better than the page as it is.", found);
  const left = p.defects.length - done;
  if (left === 0) return l10n.t("{0}, all can be repaired.", found);
  return l10n.t("{0}, {1} can be repaired, {2} left.", found, done, left);
}

/** viewName is how a view is called: its width, and what is special about it. */
export function viewName(view: View): string {
  return [l10n.t("{0} px", view.width), ...traits(view)].join(", ");
}

function traits(view: View): string[] {
  const names: Record<string, string> = {
    light: l10n.t("light"),
    dark: l10n.t("dark"),
    print: l10n.t("print"),
    screen: l10n.t("screen"),
    hover: l10n.t("hovered"),
    focus: l10n.t("focused"),
    reduce: l10n.t("less motion"),
  };
  const list = [view.scheme, view.media, view.state, view.motion].flatMap((t) => (t ? [names[t] ?? t] : []));
  if (view.scale && view.scale !== 1) list.unshift(`${view.scale}×`);
  return list;
}

/** momentsOf are the moments of page time that there are pictures of, in ms. */
export const momentsOf = (views: readonly PreviewView[]): number[] =>
  [...new Set(views.flatMap((v) => v.before.map((s) => s.at)))].sort((a, b) => a - b);

/** shotAt is the picture of a moment, or of the last there is. */
export const shotAt = (shots: readonly PreviewShot[], at: number | null): PreviewShot | undefined =>
  shots.find((s) => s.at === at) ?? shots.at(-1);

/** moves reports whether the page looks different at its moments. */
export const moves = (v: PreviewView): boolean => new Set(v.before.map((s) => s.id)).size > 1;

/** next is the moment after another one, the first after the last. */
export function next(moments: readonly number[], at: number | null): number | null {
  const i = at === null ? moments.length - 1 : moments.indexOf(at);
  return moments[(i + 1) % moments.length] ?? null;
}

/** Mark is a defect's box in a picture, in parts of it from 0 to 1. */
export interface Mark {
  defect: PreviewDefect;
  x: number;
  y: number;
  width: number;
  height: number;
  /** CSS px by which the first box of a defect sticks out on the right; else 0 */
  over: number;
  /** the first of its defect in this picture: it bears the number */
  first: boolean;
}

/** marksOf are the boxes to draw on a picture of a view. Those that lie outside
 * it altogether are left out. */
export function marksOf(defects: readonly PreviewDefect[], view: PreviewView, shot: PreviewShot): Mark[] {
  const list: Mark[] = [];
  for (const defect of defects) {
    let first = true;
    for (const { box } of defect.elements.filter((e) => e.view === view.name)) {
      const cut = clip(box, shot);
      if (!cut) continue;
      list.push({
        defect,
        first,
        over: first ? Math.max(0, Math.round(box.x + box.width - shot.width)) : 0,
        x: cut.x / shot.width,
        y: cut.y / shot.height,
        width: cut.width / shot.width,
        height: cut.height / shot.height,
      });
      first = false;
    }
  }
  return list;
}

/** clip is the part of a box that lies on a picture: something thin at least. What
 * lies beside the picture is drawn at its edge. */
function clip(box: Box, shot: PreviewShot): Box | null {
  if (shot.width <= 0 || shot.height <= 0 || box.y >= shot.height) return null;
  const within = (v: number, most: number) => Math.min(most, Math.max(0, v));
  const x = within(box.x, shot.width - 2),
    y = within(box.y, shot.height - 2);
  return {
    x,
    y,
    width: Math.max(2, within(box.x + box.width, shot.width) - x),
    height: Math.max(2, within(box.y + box.height, shot.height) - y),
  };
}

/** labelled are the marks whose overflow is told in px: of those that would lie on
 * one another the larger. height is that of the picture in px. */
export function labelled(marks: readonly Mark[], height: number): ReadonlySet<Mark> {
  const length = 64; // px of "+1,234 px", upright
  const list: Mark[] = [];
  for (const m of marks.filter((m) => m.over > 0).sort((a, b) => b.over - a.over)) {
    if (list.every((l) => Math.abs(l.y - m.y) * height >= length)) list.push(m);
  }
  return new Set(list);
}

/** hit is the defect at a point of a picture, both in parts of it: that with the
 * smallest box, as what lies around it can be hit elsewhere. */
export function hit(marks: readonly Mark[], x: number, y: number): PreviewDefect | undefined {
  const at = marks.filter((m) => x >= m.x && x <= m.x + m.width && y >= m.y && y <= m.y + m.height);
  return at.sort((a, b) => a.width * a.height - b.width * b.height)[0]?.defect;
}

export interface Point {
  x: number;
  y: number;
}

/** spread gives each tag a place of its own: where it is wanted, else the nearest
 * free one to the right or below. All in px; size is that of a tag. */
export function spread(
  wanted: readonly Point[],
  size: number,
  room: { width: number; height: number },
): Point[] {
  const placed: Point[] = [];
  const right = Math.max(0, room.width - size),
    bottom = Math.max(0, room.height - size);
  for (const w of wanted) {
    let x = Math.min(right, Math.max(0, w.x)),
      y = Math.min(bottom, Math.max(0, w.y));
    const clash = () => placed.find((p) => Math.abs(p.x - x) < size && Math.abs(p.y - y) < size);
    for (let at = clash(); at; at = clash()) {
      x = at.x + size;
      if (x > right) {
        x = 0;
        y += size;
      }
      if (y > room.height * 2) break; // more tags than the picture has room for
    }
    placed.push({ x, y });
  }
  return placed;
}

/** fit is the zoom at which the views stand side by side in a room, all at the
 * same: in one row if a phone is not too small then, else in several. gap and
 * room are screen px, the answer is screen px for a CSS px. */
export function fit(widths: readonly number[], room: number, gap: number): number {
  if (widths.length === 0 || room <= 0) return 1;
  const readable = 80;
  const row = (room - gap * (widths.length - 1)) / widths.reduce((a, b) => a + b, 0);
  const widest = room / Math.max(...widths);
  return Math.min(1, widest, Math.max(row, readable / Math.min(...widths)));
}

/** fixesOf are the repairs that can be looked at in turn, but for those turned
 * down. Who turned one down did not mean to have it with the others. */
export function fixesOf(p: Preview | null, rejected: readonly string[]): PreviewFix[] {
  const all = p?.repair?.fixes ?? [];
  const list = all.filter((f) => !rejected.includes(repairId(f)));
  const whole = list.find((f) => f.id === "all");
  const single = list.filter((f) => f.id !== "all");
  if (!whole || all.length !== list.length) return single;
  const only = single.length === 1 && single[0] && same(single[0].keys, whole.keys);
  return only && single[0] ? [{ ...whole, title: single[0].title }] : [whole, ...single];
}

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((k) => b.includes(k));

/** repairId is a short name of a repair that holds over looks at the page. */
export function repairId(f: PreviewFix): string {
  let h = 0xcbf29ce484222325n;
  for (const c of new TextEncoder().encode(
    [f.id === "all" ? "all" : f.title, ...[...f.keys].sort()].join("\n"),
  ))
    h = BigInt.asUintN(64, (h ^ BigInt(c)) * 0x100000001b3n);
  return h.toString(16);
}

/** following is the repair after another one, the first after the last. */
export function following(fixes: readonly PreviewFix[], id: string): PreviewFix | undefined {
  return fixes[(fixes.findIndex((f) => f.id === id) + 1) % Math.max(1, fixes.length)];
}

/** places says at which widths a defect shows. */
export function places(d: PreviewDefect, views: readonly PreviewView[]): string {
  const names = views.filter((v) => d.elements.some((e) => e.view === v.name)).map((v) => v.view.width);
  const widths = [...new Set(names)].sort((a, b) => a - b);
  if (widths.length === 0) return l10n.t("between these widths");
  return l10n.t("at {0} px", widths.map((w) => w.toLocaleString("en")).join(", "));
}

export const severityName = (d: PreviewDefect): string =>
  ({ error: l10n.t("error"), warning: l10n.t("warning"), info: l10n.t("note") })[d.severity] ?? d.severity;

/** alternative says what a picture shows to those who can't see it. */
export function alternative(v: PreviewView, defects: readonly PreviewDefect[]): string {
  const here = defects.filter((d) => d.elements.some((e) => e.view === v.name));
  const at = viewName(v.view);
  if (here.length === 0) return l10n.t("The page at {0}. Nothing is wrong here.", at);
  return l10n.t(
    "The page at {0}. Wrong: {1}",
    at,
    here.map((d) => `${d.number}. ${plain(d.message)}`).join(" "),
  );
}

/** plain is a sentence without its code marks. */
export const plain = (text: string): string => text.replaceAll("`", "");

/** DiffLine is a line of a unified diff. */
export interface DiffLine {
  kind: "file" | "hunk" | "add" | "del" | "same";
  text: string;
}

/** diffLines reads a unified diff, up to a number of lines. */
export function diffLines(diff: string, most = 2000): DiffLine[] {
  const list: DiffLine[] = [];
  let left = 0; // lines of the hunk that are still to come: what they hold may look like anything
  for (const line of diff.split("\n")) {
    if (list.length >= most) break;
    const hunk = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (left > 0 && !line.startsWith("\\")) {
      const kind = line[0] === "+" ? "add" : line[0] === "-" ? "del" : "same";
      left -= kind === "same" ? 2 : 1;
      list.push({ kind, text: line });
    } else if (hunk) {
      left = Number(hunk[1] ?? 1) + Number(hunk[3] ?? 1);
      list.push({ kind: "hunk", text: l10n.t("line {0}", hunk[2] ?? "") });
    } else if (line.startsWith("+++ ")) {
      list.push({ kind: "file", text: line.slice(4).replace(/^b\//, "").replace(/\t.*$/, "") });
    }
  }
  return list;
}
