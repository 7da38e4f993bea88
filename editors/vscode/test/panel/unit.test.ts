// What the panel and its link make of messages, without an editor or a browser.
import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  Preview,
  PreviewDefect,
  PreviewFix,
  PreviewShot,
  PreviewView,
} from "../../../../docs/schema/lsp";
import { App } from "../../panel/app.ts";
import { holds, Link, type Ports } from "../../panel/link.ts";
import {
  type FromPanel,
  freshState,
  plainWant,
  readFromPanel,
  readSaved,
  type Saved,
  type ToPanel,
} from "../../panel/messages.ts";
import {
  diffLines,
  fit,
  fixesOf,
  following,
  hit,
  marksOf,
  next,
  repairId,
  spread,
  summary,
  verdict,
} from "../../panel/model.ts";
import { document } from "../../panel/page.ts";
import { Shelf } from "../../panel/shelf.ts";

const shot = (id: string, at = 0, png?: string): PreviewShot => ({
  id,
  at,
  width: 400,
  height: 800,
  ...(png !== undefined && { png }),
});
const view = (width: number, before: PreviewShot[], after: PreviewShot[] = []): PreviewView => ({
  name: `${width}x800`,
  view: { width, height: 800 },
  before,
  after,
});
const defect = (number: number, more: Partial<PreviewDefect> = {}): PreviewDefect => ({
  number,
  key: `k${number}`,
  rule: "contrast",
  severity: "error",
  message: `Wrong ${number}.`,
  uri: "file:///a.css",
  repaired: false,
  range: { start: { line: number, character: 2 }, end: { line: number, character: 9 } },
  elements: [{ box: { x: 0, y: 100, width: 200, height: 40 }, selector: "p", xpath: "/p", view: "400x800" }],
  ...more,
});
const fix = (id: string, keys: string[]): PreviewFix => ({ id, keys, title: `mend ${id}`, proof: "better" });
const preview = (more: Partial<Preview> = {}): Preview => ({
  uri: "file:///a.html",
  name: "a.html",
  number: 1,
  valid: true,
  views: [view(400, [shot("one", 0, "QUJD")])],
  defects: [],
  ...more,
});

test("the answer tells what was found and what can be mended", () => {
  assert.equal(summary(preview()), "Nothing is wrong at 1 width.");
  assert.equal(verdict(preview()), "good");
  const two = preview({
    defects: [defect(1), defect(2, { severity: "warning" })],
    views: [view(400, []), view(800, [])],
  });
  assert.equal(summary(two), "2 defects at 2 widths.");
  assert.equal(verdict(two), "bad");
  const repair = { status: "improved" as const, repaired: 1, left: 1, diff: "", fixes: [fix("all", ["k1"])] };
  assert.equal(summary({ ...two, repair }), "2 defects at 2 widths, 1 can be repaired, 1 left.");
  assert.equal(
    summary({ ...two, repair: { ...repair, fixes: [fix("all", ["k1", "k2"])] } }),
    "2 defects at 2 widths, all can be repaired.",
  );
  assert.equal(
    summary({ ...two, repair: { ...repair, status: "unchanged", fixes: [] } }),
    "2 defects at 2 widths. No repair was better than the page as it is.",
  );
  assert.equal(
    summary(preview({ valid: false, reason: "the page is empty" })),
    "The page can't be judged: the page is empty.",
  );
});

test("boxes are drawn where they are, and told apart by a click", () => {
  const big = defect(1, {
    elements: [
      { box: { x: 0, y: 0, width: 1110, height: 800 }, selector: "a", xpath: "/a", view: "400x800" },
    ],
  });
  const small = defect(2);
  const gone = defect(3, {
    elements: [
      { box: { x: 0, y: 9000, width: 10, height: 10 }, selector: "b", xpath: "/b", view: "400x800" },
    ],
  });
  const elsewhere = defect(4, { elements: [{ ...small.elements[0]!, view: "800x800" }] });
  const marks = marksOf([big, small, gone, elsewhere], view(400, []), shot("one"));
  assert.deepEqual(
    marks.map((m) => [m.defect.number, m.over, m.width]),
    [
      [1, 710, 1],
      [2, 0, 0.5],
    ],
  );
  assert.equal(hit(marks, 0.25, 0.15)?.number, 2);
  assert.equal(hit(marks, 0.9, 0.9)?.number, 1);
  assert.equal(hit(marks, 1.2, 0.9), undefined);
});

