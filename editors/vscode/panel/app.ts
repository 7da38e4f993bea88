// The panel's state and what changes it. How it looks is told by view.ts.
import type { Preview, PreviewDefect, PreviewFix, Trace } from "../../../docs/schema/lsp";
import { ids } from "./ids.ts";
import {
  type Act,
  type FromPanel,
  freshState,
  type Mode,
  maxRejected,
  plainWant,
  readSaved,
  type Saved,
  type ToPanel,
  type Trouble,
  type Want,
  zoomLeast,
  zoomMost,
} from "./messages.ts";
import { fit, fixesOf, following, momentsOf, next, repairId } from "./model.ts";
import { Pictures } from "./pictures.ts";

/** Host is the editor, as the panel sees it. */
export interface Host {
  post(message: FromPanel): void;
  load(): unknown;
  save(state: Saved): void;
  /** whether movement is to be avoided */
  still(): boolean;
}

/** viewGap is the space between two pictures, in px. */
export const viewGap = 24;

export class App {
  readonly pictures = new Pictures();
  saved: Saved = freshState;
  name = "";
  preview: Preview | null = null;
  trouble: Trouble | null = null;
  busy = true;
  /** whether a repair is being applied */
  acting = false;
  /** of the defects under whose cause the cursor stands */
  lit: string[] = [];
  trace: Trace | null = null;
  playing = false;
  /** px that the pictures have side by side */
  room = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly host: Host,
    private readonly draw: () => void,
  ) {
    this.saved = readSaved(host.load());
  }

  start(): void {
    this.host.post({ type: "ready", want: this.saved.want });
    this.draw();
  }

  /** hear takes a message of the extension. */
  hear(m: ToPanel): void {
    switch (m.type) {
      case "page":
        this.name = m.name;
        this.save({ uri: m.uri });
        break;
      case "preview":
        this.#show(m);
        return;
      case "busy":
        this.busy = m.busy;
        break;
      case "trouble":
        this.trouble = m.trouble;
        if (m.trouble) this.busy = false;
        break;
      case "light":
        this.lit = m.keys;
        break;
      case "mode":
        this.setMode(m.mode);
        break;
      case "act":
        this.act(m.what);
        break;
      case "done":
        this.acting = false;
        break;
      case "trace":
        this.trace = m.trace;
        break;
    }
    this.draw();
  }

  #show(m: Extract<ToPanel, { type: "preview" }>): void {
    this.pictures.add(m.pictures);
    const stale = this.preview?.number !== m.preview.number;
    this.preview = m.preview;
    this.name = m.preview.name;
    this.busy = false;
    if (this.trouble && this.trouble.kind !== "untrusted") this.trouble = null;
    if (stale) this.trace = null;
    // What was looked at is gone with the text that it was for.
    if (!this.repairs().some((f) => f.id === this.saved.want.fix)) {
      const first = this.repairs()[0];
      if (first || m.preview.repair) this.#want({ fix: first?.id ?? "all" });
    }
    this.draw();
    this.pictures.keep(ids(m.preview));
  }

  save(change: Partial<Saved>): void {
    this.saved = { ...this.saved, ...change };
    this.host.save(this.saved);
  }

  /** repairs are those that the person has not turned down. */
  repairs(): PreviewFix[] {
    return fixesOf(this.preview, this.saved.rejected);
  }

  /** repair is the one that is looked at. */
  repair(): PreviewFix | undefined {
    const list = this.repairs();
    return list.find((f) => f.id === this.saved.want.fix) ?? list[0];
  }

  /** mode is what is shown of the pairs of pictures: without a repair there are none. */
  mode(): Mode {
    const paired = this.repair() && this.preview?.views.some((v) => v.after.length > 0);
    return paired ? this.saved.mode : "before";
  }

  zoom(): number {
    return (
      this.saved.zoom ??
      fit(
        (this.preview?.views ?? []).map((v) => v.view.width),
        this.room,
        viewGap,
      )
    );
  }

  /** selected is the defect that is told of at the foot: the one chosen, else the
   * one at the cursor. */
  selected(): PreviewDefect | undefined {
    const by = (key: string | null | undefined) => this.preview?.defects.find((d) => d.key === key);
    return by(this.saved.selected) ?? by(this.lit[0]);
  }

  isLit(d: PreviewDefect): boolean {
    return this.lit.includes(d.key) || d.key === this.saved.selected;
  }

  setRoom(px: number): void {
    if (Math.abs(px - this.room) < 1) return;
    this.room = px;
    this.draw();
  }

  setMode(mode: Mode): void {
    this.save({ mode });
    this.#want({ difference: mode === "difference" });
    this.draw();
  }

  setLook(change: Partial<Pick<Want, "scheme" | "state">>): void {
    this.busy = true;
    this.#want(change);
    this.draw();
  }

  setZoom(zoom: number | null): void {
    this.save({ zoom: zoom === null ? null : Math.min(zoomMost, Math.max(zoomLeast, zoom)) });
    this.draw();
  }

  setMoment(moment: number | null): void {
    this.pause();
    this.save({ moment });
    this.draw();
  }

  setMarks(marks: boolean): void {
    this.save({ marks });
    this.draw();
  }

  /** choose selects a defect and has the cursor go to its cause. */
  choose(d: PreviewDefect | null, how: { goto?: boolean; focus?: boolean } = {}): void {
    this.lit = [];
    this.save({ selected: d?.key ?? null });
    if (d && how.goto) this.host.post({ type: "goto", key: d.key, focus: how.focus === true });
    this.draw();
  }

  /** step selects the defect after the selected one, or before it. */
  step(by: 1 | -1): void {
    const list = this.preview?.defects ?? [];
    if (list.length === 0) return;
    const at = list.findIndex((d) => d.key === this.selected()?.key);
    const to = at < 0 ? (by > 0 ? 0 : list.length - 1) : (at + by + list.length) % list.length;
    this.choose(list[to] ?? null, { goto: true });
  }

  act(what: Act): void {
    switch (what) {
      case "accept":
        return this.accept(this.repair());
      case "reject":
        return this.reject();
      case "next":
        return this.following();
      case "nextDefect":
        return this.step(1);
      case "previousDefect":
        return this.step(-1);
    }
  }

  accept(f: PreviewFix | undefined): void {
    if (!f || !this.preview || this.acting) return;
    this.acting = true;
    this.host.post({ type: "apply", number: this.preview.number, fix: f.id });
    this.draw();
  }

  ignore(d: PreviewDefect): void {
    if (!this.preview || this.acting) return;
    this.acting = true;
    this.host.post({ type: "ignore", number: this.preview.number, key: d.key });
    this.draw();
  }

  /** reject turns down the repair that is looked at; the next one is shown. */
  reject(): void {
    const f = this.repair();
    if (!f) return;
    const after = following(this.repairs(), f.id);
    const all = f.id === "all" ? (this.preview?.repair?.fixes ?? []) : [f];
    this.save({ rejected: [...this.saved.rejected, ...all.map(repairId)].slice(-maxRejected) });
    const list = this.repairs();
    this.#want({ fix: (list.find((g) => g.id === after?.id) ?? list[0])?.id ?? "all" });
    this.draw();
  }

  /** reconsider offers again what was turned down for this page. */
  reconsider(): void {
    const here = (this.preview?.repair?.fixes ?? []).map(repairId);
    this.save({ rejected: this.saved.rejected.filter((r) => !here.includes(r)) });
    this.#want({ fix: "all" });
    this.draw();
  }

  /** following shows the next repair, by itself. */
  following(): void {
    const f = following(this.repairs(), this.repair()?.id ?? "");
    if (!f) return;
    this.#want({ fix: f.id });
    if (this.saved.mode === "before") this.save({ mode: "slider" });
    this.draw();
  }

  /** play shows the moments one after the other, at the page's own pace. Those who
   * avoid movement are shown one step. */
  play(): void {
    const moments = momentsOf(this.preview?.views ?? []);
    if (this.playing) return this.setMoment(this.saved.moment);
    if (this.host.still()) return this.setMoment(next(moments, this.saved.moment));
    this.playing = true;
    const show = (i: number) => {
      this.save({ moment: moments[i] ?? null });
      const wait = (moments[i + 1] ?? 0) - (moments[i] ?? 0); // below 0 at the last one
      if (wait > 0) this.#timer = setTimeout(() => show(i + 1), Math.min(wait, 2000));
      else this.pause();
      this.draw();
    };
    show(0);
  }

  pause(): void {
    clearTimeout(this.#timer);
    this.playing = false;
  }

  post(m: FromPanel): void {
    this.host.post(m);
  }

  #want(change: Partial<Want>): void {
    const want = { ...this.saved.want, ...change };
    const same = (Object.keys(plainWant) as (keyof Want)[]).every((k) => want[k] === this.saved.want[k]);
    if (same) return;
    this.save({ want });
    this.host.post({ type: "want", want });
  }
}
