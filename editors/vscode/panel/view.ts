// How the panel looks, from top to bottom: the answer, the repair, the tools, the
// pictures, the defects, and folded what more there is.
import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit-html";
import { live } from "lit-html/directives/live.js";
import { repeat } from "lit-html/directives/repeat.js";
import type { PreviewDefect, PreviewFix } from "../../../docs/schema/lsp";
import type { App } from "./app.ts";
import { badge, words } from "./dom.ts";
import type { Mend, Mode, Trouble } from "./messages.ts";
import { diffLines, momentsOf, moves, places, severityName, summary, verdict } from "./model.ts";
import { pictures } from "./picture.ts";

type Part = TemplateResult | typeof nothing;

export function panel(app: App): TemplateResult {
  const p = app.preview;
  return html`
    <header>
      <p class="page"><span>${app.name}</span>${app.busy && p ? html`<span class="soft">${l10n.t("looking…")}</span>` : nothing}</p>
      ${p ? answer(app) : nothing}
      ${app.busy ? html`<div class="progress" role="presentation"></div>` : nothing}
    </header>
    ${app.trouble ? trouble(app, app.trouble) : nothing}
    ${!p && app.busy ? html`<p class="waiting" role="status">${l10n.t("Looking at the page.")}</p>` : nothing}
    ${
      p && p.views.length > 0
        ? html`
      <section class="bar" aria-label=${l10n.t("Repair and view")}>${review(app)}${tools(app)}</section>
      <main>
        <div class="ruler"></div>
        ${pictures(app)}
        ${same(app)}
        ${defects(app)}
        ${more(app)}
      </main>
      ${inspector(app)}`
        : nothing
    }`;
}

function answer(app: App): Part {
  const p = app.preview;
  if (!p) return nothing;
  return html`<div role="status"><h1 class=${verdict(p)}><span class="sign" aria-hidden="true"></span><span>${words(summary(p))}</span></h1></div>
    ${p.valid ? nothing : html`<p class="soft">${l10n.t("The panel follows what you type.")}</p>`}`;
}

// Trouble

function trouble(app: App, t: Trouble): Part {
  const [text, mends] = mendsOf(t);
  return html`<section class="trouble ${t.kind}" aria-label=${l10n.t("Trouble")} aria-live="polite">
    <p>${words(text)}</p>
    <p class="buttons">${mends.map(([mend, label], i) => html`<button type="button" class=${i === 0 ? "primary" : ""} @click=${() => app.post({ type: "mend", mend })}>${label}</button>`)}</p>
  </section>`;
}

function mendsOf(t: Trouble): [string, [Mend, string][]] {
  const log: [Mend, string] = ["log", l10n.t("Show the log")];
  switch (t.kind) {
    case "starting":
      return [l10n.t("relook is starting."), []];
    case "stopped":
      return [
        l10n.t("relook isn't running, so the page can't be looked at."),
        [["restart", l10n.t("Start it")], log],
      ];
    case "browser":
      return [
        t.message,
        [
          ["browser", l10n.t("Install a browser")],
          ["browserPath", l10n.t("Choose a browser")],
          ["again", l10n.t("Look again")],
        ],
      ];
    case "untrusted":
      return [
        l10n.t("The page's scripts don't run here, as this workspace isn't trusted yet."),
        [["trust", l10n.t("Manage trust")]],
      ];
    case "failed":
      return [t.message, [["again", l10n.t("Look again")], log]];
  }
}

// Repair

function review(app: App): Part {
  const p = app.preview;
  const fix = app.repair();
  if (!p?.repair || p.repair.fixes.length === 0) return nothing;
  if (!fix) {
    return html`<section class="review" aria-label=${l10n.t("Repair")}>
      <p class="soft">${l10n.t("You turned the repairs of this page down.")}</p>
      <p class="buttons"><button type="button" @click=${() => app.reconsider()}>${l10n.t("Show them again")}</button></p>
    </section>`;
  }
  const list = app.repairs();
  const single = list.filter((f) => f.id !== "all");
  const title =
    fix.id === "all" && single.length > 0
      ? l10n.t("Everything together: {0} repairs", single.length)
      : fix.title;
  const at = fix.id === "all" ? "" : l10n.t("{0} of {1}", single.indexOf(fix) + 1, single.length);
  return html`<section class="review" aria-label=${l10n.t("Repair")}>
    <p class="title">${at ? html`<span class="at">${at}</span> ` : nothing}${words(title)}</p>
    <p class="soft">${mended(app, fix)}</p>
    <p class="buttons">
      <button type="button" class="primary" ?disabled=${app.acting} @click=${() => app.accept(fix)}>${l10n.t("Accept")}</button>
      <button type="button" ?disabled=${app.acting} @click=${() => app.reject()}>${l10n.t("Reject")}</button>
      ${list.length > 1 ? html`<button type="button" @click=${() => app.following()}>${l10n.t("Next")}</button>` : nothing}
    </p>
  </section>`;
}

