// The link between panel and server, without an editor.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Link, type Ports } from "../../panel/link.ts";
import { plainWant, type ToPanel } from "../../panel/messages.ts";
import { Shelf } from "../../panel/shelf.ts";
import { defect, preview, shot, view } from "./made.ts";

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