test("tags never lie on one another while there is room", () => {
  const places = spread(
    Array.from({ length: 12 }, () => ({ x: -26, y: 3 })),
    24,
    { width: 80, height: 400 },
  );
  for (const [i, a] of places.entries()) {
    assert.ok(a.x >= 0 && a.x + 24 <= 80, `tag ${i} at ${a.x}`);
    for (const b of places.slice(i + 1)) assert.ok(Math.abs(a.x - b.x) >= 24 || Math.abs(a.y - b.y) >= 24);
  }
});

test("views fit the room at one zoom", () => {
  const three = [390, 768, 1280];
  const wide = fit(three, 1000, 24);
  assert.ok(Math.abs(three.reduce((a, w) => a + w * wide, 48) - 1000) < 1, "one row, all of the room");
  assert.equal(fit(three, 268, 24), 80 / 390); // several rows
  assert.ok(
    fit(
      Array.from({ length: 30 }, (_, i) => 320 + i * 40),
      868,
      24,
    ) *
      320 >=
      79.9,
    "a phone can still be read",
  );
  assert.equal(fit([100], 5000, 24), 1);
  assert.equal(fit([], 100, 24), 1);
});

test("moments go round", () => {
  assert.equal(next([0, 1000, 2000], 0), 1000);
  assert.equal(next([0, 1000, 2000], null), 0);
  assert.equal(next([], null), null);
});

test("a repair that was turned down takes the whole with it", () => {
  const fixes = [fix("all", ["a", "b"]), fix("0", ["a"]), fix("1", ["b"])];
  const p = preview({ repair: { status: "improved", repaired: 2, left: 0, diff: "", fixes } });
  assert.deepEqual(
    fixesOf(p, []).map((f) => f.id),
    ["all", "0", "1"],
  );
  assert.deepEqual(
    fixesOf(p, [repairId(fixes[1]!)]).map((f) => f.id),
    ["1"],
  );
  assert.equal(following(fixes, "1")?.id, "all");
  const one = { ...p, repair: { ...p.repair!, fixes: [fix("all", ["a"]), fix("0", ["a"])] } };
  assert.deepEqual(
    fixesOf(one, []).map((f) => [f.id, f.title]),
    [["all", "mend 0"]],
  );
});

test("a diff is read by lines", () => {
  const diff =
    "--- a/x.css\n+++ b/x.css\n@@ -1,2 +7,2 @@\n same\n--- a comment\n+new\n\\ No newline at end of file\n";
  assert.deepEqual(
    diffLines(diff).map((l) => l.kind),
    ["file", "hunk", "same", "del", "add"],
  );
  assert.equal(diffLines("+x\n".repeat(10)).length, 0);
});

test("what comes from the panel is checked", () => {
  for (const bad of [
    null,
    1,
    "x",
    {},
    { type: "run" },
    { type: "goto" },
    { type: "goto", key: 1 },
    { type: "apply", fix: "all" },
    { type: "apply", number: 1.5, fix: "all" },
    { type: "apply", number: 1, fix: "x".repeat(50) },
    { type: "mend", mend: "rm" },
    { type: "error", message: {} },
  ])
    assert.equal(readFromPanel(bad), null);
  assert.deepEqual(
    readFromPanel({ type: "want", want: { scheme: "red", state: "hover", fix: 9, difference: 1 } }),
    { type: "want", want: { ...plainWant, state: "hover" } },
  );
  assert.deepEqual(readSaved({ split: 900, zoom: -1, mode: "x", rejected: [1, "a"], selected: {}, uri: 3 }), {
    ...freshState,
    split: 100,
    zoom: 0.05,
    rejected: ["a"],
  });
});

test("the shelf keeps what was used last, up to a size", () => {
  const shelf = new Shelf(7);
  const a = shelf.take(preview());
  assert.equal(a.views[0]?.before[0]?.png, undefined);
  const b = shelf.take(preview({ views: [view(400, [shot("two", 0, "QUJD")])] }));
  assert.equal(shelf.lend(a, new Set()).pictures.length, 1); // now used last
  shelf.take(preview({ views: [view(400, [shot("three", 0, "QUJD")])] }));
  assert.ok(shelf.bytes <= 7);
  assert.equal(shelf.lend(b, new Set()).missing, true);
  assert.deepEqual(shelf.lend(a, new Set(["one"])), { pictures: [], missing: false });
});