/** mended says which defects a repair mends, by their numbers. */
function mended(app: App, fix: PreviewFix): string {
  const numbers = (app.preview?.defects ?? []).filter((d) => fix.keys.includes(d.key)).map((d) => d.number);
  if (numbers.length === 0) return "";
  return numbers.length === 1
    ? l10n.t("Mends defect {0}.", String(numbers[0]))
    : l10n.t("Mends defects {0}.", numbers.join(", "));
}

// Tools

interface Choice<T> {
  value: T;
  label: string;
}

function choice<T>(
  name: string,
  legend: string,
  values: Choice<T>[],
  chosen: T,
  pick: (v: T) => void,
): TemplateResult {
  return html`<fieldset class="choice">
    <legend class="unseen">${legend}</legend>
    ${values.map((c) => html`<label><input type="radio" name=${name} .checked=${live(c.value === chosen)} @change=${() => pick(c.value)}><span>${c.label}</span></label>`)}
  </fieldset>`;
}

function select<T extends string>(
  legend: string,
  values: Choice<T>[],
  chosen: T,
  pick: (v: T) => void,
): TemplateResult {
  return html`<label class="select"><span class="unseen">${legend}</span>
    <select .value=${live(chosen)} @change=${(e: Event) => pick((e.target as HTMLSelectElement).value as T)}>
      ${values.map((c) => html`<option value=${c.value} ?selected=${c.value === chosen}>${c.label}</option>`)}
    </select></label>`;
}

function tools(app: App): TemplateResult {
  const { want, marks } = app.saved;
  return html`<div class="tools" role="group" aria-label=${l10n.t("How the page is shown")}>
    ${modeTool(app)}
    ${app.preview?.defects.length ? html`<button type="button" class="tool outlined" aria-pressed=${marks} aria-label=${l10n.t("Outlines")} @click=${() => app.setMarks(!marks)}><span>${l10n.t("Outlines")}</span></button>` : nothing}
    ${momentTool(app)}
    ${select(
      l10n.t("Colour scheme"),
      [
        { value: "", label: l10n.t("Any colours") },
        { value: "light", label: l10n.t("Light") },
        { value: "dark", label: l10n.t("Dark") },
      ],
      want.scheme,
      (scheme) => app.setLook({ scheme }),
    )}
    ${select(
      l10n.t("State of the controls"),
      [
        { value: "", label: l10n.t("At rest") },
        { value: "hover", label: l10n.t("Hovered") },
        { value: "focus", label: l10n.t("Focused") },
      ],
      want.state,
      (state) => app.setLook({ state }),
    )}
    <div class="zoom" role="group" aria-label=${l10n.t("Zoom")}>
      <button type="button" class="tool" aria-label=${l10n.t("Smaller")} @click=${() => app.setZoom(app.zoom() / 1.25)}>−</button>
      <button type="button" class="tool fit" aria-label=${l10n.t("Fit the panel; now {0} %", Math.round(app.zoom() * 100))} aria-pressed=${app.saved.zoom === null} @click=${() => app.setZoom(null)}>${app.saved.zoom === null ? l10n.t("Fit") : `${Math.round(app.zoom() * 100)} %`}</button>
      <button type="button" class="tool" aria-label=${l10n.t("Larger")} @click=${() => app.setZoom(app.zoom() * 1.25)}>+</button>
    </div>
  </div>`;
}

function modeTool(app: App): Part {
  if (!app.repair() || !app.preview?.views.some((v) => v.after.length > 0)) return nothing;
  const list: Choice<Mode>[] = [
    { value: "before", label: l10n.t("Before") },
    { value: "slider", label: l10n.t("Slider") },
    { value: "after", label: l10n.t("After") },
    { value: "difference", label: l10n.t("Difference") },
  ];
  return choice("mode", l10n.t("What is shown"), list, app.mode(), (m) => app.setMode(m));
}

function momentTool(app: App): Part {
  const moments = momentsOf(app.preview?.views ?? []);
  if (moments.length < 2 || !app.preview?.views.some(moves)) return nothing;
  const at = moments.includes(app.saved.moment ?? -1) ? app.saved.moment : (moments.at(-1) ?? null);
  return html`<div class="moments">
    <button type="button" class="tool play ${app.playing ? "on" : ""}" aria-label=${app.playing ? l10n.t("Stop") : l10n.t("Play the moments")} @click=${() => app.play()}></button>
    ${choice(
      "moment",
      l10n.t("Moment of page time"),
      moments.map((m) => ({ value: m as number | null, label: l10n.t("{0} s", m / 1000) })),
      at,
      (m) => app.setMoment(m),
    )}
  </div>`;
}

