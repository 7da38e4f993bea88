// One panel's side of the extension: what it is told and what it asks for, without
// the editor. src/preview.ts puts it into one.
import type { Position, Preview, Range, Status, Trace } from "../../../docs/schema/lsp";
import { ids } from "./ids.ts";
import {
  type Act,
  isPlain,
  type Mend,
  type Mode,
  plainWant,
  readFromPanel,
  type ToPanel,
  type Trouble,
  type Want,
} from "./messages.ts";
import type { Shelf } from "./shelf.ts";

/** Ports are what a link needs of the editor and the server. */
export interface Ports {
  request<T>(method: string, params: object, signal: AbortSignal): Promise<T>;
  execute<T>(command: string, argument: object): Promise<T>;
  /** whether the server answers; null while it has not been there yet */
  ready(): boolean | null;
  post(message: ToPanel): void;
  goto(uri: string, range: Range, focus: boolean): void;
  mend(mend: Exclude<Mend, "again">): void;
  /** shows two texts beside each other */
  diff(pairs: Pair[]): void;
  /** the page is another than was asked for: a style sheet belongs to one */
  named(uri: string, name: string): void;
  debug(text: string): void;
  error(text: string): void;
}

/** Pair are the addresses of a text before and after a repair. */
export interface Pair {
  before: string;
  after: string;
}

const method = { preview: "relook/preview", trace: "relook/trace", status: "relook/status" };

export class Link {
  #want: Want = plainWant;
  #alive = false; // whether the panel is there to be told
  #held = new Set<string>(); // pictures that it has
  #latest: Preview | null = null; // what is watched, without pictures
  #shown: Preview | null = null;
  #status: Status | null = null;
  #failure: string | null = null;
  #refetched = -1; // the number of the preview that lacked a picture
  #waits = 0;
  #told = ""; // what the panel knows of troubles and whether something is under way
  #pending: ToPanel[] = []; // for a panel that is not there yet
  #watching = new AbortController();
  #asking = new AbortController();

  constructor(
    public uri: string,
    private readonly ports: Ports,
    private readonly shelf: Shelf,
  ) {}

  /** hear takes a message of the panel. */
  hear(message: unknown): void {
    const m = readFromPanel(message);
    if (!m) return this.ports.error("the panel says something that is no message");
    switch (m.type) {
      case "ready":
        return this.#begin(m.want);
      case "want":
        return this.#wants(m.want);
      case "goto": {
        const d = this.#shown?.defects.find((d) => d.key === m.key);
        return d && this.ports.goto(d.uri, d.range, m.focus);
      }
      case "apply":
        return this.#apply({ page: this.uri, number: m.number, fix: m.fix });
      case "ignore":
        return this.#apply({ page: this.uri, number: m.number, ignore: m.key });
      case "diff":
        return this.#diff();
      case "trace":
        return this.#trace();
      case "mend":
        return m.mend === "again" ? this.refresh() : this.ports.mend(m.mend);
      case "painted":
        return this.ports.debug(
          `${this.uri}: preview ${m.number} was painted ${m.ms.toFixed(0)} ms after it came`,
        );
      case "error":
        this.ports.error(`the panel: ${m.message}`);
    }
  }