test("the panel's document lets nothing in", () => {
  const html = document({
    nonce: "N",
    language: "en",
    source: "S",
    style: "a.css",
    script: 'a".js',
    title: "<b>",
    texts: { a: "'\"" },
    state: { uri: "x" },
  });
  assert.match(html, /default-src 'none'; style-src S; script-src 'nonce-N'/);
  assert.ok(!html.includes("<b>") && html.includes("&#60;b&#62;") && html.includes("a&#34;.js"));
});

test("a cause holds its ends", () => {
  const r = { start: { line: 1, character: 2 }, end: { line: 1, character: 5 } };
  assert.deepEqual(
    [1, 2, 5, 6].map((character) => holds(r, { line: 1, character })),
    [false, true, true, false],
  );
});

// The link

interface Asked {
  method: string;
  params: Record<string, unknown>;
  signal: AbortSignal;
  answer(v: unknown): void;
  fail(text: string): void;
}

function linked(ready: boolean | null = true) {
  const told: ToPanel[] = [],
    asked: Asked[] = [],
    gone: unknown[] = [],
    executed: unknown[] = [],
    errors: string[] = [];
  const state = { ready };
  const ports: Ports = {
    request: <T>(method: string, params: object, signal: AbortSignal) =>
      new Promise<T>((done, fail) => {
        asked.push({
          method,
          params: params as Record<string, unknown>,
          signal,
          answer: (v) => done(v as T),
          fail: (t) => fail(new Error(t)),
        });
      }),
    execute: <T>(command: string, argument: object) => {
      executed.push([command, argument]);
      return Promise.resolve({} as T);
    },
    ready: () => state.ready,
    post: (m) => told.push(m),
    goto: (uri, range, focus) => gone.push([uri, range.start.line, focus]),
    mend: () => {},
    diff: () => {},
    named: () => {},
    debug: () => {},
    error: (t) => errors.push(t),
  };
  const link = new Link("file:///a.html", ports, new Shelf(1000));
  const of = (method: string) => asked.filter((a) => a.method === method);
  const previews = () => told.filter((m) => m.type === "preview");
  return {
    link,
    told,
    asked,
    gone,
    executed,
    errors,
    state,
    of,
    previews,
    settle: () => new Promise<void>((r) => setImmediate(r)),
  };
}

test("a picture is sent once, and again to a panel that was reloaded", async () => {
  const l = linked();
  l.link.hear({ type: "ready", want: plainWant });
  assert.deepEqual(l.of("relook/preview")[0]?.params, {
    textDocument: { uri: "file:///a.html" },
    watch: true,
  });
  l.of("relook/preview")[0]!.answer(preview());
  await l.settle();
  assert.equal(l.previews()[0]?.pictures.length, 1);
  l.link.previewed(preview({ number: 2, views: [view(400, [shot("one")])] }));
  assert.equal(l.previews()[1]?.pictures.length, 0);
  l.link.hear({ type: "ready", want: plainWant });
  assert.equal(l.previews()[2]?.pictures.length, 1, "from the shelf, at once");
});

test("a picture that nobody has is asked for once", async () => {
  const l = linked();
  l.link.hear({ type: "ready", want: plainWant });
  l.of("relook/preview")[0]!.answer(preview({ views: [view(400, [shot("lost")])] }));
  await l.settle();
  assert.equal(l.of("relook/preview").length, 2);
  l.of("relook/preview")[1]!.answer(preview({ views: [view(400, [shot("lost")])] }));
  await l.settle();
  assert.equal(l.of("relook/preview").length, 2, "not for ever");
  assert.equal(l.previews().length, 1);
});

test("what is wanted is made anew at each change, and an older wish is dropped", async () => {
  const l = linked();
  l.link.hear({ type: "ready", want: { ...plainWant, scheme: "dark" } });
  l.of("relook/preview")[0]!.answer(preview());
  await l.settle();
  assert.deepEqual(l.of("relook/preview")[1]?.params, {
    textDocument: { uri: "file:///a.html" },
    scheme: "dark",
  });
  l.link.previewed(preview({ number: 2 }));
  assert.equal(l.of("relook/preview")[1]?.signal.aborted, true);
  l.of("relook/preview")[1]!.answer(preview({ number: 1 }));
  l.of("relook/preview")[2]!.answer(preview({ number: 2, name: "dark.html" }));
  await l.settle();
  assert.deepEqual(
    l.previews().map((m) => m.preview.name),
    ["dark.html"],
  );
  l.link.hear({ type: "want", want: plainWant });
  assert.equal(l.previews().at(-1)?.preview.name, "a.html");
});