/** same says that a page which was looked at several times looks the same each time. */
function same(app: App): Part {
  const views = app.preview?.views ?? [];
  const moments = momentsOf(views);
  if (moments.length < 2 || views.some(moves)) return nothing;
  return html`<p class="soft same">${l10n.t("Looks the same {0} s after loading.", moments.map((m) => m / 1000).join(", "))}</p>`;
}

// Defects

function defects(app: App): Part {
  const p = app.preview;
  if (!p || p.defects.length === 0) return nothing;
  return html`<section aria-labelledby="defects">
    <h2 id="defects">${l10n.t("Defects")}</h2>
    <ol class="defects">${repeat(
      p.defects,
      (d) => d.key,
      (d) => html`<li>
      <button type="button" class="row ${app.isLit(d) ? "lit" : ""}" aria-current=${app.isLit(d) ? "true" : nothing} @click=${() => app.choose(d, { goto: true })}>
        ${badge(d.number, d.severity)}
        <span class="what"><span class="unseen">${l10n.t("Defect {0}:", d.number)} </span>${words(d.message)}<span class="soft facts">${facts(app, d)}</span></span>
      </button></li>`,
    )}
    </ol>
  </section>`;
}

function facts(app: App, d: PreviewDefect): unknown {
  const list = [severityName(d), d.rule, places(d, app.preview?.views ?? [])];
  return html`${list.join(" · ")}${d.repaired ? html` · <span>${l10n.t("✓ gone after the repair")}</span>` : nothing}`;
}

/** inspector tells of the chosen defect at the foot of the panel, where it is seen
 * beside the picture. */
function inspector(app: App): Part {
  const d = app.selected();
  if (!d) return nothing;
  const fix = app.repairs().find((f) => f.id === d.fix);
  return html`<aside class="inspector" aria-label=${l10n.t("Defect {0}", d.number)}>
    ${badge(d.number, d.severity)}
    <div class="what">
      <p role="status">${words(d.message)}</p>
      <p class="soft facts">${facts(app, d)}</p>
      <p class="buttons">
        <button type="button" class="link" @click=${() => app.choose(d, { goto: true, focus: true })}>${l10n.t("Go to the cause")}</button>
        ${fix ? html`<button type="button" class="link" ?disabled=${app.acting} @click=${() => app.accept(fix)}>${l10n.t("Repair this")}</button>` : nothing}
        <button type="button" class="link" ?disabled=${app.acting} @click=${() => app.ignore(d)}>${l10n.t("Ignore it here")}</button>
      </p>
    </div>
    <div class="steps">
      <button type="button" class="tool" aria-label=${l10n.t("Defect before")} @click=${() => app.step(-1)}>‹</button>
      <button type="button" class="tool" aria-label=${l10n.t("Next defect")} @click=${() => app.step(1)}>›</button>
      <button type="button" class="tool" aria-label=${l10n.t("Close")} @click=${() => app.choose(null)}>×</button>
    </div>
  </aside>`;
}

// What more there is

function more(app: App): Part {
  const repair = app.preview?.repair;
  if (!repair) return nothing;
  return html`${
    repair.diff && app.repair()
      ? html`<details>
      <summary>${l10n.t("What would change in the source")}</summary>
      <p class="buttons"><button type="button" class="link" @click=${() => app.post({ type: "diff" })}>${l10n.t("Open as a diff")}</button></p>
      <div class="diff" role="group" aria-label=${l10n.t("Changes")}>${diffLines(repair.diff).map((l) => html`<div class="line ${l.kind}">${l.text}</div>`)}</div>
    </details>`
      : nothing
  }
    <details @toggle=${(e: Event) => (e.target as HTMLDetailsElement).open && !app.trace && app.post({ type: "trace" })}>
      <summary>${l10n.t("What was tried")}</summary>
      ${attempts(app)}
    </details>`;
}

function attempts(app: App): unknown {
  const list = (app.trace?.passes ?? []).flatMap((p) => p.attempts);
  if (!app.trace) return html`<p class="soft">${l10n.t("Asking.")}</p>`;
  if (list.length === 0) return html`<p class="soft">${l10n.t("Nothing was tried.")}</p>`;
  return html`<ol class="attempts">${list.map(
    (a) => html`<li class=${a.admitted ? "admitted" : ""}>
    <p><b>${a.admitted ? l10n.t("Admitted") : l10n.t("Rejected")}</b> ${words(a.why)}</p><p class="soft">${words(a.reason)}</p></li>`,
  )}</ol>`;
}
