// text-overlap: a line of text lies on a line of other text.

checks["text-overlap"] = {
  ask(page, points) {
    const groups = new Map();
    for (const [a, b] of crossingLines(page)) addOverlap(page, groups, a, b);
    page.overlaps = [...groups.values()].slice(0, page.limits.maxFindings * 4);
    for (const g of page.overlaps) {
      const at = meet(g.a, g.b);
      points.ask((at.x1 + at.x2) / 2, (at.y1 + at.y2) / 2, (x, y) => (g.hidden = oneHides(page, g, x, y)));
    }
  },

  run(page, report) {
    for (const g of page.overlaps) if (!g.hidden) reportOverlap(g, report);
  },

  probe(page, elements) {
    const [a, b] = elements.map((el) => {
      const range = dom.range(document);
      range.selectNodeContents(el);
      return [...range.getClientRects()];
    });
    let shared = 0;
    for (const p of a) for (const q of b) {
      const w = Math.min(p.right, q.right) - Math.max(p.left, q.left), h = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
      if (w > 1 && h > Math.min(p.height, q.height) * page.limits.overlapPart / 2) shared += w * h;
    }
    return shared;
  },
};

// crossingLines yields pairs of lines that share some room, by a sweep from top
// to bottom.
function* crossingLines(page) {
  const lines = [];
  for (const rec of page.texts) {
    if (!steady(rec) || notProse(rec)) continue;
    for (const f of rec.texts) {
      const shown = shownNow(page, f, rec);
      if (width(shown) > page.limits.overlapPx && height(shown) > 3) lines.push({ ...shown, rec, full: height(f) });
    }
  }
  lines.sort((a, b) => a.y1 - b.y1 || a.x1 - b.x1 || a.rec.order - b.rec.order);
  let active = [], left = page.limits.maxPairs;
  for (const f of lines) {
    active = active.filter((o) => o.y2 > f.y1);
    left -= active.length;
    if (left <= 0) return;
    for (const o of active) {
      if (o.x1 < f.x2 && f.x1 < o.x2 && o.rec !== f.rec) yield o.rec.order < f.rec.order ? [o, f] : [f, o];
    }
    active.push(f);
  }
}

// notProse knows texts that are stacked by design: annotations, formulas,
// ghostly big numbers behind a heading.
function notProse(rec) {
  if (/^(rt|rp|sup|sub)$/.test(rec.tag) || rec.opacity < 0.35) return true;
  return ink(rec)[3] < 0.35;
}

// shownNow is the part of a line that is in sight without scrolling any box.
function shownNow(page, f, rec) {
  let box = f;
  for (let c = rec.inner; c; c = c.up) {
    if (c.hardX || c.softX) box = { ...box, x1: Math.max(box.x1, c.x1), x2: Math.min(box.x2, c.x2) };
    if (c.hardY || c.softY) box = { ...box, y1: Math.max(box.y1, c.y1), y2: Math.min(box.y2, c.y2) };
  }
  return meet(box, page.reach);
}

function addOverlap(page, groups, a, b) {
  const at = meet(a, b), low = Math.min(a.full, b.full);
  if (width(at) <= page.limits.overlapPx || height(at) <= low * page.limits.overlapPart) return;
  if (related(a.rec, b.rec) || a.rec.string === b.rec.string) return;
  const tight = [a, b].some((f) => px(f.rec.cs.lineHeight) && px(f.rec.cs.lineHeight) < px(f.rec.cs.fontSize) * 1.05);
  if (tight && height(at) <= low * page.limits.overlapTightPart) return;
  if (a.rec.fixed !== b.rec.fixed && !overTop(page, a.rec.fixed ? a : b)) return;
  const [sideA, sideB] = sidesOf(a.rec, b.rec), key = `${pathOf(sideA.el)} ${pathOf(sideB.el)}`;
  const part = height(at) / low;
  let g = groups.get(key);
  if (!g) groups.set(key, (g = { sideA, sideB, part: 0, area: 0 }));
  g.area += area(at);
  if (part * width(at) > g.part) Object.assign(g, { part: part * width(at), a, b, percent: 100 * part, px: height(at), across: width(at) });
}

// overTop: a bar that is fixed at the top covers what lies beneath it at the
// start, from where nobody can scroll it away. Other fixed things can be
// scrolled clear of.
const overTop = (page, f) => f.y1 < 120 && f.y2 < page.vh / 2;

// sidesOf are the two children of the nearest common ancestor that hold a and b.
function sidesOf(a, b) {
  const up = new Set();
  for (let r = a; r; r = r.parent) up.add(r);
  let common = b;
  while (!up.has(common)) common = common.parent;
  const side = (r) => {
    while (r.parent !== common) r = r.parent;
    return r;
  };
  return [side(a), side(b)];
}

// oneHides reports whether, at a point of the overlap, one text's own
// background hides the other text: then it lies over it by design.
function oneHides(page, g, x, y) {
  const paints = (rec, side) => {
    for (let r = rec; r && r !== side.parent; r = r.parent) if (opaque(r)) return true;
    return false;
  };
  const stack = stackAtPoint(page, x, y);
  const ia = stack.findIndex((r) => within(r, g.a.rec)), ib = stack.findIndex((r) => within(r, g.b.rec));
  if (ia < 0 || ib < 0) return paints(g.a.rec, g.sideA) || paints(g.b.rec, g.sideB) || stack.some((r) => opaque(r) && !related(r, g.a.rec) && !related(r, g.b.rec));
  const low = Math.max(ia, ib);
  const under = low === ia ? g.a.rec : g.b.rec;
  return stack.slice(0, low).some((r) => opaque(r) && !within(under, r));
}

function reportOverlap(g, report) {
  const others = [];
  for (const [side, part] of [[g.sideA, g.a.rec], [g.sideB, g.b.rec]]) if (side !== part) others.push(["other", side]);
  if (g.sideA.parent.tag !== "html") others.push(["parent", g.sideA.parent]);
  report({
    group: `${signatureOf(g.sideA)} ${signatureOf(g.sideB)}`, elements: [[g.a.rec, g.a], [g.b.rec, g.b]], others,
    measure: { overlap_percent: g.percent, overlap_px: g.px, width_px: g.across, area_px2: g.area, count: 1 },
    words: { a: g.a.rec.string, b: g.b.rec.string },
  });
}