test("an older preview, or one of another page, is not shown", async () => {
  const l = linked();
  l.link.hear({ type: "ready", want: plainWant });
  l.of("relook/preview")[0]!.answer(preview({ number: 5 }));
  await l.settle();
  l.link.previewed(preview({ number: 4 }));
  l.link.previewed(preview({ number: 9, uri: "file:///b.html" }));
  assert.equal(l.previews().length, 1);
  l.link.restarted(); // a new server counts from the beginning
  l.of("relook/preview")
    .at(-1)!
    .answer(preview({ number: 1 }));
  await l.settle();
  assert.equal(l.previews().length, 2);
});

test("a look without pictures has them asked for", async () => {
  const l = linked();
  l.link.hear({ type: "ready", want: plainWant });
  l.link.previewed(preview({ views: [] })); // the answer is on its way
  assert.equal(l.of("relook/preview").length, 1);
  for (const a of l.asked)
    a.answer(
      a.method === "relook/preview"
        ? preview()
        : { browser: "running", mending: 0, queue: 0, tasks: [], trusted: true },
    );
  await l.settle();
  l.link.previewed(preview({ number: 2, views: [] }));
  assert.equal(l.of("relook/preview").length, 2);
  assert.equal(l.previews().length, 1);
});

test("troubles are told with what mends them, and end", async () => {
  const kinds = (l: ReturnType<typeof linked>) =>
    l.told.filter((m) => m.type === "trouble").map((m) => m.trouble?.kind ?? null);
  const l = linked(null);
  l.link.hear({ type: "ready", want: plainWant });
  l.state.ready = true;
  l.link.restarted();
  l.of("relook/preview")[0]!.fail("no Chromium found: `relook setup --browser` installs one");
  await l.settle();
  l.link.status({ browser: "missing", mending: 0, queue: 1, tasks: [], trusted: true });
  l.link.previewed(preview());
  l.link.status({ browser: "running", mending: 0, queue: 0, tasks: [], trusted: false });
  assert.deepEqual(kinds(l), ["starting", null, "failed", "browser", "browser", "untrusted"]);
  const browser = l.told.filter((m) => m.type === "trouble").find((m) => m.trouble?.kind === "browser");
  assert.equal(browser?.trouble?.message, "No Chromium found: `relook setup --browser` installs one.");
});

test("a hidden panel costs nothing", () => {
  const l = linked();
  l.link.hear({ type: "ready", want: plainWant });
  l.link.hidden();
  assert.equal(l.of("relook/preview").at(-1)?.params.watch, false);
  const told = l.told.length;
  l.link.previewed(preview());
  l.link.status({ browser: "running", mending: 0, queue: 3, tasks: [], trusted: true });
  assert.equal(l.told.length, told);
});

test("boxes and causes find each other; the panel names no address", async () => {
  const l = linked();
  l.link.mode("slider");
  l.link.hear({ type: "ready", want: plainWant });
  l.of("relook/preview")[0]!.answer(preview({ defects: [defect(1), defect(2)] }));
  await l.settle();
  assert.ok(
    l.told.some((m) => m.type === "mode"),
    "what came before the panel was there is told later",
  );
  l.link.hear({ type: "goto", key: "k2", focus: true });
  l.link.hear({ type: "goto", key: "file:///etc/passwd", focus: true });
  assert.deepEqual(l.gone, [["file:///a.css", 2, true]]);
  const keys = (at: object) => {
    l.link.light((u) => u === "file:///a.css", at as never);
    return (l.told.at(-1) as { keys: string[] }).keys;
  };
  assert.deepEqual(keys({ line: 1, character: 4 }), ["k1"]);
  assert.deepEqual(keys({ line: 1, character: 0 }), ["k1"], "its line is enough");
  assert.deepEqual(keys({ line: 7, character: 0 }), []);
  l.link.hear({ type: "apply", number: 1, fix: "all" });
  await l.settle();
  assert.deepEqual(l.executed, [["relook.apply", { page: "file:///a.html", number: 1, fix: "all" }]]);
  assert.deepEqual(l.told.at(-1), { type: "done", applied: true });
  l.link.hear({ type: "format", disk: true });
  assert.equal(l.errors.length, 1);
});

