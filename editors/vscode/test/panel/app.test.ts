// The panel's state, without a browser.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Preview } from "../../../../docs/schema/lsp";
import { App } from "../../panel/app.ts";
import { type FromPanel, plainWant, type Saved, type ToPanel } from "../../panel/messages.ts";
import { defect, fix, preview, shot, view } from "./made.ts";

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
