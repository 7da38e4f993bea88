// Hit tests all over the document. The browser answers only for points inside
// the viewport, so the points are asked in the order of the scroll steps that
// they need, and the scroll position is put back.

// afford spends n hit tests of the page's budget. A hit test takes longer the
// more layers a page has, so the budget shrinks with them; it counts and does
// not look at a clock, so that the same page is always measured the same.
function afford(page, n) {
  if (page.hitsLeft === undefined) {
    const layers = page.recs.reduce((sum, r) => sum + (r.position !== "static" || r.transformed ? 1 : 0), 0);
    page.hitsLeft = page.limits.maxPoints / (1 + layers / 100);
  }
  page.hitsLeft -= n;
  if (page.hitsLeft < 0) page.cut.add("points");
  return page.hitsLeft >= 0;
}

class Points {
  constructor(page) {
    this.page = page;
    this.steps = new Map();
  }

  // ask calls answer(x, y) with viewport coordinates when (x, y) of the
  // document is in view; fixed things are where they are before any scrolling.
  // Points outside what can be scrolled to, and those beyond the budget, are
  // never answered.
  ask(x, y, answer, fixed = false) {
    const { page } = this, r = page.reach;
    if (x < r.x1 || x >= r.x2 || y < r.y1 || y >= r.y2 || !afford(page, 1)) return;
    const step = page.bars ? stepClear : stepWhole;
    const sx = page.rtl && x < 0 ? -step(-x, page.vw) : x < page.vw ? 0 : step(x, page.vw), sy = fixed ? 0 : step(y, page.vh);
    const key = `${sx} ${sy}`;
    if (!this.steps.has(key)) this.steps.set(key, { sx, sy, asked: [] });
    this.steps.get(key).asked.push([x, y, answer]);
  }

  // run answers everything asked since the last run; fixed content is where it is at each step.
  run() {
    keepScroll(() => {
      let steps = 0;
      for (const { sx, sy, asked } of this.steps.values()) {
        if (steps++ >= this.page.limits.maxSteps) {
          this.page.cut.add("points");
          break;
        }
        if (scrollX !== sx || scrollY !== sy) scrollTo({ left: sx, top: sy, behavior: "instant" });
        const ox = scrollX, oy = scrollY;
        for (const [x, y, answer] of asked) {
          const vx = x - ox, vy = y - oy;
          if (vx >= 0 && vy >= 0 && vx < innerWidth && vy < innerHeight) answer(vx, vy);
        }
      }
    });
    this.steps.clear();
  }
}

// stepWhole scrolls by whole views, stepClear by halves, which keeps points
// clear of bars that stay at an edge of the viewport.
const stepWhole = (at, size) => Math.floor(at / size) * size;
const stepClear = (at, size) => (at < size * 0.75 ? 0 : Math.floor((at - size * 0.25) / (size / 2)) * (size / 2));

function keepScroll(work) {
  const x = scrollX, y = scrollY;
  try {
    return work();
  } finally {
    if (scrollX !== x || scrollY !== y) scrollTo({ left: x, top: y, behavior: "instant" });
  }
}

// hitAt is the record that a click at a point of the viewport reaches.
function hitAt(page, x, y) {
  let el = dom.at(document, x, y);
  for (let s = el && dom.shadow(el); s; s = dom.shadow(el)) {
    const inner = dom.atShadow(s, x, y);
    if (!inner || inner === el) break;
    el = inner;
  }
  return el ? recordOf(page, el) : null;
}

// stackAtPoint lists the records at a point, topmost first.
function stackAtPoint(page, x, y) {
  const out = [];
  for (const el of dom.stackAt(document, x, y)) {
    const rec = recordOf(page, el);
    if (rec && out[out.length - 1] !== rec) out.push(rec);
  }
  return out;
}

const related = (a, b) => within(a, b) || within(b, a);

const PICTURES = new Set(["img", "video", "canvas", "iframe", "object", "embed"]);

// opaque reports whether rec hides what is behind it.
function opaque(rec) {
  if (!rec.vis || rec.opacity < 0.9 || rec.noBox) return false;
  if (PICTURES.has(rec.tag)) return true;
  return ground(rec)[3] >= 0.9 || backdrop(rec).includes("url(");
}

// hidesFrom reports whether something opaque and foreign lies over rec at a
// point of the viewport. Bars that stay while the page scrolls hide nothing for
// good, unless they fill the viewport.
function hidesFrom(page, rec, x, y) {
  const top = hitAt(page, x, y);
  if (!top || related(top, rec)) return false;
  for (const other of stackAtPoint(page, x, y)) {
    if (related(other, rec)) return false;
    const bar = (other.fixed || other.sticky) && !fillsView(page, other);
    if (!bar && opaque(other)) return true;
  }
  return false;
}

// mayCover reports whether a click at a point of the document may reach
// something foreign to rec. Where a page draws layers with ::before or ::after,
// whose place is not known, it may everywhere.
function mayCover(page, rec, x, y) {
  if (!page.solids) {
    const all = page.recs.filter((r) => r.cs.visibility === "visible" && !r.noBox);
    page.solids = new Bands(all);
    page.layered = all.some((r) => r.fixed || layerOver(r));
  }
  return page.layered || page.solids.some(x, y, (other) => !related(other, rec) && other.cs.pointerEvents !== "none");
}

// mayHide reports whether the box of something opaque and foreign holds a point
// of the document, or stays over the whole view. Few texts lie under anything,
// and a hit test is dear.
function mayHide(page, rec, x, y) {
  if (!page.opaques) {
    const all = page.recs.filter(opaque);
    page.opaques = new Bands(all);
    page.curtain = all.some((r) => r.fixed && fillsView(page, r));
  }
  return page.curtain || page.opaques.some(x, y, (other) => !related(other, rec));
}

// Bands finds the records whose box holds a point. They are sorted into bands
// of the document; those that cross many bands are few and kept apart.
class Bands {
  constructor(recs) {
    this.bands = new Map();
    this.tall = [];
    for (const rec of recs) {
      const b = rec.box ? join(rec, rec.box) : rec; // text may run out of its element
      const entry = { rec, x1: b.x1, x2: b.x2, y1: b.y1, y2: b.y2 };
      const from = Math.floor(b.y1 / BAND), to = Math.floor(b.y2 / BAND);
      if (to - from > 16) this.tall.push(entry);
      else for (let i = from; i <= to; i++) this.band(i).push(entry);
    }
  }

  band(i) {
    if (!this.bands.has(i)) this.bands.set(i, []);
    return this.bands.get(i);
  }

  some(x, y, test) {
    const hit = (e) => e.x1 <= x && x < e.x2 && e.y1 <= y && y < e.y2 && test(e.rec);
    return this.tall.some(hit) || (this.bands.get(Math.floor(y / BAND)) || []).some(hit);
  }
}

const BAND = 64; // px

const fillsView = (page, rec) => width(rec) >= page.vw * 0.9 && height(rec) >= page.vh * 0.9;
