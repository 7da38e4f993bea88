// The preview panel: a web page in the editor. It draws what the extension tells
// it and asks the extension for all else; it loads nothing and knows no address.
import * as l10n from "@vscode/l10n";
import { render } from "lit-html";
import { App, type Host } from "./app.ts";
import type { FromPanel, Saved, ToPanel } from "./messages.ts";
import { settled } from "./paint.ts";
import "./panel.css";
import { panel } from "./view.ts";

declare function acquireVsCodeApi(): {
  postMessage(m: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
};

const api = acquireVsCodeApi();
const root = document.body;
const texts = root.dataset.texts;
if (texts) l10n.config({ contents: JSON.parse(texts) as Record<string, string> });

const host: Host = {
  post: (m: FromPanel) => api.postMessage(m),
  load: () => api.getState() ?? (root.dataset.state ? JSON.parse(root.dataset.state) : undefined),
  save: (state: Saved) => api.setState(state),
  still: () =>
    matchMedia("(prefers-reduced-motion: reduce)").matches || root.classList.contains("vscode-reduce-motion"),
};

const app = new App(host, draw);
const size = new ResizeObserver((list) => {
  for (const e of list) app.setRoom(Math.floor(e.contentRect.width) - 1);
});
let measured: Element | null = null;
let shownKey: string | null = null;

function draw(): void {
  render(panel(app), root);
  const ruler = root.querySelector(".ruler");
  if (ruler !== measured) {
    if (measured) size.unobserve(measured);
    if (ruler) size.observe(ruler);
    measured = ruler;
  }
  const d = app.selected();
  if (d && d.key !== shownKey) bring(d.key);
  shownKey = d?.key ?? null;
}

/** bring scrolls a defect's first tag into view, if none of its tags is there. */
function bring(key: string): void {
  const all = [...root.querySelectorAll<HTMLElement>(".tag")].filter((t) => t.dataset.key === key);
  const seen = all.some((t) => {
    const b = t.getBoundingClientRect();
    return b.top >= 0 && b.bottom <= innerHeight;
  });
  if (!seen)
    all[0]?.scrollIntoView({
      block: "center",
      inline: "nearest",
      behavior: host.still() ? "auto" : "smooth",
    });
}

/** painted tells when what a message brought is on the screen. */
async function painted(since: number, number: number): Promise<void> {
  await settled();
  app.post({ type: "painted", number, ms: performance.now() - since });
}

addEventListener("message", (e: MessageEvent<ToPanel>) => {
  const since = performance.now();
  app.hear(e.data);
  if (e.data.type === "preview") void painted(since, e.data.preview.number);
});
addEventListener("error", (e) =>
  api.postMessage({ type: "error", message: `${e.message} (${e.filename}:${e.lineno})` }),
);
addEventListener("unhandledrejection", (e) => api.postMessage({ type: "error", message: String(e.reason) }));
addEventListener("keydown", (e) => {
  if (e.key === "Escape" && app.selected()) app.choose(null);
});
app.start();
