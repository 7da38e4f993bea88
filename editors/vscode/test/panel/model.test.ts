// What the panel makes of a preview, and what it takes for a message.
import assert from "node:assert/strict";
import { test } from "node:test";
import { holds } from "../../panel/link.ts";
import { freshState, plainWant, readFromPanel, readSaved } from "../../panel/messages.ts";
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
import { defect, fix, preview, shot, view } from "./made.ts";

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