  /** previewed takes what the server says of a page that is watched. */
  previewed(p: Preview): void {
    if (p.uri !== this.uri || !this.#alive || p.number < (this.#latest?.number ?? 0)) return;
    // A look that began before the page was watched took no pictures.
    if (!p.valid || p.views.length > 0) this.#take(p);
    else if (this.#waits === 0) this.refresh();
  }

  status(s: Status): void {
    this.#status = s;
    this.#tell();
  }

  /** restarted is told when the server answers, anew or at first. */
  restarted(): void {
    this.#latest = null;
    this.refresh();
  }

  /** hidden is told when the panel is not seen: nothing is made for it then. */
  hidden(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#watching.abort();
    this.#asking.abort();
    if (this.ports.ready()) {
      void this.ports
        .request(
          method.preview,
          { textDocument: { uri: this.uri }, watch: false },
          new AbortController().signal,
        )
        .catch((err: unknown) => this.ports.debug(`no longer watching ${this.uri}: ${text(err)}`));
    }
  }

  mode(mode: Mode): void {
    this.#post({ type: "mode", mode });
  }

  act(what: Act): void {
    this.#post({ type: "act", what });
  }

  /** light lights up the defects whose cause lies at a place of a document, else on
   * its line. */
  light(isDocument: (uri: string) => boolean, at: Position): void {
    const here = (this.#shown?.defects ?? []).filter((d) => isDocument(d.uri));
    const within = here.filter((d) => holds(d.range, at));
    const list =
      within.length > 0
        ? within
        : here.filter((d) => d.range.start.line <= at.line && at.line <= d.range.end.line);
    if (this.#alive) this.ports.post({ type: "light", keys: list.map((d) => d.key) });
  }

  #post(m: ToPanel): void {
    if (this.#alive) this.ports.post(m);
    else this.#pending.push(m);
  }

  #begin(want: Want): void {
    this.#alive = true;
    this.#held.clear();
    this.#want = want;
    this.#told = "";
    this.#tell();
    if (this.#latest) {
      this.ports.post({ type: "page", uri: this.uri, name: this.#latest.name });
      this.#draw();
    }
    for (const m of this.#pending.splice(0)) this.ports.post(m);
    this.refresh();
  }

  /** refresh asks for the page anew and watches it. */
  refresh(): void {
    this.#watching.abort();
    if (!this.#alive || !this.ports.ready()) return this.#tell();
    this.#watching = new AbortController();
    const { signal } = this.#watching;
    this.#ask<Status>(method.status, {}, signal, (s) => this.status(s));
    this.#ask<Preview>(
      method.preview,
      { textDocument: { uri: this.uri }, watch: true },
      signal,
      (p) => {
        if (p.uri !== this.uri) {
          this.uri = p.uri;
          this.ports.named(p.uri, p.name);
        }
        this.ports.post({ type: "page", uri: p.uri, name: p.name });
        this.#take(p);
      },
      (reason) => {
        this.#failure = reason;
      },
    );
  }

  #take(p: Preview): void {
    this.#latest = this.shelf.take(p);
    this.#failure = null;
    this.#tell();
    this.#draw();
  }

  #wants(want: Want): void {
    this.#want = want;
    if (this.#latest) this.#draw();
  }

  /** draw shows what is watched, or has what is wanted beyond it made first. */
  #draw(): void {
    this.#asking.abort();
    const p = this.#latest;
    if (!p) return;
    const { scheme, state, fix, difference } = this.#want;
    const repaired = (p.repair?.fixes.length ?? 0) > 0;
    const want = { scheme, state, fix: repaired ? fix : "all", difference: repaired && difference };
    if (isPlain(want) || !p.valid) return this.#show(p);
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    const params = {
      textDocument: { uri: this.uri },
      ...(scheme && { scheme }),
      ...(state && { state }),
      ...(want.fix !== "all" && { fix }),
      ...(want.difference && { difference }),
    };
    this.#ask<Preview>(
      method.preview,
      params,
      signal,
      (q) => this.#show(this.shelf.take(q)),
      (reason) => {
        this.ports.error(`${this.uri}: ${reason}`);
        this.#show(p);
      },
    );
  }

  #show(p: Preview): void {
    const { pictures, missing } = this.shelf.lend(p, this.#held);
    if (missing && this.#refetched !== p.number) {
      this.#refetched = p.number;
      return this.refresh();
    }
    this.#shown = p;
    this.#held = ids(p);
    this.ports.post({ type: "preview", preview: p, pictures, want: this.#want });
  }

  #apply(argument: { page: string; number: number; fix?: string; ignore?: string }): void {
    this.ports.execute("relook.apply", argument).then(
      () => this.ports.post({ type: "done", applied: true }),
      (err: unknown) => {
        // The server has told the person why.
        this.ports.debug(`${this.uri}: ${text(err)}`);
        this.ports.post({ type: "done", applied: false });
      },
    );
  }

  #diff(): void {
    this.ports.execute<{ files: Pair[] }>("relook.compare", { uri: this.uri }).then(
      (answer) => this.ports.diff(answer.files),
      (err: unknown) => this.ports.error(`${this.uri}: ${text(err)}`),
    );
  }

  #trace(): void {
    this.#ask<Trace>(method.trace, { textDocument: { uri: this.uri } }, this.#watching.signal, (trace) =>
      this.ports.post({ type: "trace", trace }),
    );
  }

  #ask<T>(
    name: string,
    params: object,
    signal: AbortSignal,
    done: (answer: T) => void,
    failed?: (reason: string) => void,
  ): void {
    const ended = () => {
      this.#waits--;
      if (!signal.aborted) this.#tell();
    };
    this.#waits++;
    this.#tell();
    this.ports
      .request<T>(name, params, signal)
      .then((answer) => {
        if (!signal.aborted) done(answer);
      })
      .catch((err: unknown) => {
        if (signal.aborted) return;
        if (failed) failed(text(err));
        else this.ports.debug(`${name}: ${text(err)}`);
      })
      .finally(ended);
  }

  /** tell says what troubles there are and whether something is under way. */
  #tell(): void {
    if (!this.#alive) return;
    const trouble = this.#trouble();
    const busy = this.#waits > 0 || (this.#status?.queue ?? 0) > 0;
    const now = JSON.stringify([trouble, busy]);
    if (now === this.#told) return;
    this.#told = now;
    this.ports.post({ type: "trouble", trouble });
    this.ports.post({ type: "busy", busy: busy && (trouble === null || trouble.kind === "untrusted") });
  }

  #trouble(): Trouble | null {
    const ready = this.ports.ready();
    const s = this.#status;
    if (!ready) return { kind: ready === null ? "starting" : "stopped", message: "" };
    if (s?.browser === "missing")
      return { kind: "browser", message: sentence(s.problem ?? this.#failure ?? "No browser was found") };
    if (this.#failure ?? s?.problem)
      return { kind: "failed", message: sentence(this.#failure ?? s?.problem ?? "") };
    return s?.trusted === false ? { kind: "untrusted", message: "" } : null;
  }
}

const text = (err: unknown): string => (err instanceof Error ? err.message : String(err));

/** sentence begins and ends as one. */
const sentence = (s: string): string =>
  s.charAt(0).toUpperCase() + s.slice(1).replace(/[.!]?$/, (end) => end || ".");

/** holds reports whether a place lies in a range, its end included. */
export function holds(r: Range, at: Position): boolean {
  const after = (a: Position, b: Position) =>
    a.line > b.line || (a.line === b.line && a.character >= b.character);
  return after(at, r.start) && after(r.end, at);
}