// The app

function app(state?: Saved) {
  const posted: FromPanel[] = [];
  let saved: unknown = state;
  const a = new App(
    {
      post: (m) => posted.push(m),
      load: () => saved,
      save: (s) => {
        saved = s;
      },
      still: () => true,
    },
    () => {},
  );
  a.start();
  return { a, posted, saved: () => saved as Saved };
}
const hand = (p: Preview): ToPanel => ({
  type: "preview",
  preview: p,
  want: plainWant,
  pictures: p.views
    .flatMap((v) => [...v.before, ...v.after])
    .map((s) => ({ id: s.id, bytes: new Uint8Array(3) })),
});

test("pictures are freed when they are replaced", () => {
  const { a } = app();
  a.hear(hand(preview({ views: [view(400, [shot("one"), shot("two", 1000)])] })));
  a.hear(hand(preview({ number: 2, views: [view(400, [shot("two"), shot("three", 1000)])] })));
  assert.equal(a.pictures.blob("one"), undefined);
  assert.equal(a.pictures.size, 2);
});

test("accept, reject and next go through the repairs", () => {
  const fixes = [fix("all", ["k1", "k2"]), fix("0", ["k1"]), fix("1", ["k2"])];
  const p = preview({
    number: 7,
    defects: [defect(1), defect(2)],
    views: [view(400, [shot("one")], [shot("two")])],
    repair: { status: "improved", repaired: 2, left: 0, diff: "", fixes },
  });
  const { a, posted, saved } = app();
  a.hear(hand(p));
  assert.equal(a.repair()?.id, "all");
  a.act("next");
  assert.equal(a.repair()?.id, "0");
  assert.equal(a.mode(), "slider");
  assert.deepEqual(posted.at(-1), { type: "want", want: { ...plainWant, fix: "0" } });
  a.act("reject");
  assert.equal(a.repair()?.id, "1");
  a.act("accept");
  a.act("accept"); // a second press before the answer
  assert.deepEqual(
    posted.filter((m) => m.type === "apply"),
    [{ type: "apply", number: 7, fix: "1" }],
  );
  a.hear({ type: "done", applied: false });
  a.act("reject");
  assert.equal(a.repair(), undefined);
  assert.equal(a.mode(), "before");
  assert.equal(saved().rejected.length, 2);
  a.reconsider();
  assert.equal(a.repair()?.id, "all");
});

test("what the person chose is there after a reload", () => {
  const first = app();
  first.a.hear({ type: "page", uri: "file:///a.html", name: "a.html" });
  first.a.setMode("difference");
  first.a.setZoom(9);
  first.a.setMoment(1000);
  const again = app(JSON.parse(JSON.stringify(first.saved())));
  assert.deepEqual(
    [again.a.saved.uri, again.a.saved.mode, again.a.saved.zoom, again.a.saved.moment],
    ["file:///a.html", "difference", 2, 1000],
  );
  assert.deepEqual(again.posted, [{ type: "ready", want: { ...plainWant, difference: true } }]);
});

test("those who avoid movement are shown one moment at a time", () => {
  const { a } = app();
  a.hear(hand(preview({ views: [view(400, [shot("one"), shot("two", 1000), shot("three", 2000)])] })));
  const seen = [1, 2, 3].map(() => {
    a.play();
    return a.saved.moment;
  });
  assert.deepEqual(seen, [0, 1000, 2000]);
  assert.equal(a.playing, false);
});

test("the defects are stepped through, and the cursor follows", () => {
  const { a, posted } = app();
  a.hear(hand(preview({ defects: [defect(1), defect(2)] })));
  a.act("nextDefect");
  a.act("nextDefect");
  a.act("nextDefect");
  assert.deepEqual(
    posted.filter((m) => m.type === "goto").map((m) => m.key),
    ["k1", "k2", "k1"],
  );
  a.hear({ type: "light", keys: ["k2"] });
  assert.equal(a.selected()?.number, 1, "what was chosen stays");
  a.choose(null);
  a.hear({ type: "light", keys: ["k2"] });
  assert.equal(a.selected()?.number, 2);
});
