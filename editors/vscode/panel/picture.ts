// The page at its views, side by side at true relative widths, with its defects
// drawn where they are.
import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit-html";
import { repeat } from "lit-html/directives/repeat.js";
import type { PreviewDefect, PreviewShot, PreviewView } from "../../../docs/schema/lsp";
import type { App } from "./app.ts";
import { badge, vars } from "./dom.ts";
import {
  alternative,
  hit,
  labelled,
  type Mark,
  marksOf,
  moves,
  plain,
  shotAt,
  spread,
  viewName,
} from "./model.ts";
import { paint } from "./paint.ts";

type Part = TemplateResult | typeof nothing;

/** tagSize is the side of a tag in px: what a finger can hit. */
const tagSize = 24;

export function pictures(app: App): TemplateResult {
  const p = app.preview;
  return html`
    ${app.mode() === "slider" ? slider(app) : nothing}
    <div class="views ${app.mode()} ${app.saved.marks ? "" : "plain"}" ${vars({ split: `${app.saved.split}%` })}
      role="group" aria-label=${l10n.t("The page at its views")} tabindex=${app.saved.zoom === null ? nothing : 0}
      @wheel=${{ handleEvent: (e: WheelEvent) => pinch(app, e), passive: false }}>
      ${repeat(
        p?.views ?? [],
        (v) => v.name,
        (v) => picture(app, v),
      )}
    </div>`;
}

const slider = (app: App): TemplateResult => html`<label class="slide">
  <span aria-hidden="true">${l10n.t("Before")}</span>
  <input type="range" min="0" max="100" .value=${String(app.saved.split)} aria-label=${l10n.t("How much of the pictures shows the page before the repair")}
    @input=${(e: Event) => split(app, Number((e.target as HTMLInputElement).value))}>
  <span aria-hidden="true">${l10n.t("After")}</span></label>`;

/** split moves the line between before and after in all pictures. Nothing else
 * changes, so nothing else is drawn anew. */
function split(app: App, percent: number): void {
  const value = Math.round(Math.min(100, Math.max(0, percent)));
  app.save({ split: value });
  document.querySelector<HTMLElement>(".views")?.style.setProperty("--split", `${value}%`);
  for (const t of document.querySelectorAll<HTMLElement>(".tag"))
    t.classList.toggle("behind", behind(app, t.offsetLeft, t.offsetParent?.clientWidth ?? 0));
  const input = document.querySelector<HTMLInputElement>(".slide input");
  if (input) input.value = String(value);
}

/** behind reports whether the slider covers a tag at a place of a picture, in px: it
 * must then catch neither clicks nor the focus. */
const behind = (app: App, left: number, width: number): boolean =>
  app.mode() === "slider" && left + tagSize > (width * app.saved.split) / 100;

function pinch(app: App, e: WheelEvent): void {
  if (!e.ctrlKey) return;
  e.preventDefault();
  app.setZoom(app.zoom() * Math.exp(-e.deltaY / 200));
}

function picture(app: App, v: PreviewView): TemplateResult {
  const defects = app.preview?.defects ?? [];
  const shot = shotAt(v.before, app.saved.moment);
  const here = defects.filter((d) => d.elements.some((e) => e.view === v.name)).length;
  return html`<figure class="view" ${vars({ w: `${v.view.width * app.zoom()}px` })}>
    <figcaption><b>${viewName(v.view)}</b>${here > 0 ? html` <span class="soft">${here === 1 ? l10n.t("1 defect") : l10n.t("{0} defects", here)}</span>` : nothing}</figcaption>
    ${shot ? frame(app, v, shot) : html`<p class="soft">${l10n.t("No picture could be taken at this width.")}</p>`}
    ${strip(app, v)}
  </figure>`;
}

function frame(app: App, v: PreviewView, shot: PreviewShot): TemplateResult {
  const mode = app.mode();
  const width = v.view.width * app.zoom();
  const defects = app.preview?.defects ?? [];
  const after = shotAt(v.after, app.saved.moment);
  const changed = mode === "difference" ? v.difference : undefined;
  const marks = mode === "before" || mode === "slider" || !after ? marksOf(defects, v, shot) : [];
  return html`<div class="frame ${after ? "paired" : ""}" @pointerdown=${(e: PointerEvent) => press(app, e)} @pointermove=${(e: PointerEvent) => move(app, e, marks)}
      @pointerleave=${(e: PointerEvent) => over(e, undefined)} @click=${(e: MouseEvent) => click(app, e, marks)}>
    ${mode === "before" || mode === "slider" || !after ? image(app, shot, "before", width, alternative(v, defects)) : nothing}
    ${after && (mode === "after" || mode === "slider") ? image(app, after, "after", width, l10n.t("The page at {0}, repaired.", viewName(v.view))) : nothing}
    ${after && mode === "difference" ? difference(app, v, after, changed) : nothing}
    ${outlines(app, marks, (width * shot.height) / shot.width)}
    ${marks.length > 0 ? tags(app, v, shot, marks) : nothing}
    ${after && mode === "slider" ? html`<div class="handle" aria-hidden="true"></div>` : nothing}
  </div>`;
}

/** image is a picture, seen at a width in px. Without words for those who can't see
 * it, it is decoration. */
const image = (app: App, shot: PreviewShot, name: string, width: number, alt: string): TemplateResult =>
  html`<canvas class=${name} role=${alt ? "img" : nothing} aria-label=${alt || nothing} aria-hidden=${alt ? nothing : "true"} ${paint(app.pictures, shot.id, width, shot)}></canvas>`;

