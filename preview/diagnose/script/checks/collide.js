// siblings-collide: two things that should stand beside or below each other, such
// as cards, pictures, columns or controls, lie on each other.

checks["siblings-collide"] = {
  ask(page, points) {
    const groups = new Map();
    for (const [a, b] of crossingPieces(page)) addCollision(page, groups, a, b);
    page.collisions = [...groups.values()].slice(0, page.limits.maxFindings * 2);
    for (const g of page.collisions) {
      const at = meet(g.a, g.b);
      points.ask((at.x1 + at.x2) / 2, (at.y1 + at.y2) / 2, (x, y) => (g.top = upperOf(page, g, x, y)));
    }
  },

  run(page, report) {
    page.collided = new Set();
    for (const g of page.collisions) {
      if (layersByDesign(g) || toldAsOther(page, g)) continue;
      page.collided.add(g.a.rec).add(g.b.rec).add(g.sideA).add(g.sideB);
      reportCollision(g, report);
    }
  },

  probe(page, elements) {
    const [a, b] = elements.map((el) => [...dom.rects(el)]);
    let shared = 0;
    for (const p of a) for (const q of b) {
      const w = Math.min(p.right, q.right) - Math.max(p.left, q.left), h = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
      if (w > 1 && h > 1) shared += w * h;
    }
    return shared;
  },
};

// crossingPieces yields pairs that share some room. Texts that lie on texts are
// another check's matter.
function* crossingPieces(page) {
  const by = page.limits.collidesPx;
  const list = [...pieces(page)].filter((p) => p.y2 - p.y1 >= by).sort((a, b) => a.y1 - b.y1 || a.x1 - b.x1 || a.rec.order - b.rec.order);
  for (const [o, p] of crossings(list, page.limits.maxPairs, () => page.cut.add("siblings-collide"))) {
    if (o.x1 + by > p.x2 || p.x1 + by > o.x2 || o.y2 <= p.y1 + by) continue;
    if (o.kind === "text" && p.kind === "text") continue;
    if (!related(o.rec, p.rec)) yield o.rec.order < p.rec.order ? [o, p] : [p, o];
  }
}

function addCollision(page, groups, a, b) {
  const at = meet(a, b);
  if ([a, b].some((p) => p.kind === "text" && (height(at) < height(p) * page.limits.spilledPart || outOfBlock(p)))) return;
  const [sideA, sideB] = sidesOf(a.rec, b.rec);
  if (freelyPlaced(a.rec, sideA) || freelyPlaced(b.rec, sideB) || sameCell(sideA, sideB)) return;
  if (flowsRound(a, sideA, b, sideB) || flowsRound(b, sideB, a, sideA)) return;
  const share = area(at) / Math.min(area(a), area(b)), weight = share * (a.kind === "box" && b.kind === "box" ? 1 : 2);
  const key = `${sideA.order} ${sideB.order}`;
  let g = groups.get(key);
  if (!g) groups.set(key, (g = { sideA, sideB, weight: 0, moved: chainPulled(a.rec, sideA) || chainPulled(b.rec, sideB) }));
  if (weight > g.weight) Object.assign(g, { weight, share, a, b, at });
}

// outOfBlock: a line that runs out of its own block is spilled text.
const outOfBlock = (p) => {
  const block = blockOf(p.rec);
  return SIDES.some((side) => beyond(p, block, side) > 3);
};

// chain lists rec and what is around it, up to side.
function* chain(rec, side) {
  for (let r = rec; r; r = r.parent) {
    yield r;
    if (r === side) return;
  }
}

const freelyPlaced = (rec, side) => chain(rec, side).some(placed);
const chainPulled = (rec, side) => chain(rec, side).some((r) => pulled(r));

// sameCell knows things that are stacked in one cell of a grid.
function sameCell(a, b) {
  if (!a.parent || !/grid$/.test(a.parent.display)) return false;
  const starts = (r) => [r.cs.gridRowStart, r.cs.gridColumnStart, r.cs.gridRowEnd, r.cs.gridColumnEnd];
  const [ra, ca, rea, cea] = starts(a), [rb, cb, reb, ceb] = starts(b);
  if ([ra, ca, rb, cb].some((v) => v === "auto")) return false;
  return (ra === rb && ca === cb) || [rea, cea, reb, ceb].includes("-1");
}

// flowsRound: the box of a block reaches under a float that its lines flow round.
function flowsRound(f, sideF, other, sideOther) {
  if (other.kind !== "box" || !chain(f.rec, sideF).some((r) => r.cs.float !== "none")) return false;
  return sideOther.cs.float === "none" && /^(block|list-item)$/.test(sideOther.display) && sideOther.cs.overflowY === "visible";
}

// upperOf tells which of the two is painted above the other at a point, null if
// something else hides both.
function upperOf(page, g, x, y) {
  const stack = stackAtPoint(page, x, y);
  const ia = stack.findIndex((r) => within(r, g.a.rec)), ib = stack.findIndex((r) => within(r, g.b.rec));
  if (ia < 0 || ib < 0) return null;
  const upper = ia < ib ? g.a : g.b, foreign = stack.slice(0, Math.min(ia, ib));
  return foreign.some((r) => opaque(r) && !related(r, g.a.rec) && !related(r, g.b.rec)) ? null : upper;
}

// layersByDesign: what a negative margin pulls over something else is meant to
// lie there, unless it hides what should be read or used.
function layersByDesign(g) {
  if (g.top === null) return true;
  if (!g.moved) return false;
  const lower = g.top === g.a ? g.b : g.a;
  return !g.top || !opaque(g.top.rec) || (lower.kind !== "text" && lower.kind !== "control") || g.share < 0.3;
}

// toldAsOther: of texts that lie on each other, and of controls that can't be
// clicked, other checks tell.
function toldAsOther(page, g) {
  const same = (o) => !o.hidden && o.sideA === g.sideA && o.sideB === g.sideB;
  if (page.overlaps?.some(same)) return true;
  const covered = (p, o) => p.rec.role && p.rec.hit && !reaches(page, p.rec, p.rec.hit) && related(p.rec.hit, o.rec);
  return covered(g.a, g.b) || covered(g.b, g.a);
}

function reportCollision(g, report) {
  const others = [], lower = g.top && g.top.rec === g.a.rec ? g.b : g.a;
  for (const [side, p] of [[g.sideA, g.a], [g.sideB, g.b]]) {
    for (const r of [p.rec.parent, side]) if (r !== g.a.rec && r !== g.b.rec && within(r, side)) others.push(["other", r]);
  }
  if (g.sideA.parent.tag !== "html") others.push(["parent", g.sideA.parent]);
  const hides = Boolean(g.top) && opaque(g.top.rec) && lower.kind !== "box";
  report({
    group: `${signatureOf(g.sideA)} ${signatureOf(g.sideB)}`, elements: [[g.a.rec], [g.b.rec]], others,
    measure: {
      overlap_px: Math.min(width(g.at), height(g.at)), area_px2: area(g.at), overlap_percent: 100 * g.share, count: 1,
      ...(hides ? { hidden_percent: (100 * area(g.at)) / area(lower) } : {}),
    },
    words: { a: shortSelector(g.a.rec.el), b: shortSelector(g.b.rec.el), text: (g.a.kind === "text" ? g.a : g.b).rec.string || "" },
  });
}
