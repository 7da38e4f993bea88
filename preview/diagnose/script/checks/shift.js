// layout-shift: what a visitor has begun to read moves, because something above
// it came late or took its room late.

checks["layout-shift"] = {
  run(page, report) {
    measuredShift(page, report);
    unsizedImages(page, report);
  },

  // probe is how far the picture pushes what is below it when it comes.
  probe(page, elements) {
    const el = elements[0];
    return el instanceof HTMLImageElement && roomless(el, getComputedStyle(el)) ? dom.rect(el).height : 0;
  },
};

// measuredShift compares each glance with the next, and names what moved
// farthest and what pushed it. The browser's own record of shifts is of no use
// here: taking a picture of the whole page adds to it.
function measuredShift(page, report) {
  const steps = [...glances, page];
  let score = 0, best = null;
  for (let i = 1; i < steps.length; i++) {
    const m = movedMost(page, steps[i - 1], steps[i]);
    if (!m) continue;
    score += m.score;
    if (!best || m.by > best.by) best = { ...m, step: i, before: steps[i - 1], after: steps[i] };
  }
  if (score < page.limits.shiftScore) return;
  const pusher = pusherOf(page, best), shown = pusher || best.rec;
  report({
    group: `moved ${pathOf(shown.el)}`, elements: [[shown]], others: shown === best.rec ? [] : [["other", best.rec]],
    measure: { shift_score: score, moved_px: best.by, count: 1 },
    words: {
      kind: pusher ? "grew" : "moved", moved: shortSelector(best.rec.el), text: best.rec.string || "", down: best.down ? "yes" : "",
      late: String(best.step), grown: pusher ? String(Math.round(grownBy(best, pusher))) : "",
    },
  });
}

// inFlow leaves out what is laid over the page, and what a script or a style
// sheet moves about on purpose.
const inFlow = (rec) => Boolean(rec) && rec.vis && !lifted(rec) && !rec.moving && rec.tag !== "marquee";

function lifted(rec) {
  for (let r = rec; r; r = r.parent) if (r.position === "absolute" || r.position === "fixed" || r.position === "sticky" || r.transformed) return true;
  return false;
}

// movedMost finds, among the texts and pictures that are in view before or
// after, the one that moved farthest, the uppermost of those that moved alike,
// and the score of all that moved: the part of the view that they touch, times
// how far they go.
function movedMost(page, before, after) {
  const view = { x1: 0, y1: 0, x2: page.vw, y2: page.vh };
  let best = null, touched = null;
  for (const was of before.recs) {
    if (!was.vis || !(was.reads || PICTURES.has(was.tag)) || was.y1 >= page.vh || was.y2 <= 0) continue;
    const is = after.byEl.get(was.el);
    if (!inFlow(is) || !inFlow(was) || scrolledInside(is)) continue;
    const dx = is.x1 - was.x1, dy = is.y1 - was.y1, by = Math.max(Math.abs(dx), Math.abs(dy));
    if (by < page.limits.shiftPx || (width(is) !== width(was) && Math.abs(dy) < page.limits.shiftPx)) continue;
    const both = meet(join(was.box || was, is.box || is), view);
    if (width(both) <= 0 || height(both) <= 0) continue;
    touched = touched ? join(touched, both) : both;
    if (!best || by > best.by + 1) best = { rec: page.byEl.get(was.el) || is, by, down: dy > 0 };
  }
  return best && { ...best, score: (area(touched) / area(view)) * Math.min(1, best.by / Math.max(page.vw, page.vh)) };
}

// scrolledInside reports whether a box that scrolls by itself holds rec and was
// scrolled.
function scrolledInside(rec) {
  for (let c = rec.clip; c; c = c.up) if ((c.softX || c.softY || c.hardX) && (dom.scrollTop(c.rec.el) || dom.scrollLeft(c.rec.el))) return true;
  return false;
}

const grownBy = ({ before, after }, rec) => height(after.byEl.get(rec.el) || rec) - height(before.byEl.get(rec.el) || { y1: 0, y2: 0 });

// pusherOf is the deepest thing that was there before, lies above what moved,
// and grew by about as much as that moved.
function pusherOf(page, best) {
  if (!best.down) return null;
  const moved = best.after.byEl.get(best.rec.el);
  let found = null;
  for (const was of best.before.recs) {
    const now = page.byEl.get(was.el);
    if (!now || !best.after.byEl.has(was.el) || within(best.rec, now) || now.y1 > moved.y1 || lifted(now)) continue;
    if (grownBy(best, now) >= best.by * 0.5 && (!found || now.depth >= found.depth)) found = now;
  }
  return found;
}

