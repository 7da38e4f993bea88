// The built panel in a real browser: in the document that the extension makes,
// with the variables of a VS Code theme, and a link to a real server behind it.
import path from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import type { Range } from "../../../../docs/schema/lsp";
import { Link, type Pair } from "../../panel/link.ts";
import type { FromPanel, ToPanel } from "../../panel/messages.ts";
import { document as documentOf } from "../../panel/page.ts";
import { Shelf } from "../../panel/shelf.ts";
import type { Server } from "./server.ts";
import themes from "./themes.json" with { type: "json" };

export type Theme = keyof typeof themes;
export const themeNames = Object.keys(themes) as Theme[];
export const root = process.env.PANEL_ROOT!;

const origin = "http://panel.test";

export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: process.env.CHROMIUM!,
    args: [...(process.getuid?.() === 0 ? ["--no-sandbox"] : []), "--enable-precise-memory-info"],
  });

export interface Options {
  width?: number;
  height?: number;
  theme?: Theme;
  still?: boolean;
  texts?: Record<string, string>;
  state?: unknown;
}

/** texts of the panel as the theme has them, for files that are checked as pages */
export const themeOf = (theme: Theme): { class: string; vars: Record<string, string> } => themes[theme];

export class Stage {
  readonly heard: FromPanel[] = [];
  readonly told: ToPanel[] = [];
  readonly gone: { uri: string; range: Range; focus: boolean }[] = [];
  readonly mended: string[] = [];
  readonly diffs: Pair[][] = [];
  readonly errors: string[] = [];
  link!: Link;
  page!: Page;
  ready: boolean | null = true;
  #listeners: (() => void)[] = [];
  #posting: Promise<unknown> = Promise.resolve();

  private constructor() {}

  static async open(browser: Browser, server: Server | null, uri: string, o: Options = {}): Promise<Stage> {
    const s = new Stage();
    s.link = new Link(
      uri,
      {
        request: (method, params, signal) => server!.request(method, params, signal),
        execute: (command, argument) => server!.execute(command, argument),
        ready: () => (server ? s.ready : null),
        post: (m) => s.tell(m),
        goto: (to, range, focus) => s.gone.push({ uri: to, range, focus }),
        mend: (m) => s.mended.push(m),
        diff: (pairs) => s.diffs.push(pairs),
        named: () => {},
        debug: () => {},
        error: (t) => s.errors.push(t),
      },
      new Shelf(24 << 20),
    );
    const previewed = (p: Parameters<Link["previewed"]>[0]) => s.link.previewed(p);
    const status = (p: Parameters<Link["status"]>[0]) => s.link.status(p);
    server?.previewed.add(previewed);
    server?.statuses.add(status);
    const context = await browser.newContext({
      viewport: { width: o.width ?? 900, height: o.height ?? 800 },
      reducedMotion: o.still ? "reduce" : "no-preference",
    });
    s.page = await context.newPage();
    s.page.on("close", () => {
      server?.previewed.delete(previewed);
      server?.statuses.delete(status);
    });
    s.page.on("pageerror", (e) => s.errors.push(String(e)));
    s.page.on("console", (m) => {
      if (m.type() === "error") s.errors.push(m.text());
    });
    const theme = themeOf(o.theme ?? "light");
    await s.page.exposeFunction("toHost", (m: FromPanel) => {
      s.heard.push(m);
      s.link.hear(m);
      for (const f of [...s.#listeners]) f();
    });
    await s.page.addInitScript(stand, { vars: theme.vars, state: o.state ?? null });
    await s.page.route(`${origin}/**`, (route) => {
      const name = new URL(route.request().url()).pathname.slice(1);
      if (name !== "") return route.fulfill({ path: path.join(root, "dist", name) });
      const html = documentOf({
        nonce: "bm9uY2U=",
        language: "en",
        source: origin,
        style: "/panel.css",
        script: "/panel.js",
        title: "Preview",
        texts: o.texts ?? null,
        state: { uri },
      });
      return route.fulfill({
        contentType: "text/html",
        body: html.replace("<body", `<body class="${theme.class}"`),
      });
    });
    await s.page.goto(`${origin}/`);
    return s;
  }

  /** tell hands the panel a message. */
  tell(m: ToPanel): void {
    this.told.push(m);
    queueMicrotask(() => {
      for (const f of [...this.#listeners]) f();
    });
    const plain =
      m.type === "preview"
        ? {
            ...m,
            pictures: m.pictures.map((p) => ({ id: p.id, base64: Buffer.from(p.bytes).toString("base64") })),
          }
        : m;
    this.#posting = this.#posting
      .then(() =>
        this.page.evaluate((message) => {
          const full = message as { pictures?: { id: string; base64: string; bytes?: Uint8Array }[] };
          for (const p of full.pictures ?? [])
            p.bytes = Uint8Array.from(atob(p.base64), (c) => c.charCodeAt(0));
          window.dispatchEvent(new MessageEvent("message", { data: message }));
        }, plain),
      )
      .catch((err: unknown) => {
        if (!this.page.isClosed()) this.errors.push(String(err));
      });
  }

  /** until waits for something that the panel says. */
  async until<T>(what: string, ok: () => T | undefined | false | null): Promise<T> {
    const now = ok();
    if (now) return now;
    return new Promise<T>((done, fail) => {
      const timer = setTimeout(
        () =>
          fail(
            new Error(
              `waiting for ${what}; the panel said ${JSON.stringify(this.heard.slice(-5))}, it was told ${JSON.stringify(this.told.slice(-6).map((m) => (m.type === "preview" ? [m.preview.number, m.preview.views.length, m.pictures.length] : m.type)))}, errors ${this.errors.join("; ")}`,
            ),
          ),
        60_000,
      );
      const listener = () => {
        const v = ok();
        if (!v) return;
        clearTimeout(timer);
        this.#listeners.splice(this.#listeners.indexOf(listener), 1);
        done(v);
      };
      this.#listeners.push(listener);
    });
  }

  /** painted waits until a preview that is as wanted is on the screen. */
  painted(ok: (p: Extract<ToPanel, { type: "preview" }>) => boolean = () => true): Promise<number> {
    return this.until("a picture", () => {
      const last = this.told.filter((m) => m.type === "preview").at(-1);
      if (!last || !ok(last)) return null;
      const sent = this.told.filter((m) => m.type === "preview").length;
      const painted = this.heard.filter((m) => m.type === "painted");
      return painted.length >= sent ? painted.at(-1)!.ms : null;
    });
  }

  async close(): Promise<void> {
    this.link.hidden();
    await this.page.context().close();
  }
}

/** stand gives a page what a webview of VS Code has. */
function stand(o: { vars: Record<string, string>; state: unknown }): void {
  const dress = () => {
    if (!document.documentElement) return false;
    for (const [name, value] of Object.entries(o.vars))
      document.documentElement.style.setProperty(name, value);
    return true;
  };
  if (!dress())
    new MutationObserver((_, m) => {
      if (dress()) m.disconnect();
    }).observe(document, { childList: true });
  let state: unknown = o.state ?? undefined;
  const w = window as unknown as { acquireVsCodeApi: unknown; toHost(m: unknown): void; kept: () => unknown };
  w.kept = () => state;
  w.acquireVsCodeApi = () => ({
    postMessage: (m: unknown) => w.toHost(m),
    getState: () => state,
    setState: (s: unknown) => {
      state = JSON.parse(JSON.stringify(s));
    },
  });
}