/** difference is what changed and nothing else, on a faint picture of the rest. */
function difference(app: App, v: PreviewView, after: PreviewShot, changed: PreviewShot | undefined): Part {
  if (!app.saved.want.difference || (app.busy && !changed))
    return html`<p class="nothing soft">${l10n.t("Comparing.")}</p>`;
  const width = v.view.width * app.zoom();
  if (!changed) return html`<p class="nothing soft">${l10n.t("Nothing changed at this width.")}</p>`;
  return html`${image(app, after, "faint", width, "")}${image(app, changed, "changed", width, l10n.t("What changed at {0}.", viewName(v.view)))}`;
}

/** outlines are the boxes on a picture of a height in px: that beside it, under the
 * slider, may have another. */
function outlines(app: App, marks: readonly Mark[], height: number): unknown {
  const told = labelled(marks, height);
  return html`<div class="outlines" aria-hidden="true" ${vars({ tall: `${height}px` })}>${marks.map(
    (m) => html`<span
  class="outline ${m.defect.severity} ${app.isLit(m.defect) ? "lit" : ""}" data-key=${m.defect.key} ${vars({ x: m.x, y: m.y, w: m.width, h: m.height })}></span>${
    m.over > 0
      ? html`<span class="over ${m.defect.severity}" ${vars({ y: m.y, h: m.height })}>${told.has(m) ? html`<span>${l10n.t("+{0} px", m.over.toLocaleString("en"))}</span>` : nothing}</span>`
      : nothing
  }`,
  )}</div>`;
}

function tags(app: App, v: PreviewView, shot: PreviewShot, marks: readonly Mark[]): TemplateResult {
  const width = v.view.width * app.zoom(),
    height = (width * shot.height) / shot.width;
  const firsts = marks.filter((m) => m.first);
  const places = spread(
    firsts.map((m) => ({ x: m.x * width - tagSize - 2, y: m.y * height - 2 })),
    tagSize,
    { width, height },
  );
  const stop = Math.max(
    0,
    firsts.findIndex((m) => m.defect.key === app.saved.selected),
  );
  return html`<div class="tags" role="group" aria-label=${l10n.t("Defects at {0}", viewName(v.view))} @keydown=${arrows} ${vars({ tall: `${height}px` })}>
    ${repeat(
      firsts,
      (m) => m.defect.key,
      (
        m,
        i,
      ) => html`<button type="button" class="tag ${app.isLit(m.defect) ? "lit" : ""} ${behind(app, places[i]?.x ?? 0, width) ? "behind" : ""}" tabindex=${i === stop ? 0 : -1} data-key=${m.defect.key}
      ${vars({ left: `${places[i]?.x ?? 0}px`, top: `${places[i]?.y ?? 0}px` })} aria-label=${l10n.t("Defect {0}: {1}", m.defect.number, plain(m.defect.message))}
      aria-current=${app.isLit(m.defect) ? "true" : nothing} @click=${(e: Event) => {
        e.stopPropagation();
        app.choose(m.defect, { goto: true });
      }}>${badge(m.defect.number, m.defect.severity)}</button>`,
    )}
  </div>`;
}

/** strip are the moments of a page that moves, small. */
function strip(app: App, v: PreviewView): Part {
  if (!moves(v)) return nothing;
  const at = shotAt(v.before, app.saved.moment)?.at;
  return html`<div class="strip" role="group" aria-label=${l10n.t("Moments at {0}", viewName(v.view))}>${v.before.map(
    (s) => html`<button type="button" aria-pressed=${s.at === at} @click=${() => app.setMoment(s.at)}>
    ${image(app, s, "small", 72, "")}<span>${l10n.t("{0} s", s.at / 1000)}</span></button>`,
  )}</div>`;
}

// Pointer and keys

const part = (e: MouseEvent): { x: number; y: number } => {
  const box = (e.currentTarget as HTMLElement).getBoundingClientRect();
  return { x: (e.clientX - box.left) / box.width, y: (e.clientY - box.top) / box.height };
};

function press(app: App, e: PointerEvent): void {
  if (app.mode() !== "slider" || e.button !== 0 || (e.target as Element).closest(".tag")) return;
  (e.currentTarget as HTMLElement).setPointerCapture(e.pointerId);
  split(app, part(e).x * 100);
}

function move(app: App, e: PointerEvent, marks: readonly Mark[]): void {
  const frame = e.currentTarget as HTMLElement;
  if (frame.hasPointerCapture(e.pointerId)) {
    split(app, part(e).x * 100);
    return;
  }
  const at = part(e);
  over(e, app.mode() === "before" && app.saved.marks ? hit(marks, at.x, at.y) : undefined);
}

/** over marks the box under the pointer, without drawing anew. */
function over(e: PointerEvent, d: PreviewDefect | undefined): void {
  const frame = e.currentTarget as HTMLElement;
  frame.classList.toggle("pointing", d !== undefined);
  for (const o of frame.querySelectorAll<HTMLElement>(".outline"))
    o.classList.toggle("pointed", d !== undefined && o.dataset.key === d.key);
}

function click(app: App, e: MouseEvent, marks: readonly Mark[]): void {
  if (app.mode() !== "before" || !app.saved.marks) return;
  const at = part(e);
  const d = hit(marks, at.x, at.y);
  if (d) app.choose(d, { goto: true });
}

/** arrows move among the tags of a picture: it is one stop for the Tab key. */
function arrows(e: KeyboardEvent): void {
  const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key];
  if (!by) return;
  const list = [...(e.currentTarget as HTMLElement).querySelectorAll<HTMLElement>(".tag")];
  const at = list.indexOf(e.target as HTMLElement);
  list[(at + by + list.length) % list.length]?.focus();
  e.preventDefault();
}