// unsizedImages finds pictures on the first screen that take no room until they
// are there. Their score is that of what they push when they come: the part of
// the screen that moves, times how far.
function unsizedImages(page, report) {
  let tried = 0;
  for (const rec of page.recs) {
    if (rec.tag !== "img" || !rec.vis || rec.y1 >= page.vh || rec.y1 < 0 || lifted(rec) || !rec.el.naturalHeight || !roomless(rec.el, rec.cs)) continue;
    const pushed = pushedBy(page, rec);
    if (!pushed) continue;
    const scoreOf = (by) => (pushed.area / (page.vw * page.vh)) * (Math.min(by, page.vh) / Math.max(page.vw, page.vh));
    if (scoreOf(height(rec)) < page.limits.shiftScore || tried++ >= TRIED_IMAGES) continue;
    const moves = moveWithout(rec, pushed.first), score = scoreOf(moves);
    if (score < page.limits.shiftScore) continue;
    report({
      group: `image ${signatureOf(rec)}`, elements: [[rec]], others: parentOf(rec).concat([["other", pushed.first]]),
      measure: { shift_score: score, moved_px: moves, count: 1 },
      words: { kind: "image", moved: shortSelector(pushed.first.el), text: pushed.first.string || "", url: rec.el.currentSrc, down: "yes", late: "", grown: "" },
    });
  }
}

const TRIED_IMAGES = 6;

// moveWithout is how far another element moves up while the picture has no
// height.
function moveWithout(rec, other) {
  return withSheet((set) => {
    const before = dom.rect(other.el).y;
    return set({ xpath: pathOf(rec.el), overrides: { height: "0" } }) ? before - dom.rect(other.el).y : 0;
  });
}

// roomless reports whether the height of a picture is that of its file.
function roomless(el, cs) {
  if (cs.aspectRatio !== "auto" || dom.has(el, "height")) return false;
  const map = styleMap(el), is = (name, value) => String(map.get(name)) === value;
  return is("height", "auto") && (is("min-height", "auto") || is("min-height", "0px")) && !/(?:^|[\s,])data:/.test(el.currentSrc);
}

const styleMap = method(Element.prototype, "computedStyleMap");

// pushedBy is what the picture pushes down: the part of the screen with texts
// and pictures that hang below it in the flow. A box of a fixed height, or
// something beside the picture that is as high, keeps it from pushing.
function pushedBy(page, rec) {
  const row = rowOf(rec);
  if (!row) return null;
  let first = null, box = null;
  for (const r of page.recs) {
    if (!(r.reads || PICTURES.has(r.tag)) || !r.vis || r === rec || within(r, row) || lifted(r)) continue;
    const b = r.box || r;
    if (b.y1 < row.y2 - 1 || b.y1 >= page.vh || b.x2 <= row.x1 || b.x1 >= row.x2) continue;
    first = first || r;
    box = box ? join(box, b) : { ...b };
  }
  if (!first) return null;
  const seen = meet(box, { x1: 0, y1: 0, x2: page.vw, y2: page.vh }), from = Math.max(0, seen.y1 - height(rec));
  return { first, area: Math.max(0, width(seen)) * Math.max(0, seen.y2 - from) };
}

// rowOf is the outermost box whose height is that of the picture, or null if
// the picture does not make the height of what holds it.
function rowOf(rec) {
  let row = rec;
  for (let up = rec.parent; up && up.tag !== "body" && up.tag !== "html"; up = up.parent) {
    const map = styleMap(up.el);
    if (!/^(?:auto|[\d.]+%)$/.test(String(map.get("height"))) || up.cs.aspectRatio !== "auto" || !/^(?:auto|0px)$/.test(String(map.get("min-height"))) || lifted(up)) return null;
    if (up.inner && up.inner.rec === up && (up.inner.softY || String(map.get("max-height")) !== "none")) return null;
    if (laysInRow(up) && up.kids.some((k) => k !== row && !within(rec, k) && k.y2 - k.y1 >= height(row) * 0.9 && fillsItself(k))) return null;
    row = up;
  }
  return row;
}

// fillsItself reports whether what is in rec needs the height that it has: in a
// row all are as high as the highest.
const fillsItself = (rec) => rec.kids.some((k) => k.y2 >= rec.y2 - px(rec.cs.paddingBottom) - 4) || Boolean(rec.box && rec.box.y2 >= rec.y2 - 8);
