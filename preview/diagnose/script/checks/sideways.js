// sideways-scroll: the document is wider than the viewport and can be scrolled
// so. A finding is one element that makes it wide by itself, not every one that
// is pushed along.

checks["sideways-scroll"] = {
  run(page, report) {
    if (!page.scrollsX || page.docW - page.vw <= page.limits.sidewaysPx) return;
    const groups = new Map();
    for (const rec of page.recs) {
      if (rec.fixed || rec.noBox || clippedAcross(rec.clip)) continue;
      if (stickOut(page, rec) > 1) addSticking(page, groups, outermost(page, rec), rec);
      for (const f of rec.texts || []) {
        if (stickOut(page, f) > 1 && stickOut(page, rec) <= 1 && !clippedAcross(rec.inner)) addSticking(page, groups, rec, f);
      }
    }
    if (!groups.size) unseenCulprit(page, groups);
    page.sideways = new Set(groups.keys());
    const worst = [...groups.values()].sort((a, b) => b.by - a.by || a.culprit.order - b.culprit.order);
    const kinds = new Set();
    for (const g of worst) {
      kinds.add(signatureOf(g.culprit));
      if (kinds.size <= page.limits.maxCulprits) reportSideways(page, g, report);
    }
  },

  // probe is how far the element sticks out: its own box where that does, else
  // what is in it.
  probe(page, elements, others, part) {
    const inside = others.filter((o) => o.role === "child").map((o) => o.el);
    const all = part === "box" ? elements : [...elements, ...inside];
    return Math.max(0, ...all.map((el) => {
      const b = dom.rect(el), cs = getComputedStyle(el);
      const loose = part !== "box" && cs.display !== "inline" && cs.overflowX === "visible";
      const extra = loose ? Math.max(0, dom.scrollWidth(el) - dom.clientWidth(el)) : 0;
      return extra + (page.rtl ? -(b.left + scrollX) : b.right + scrollX - page.vw);
    }));
  },
};

const stickOut = (page, b) => (page.rtl ? -b.x1 : b.x2 - page.vw);

// clippedAcross reports whether a clip keeps contents from widening the page.
function clippedAcross(clip) {
  for (let c = clip; c; c = c.up) if (c.hardX || c.softX) return true;
  return false;
}

// outermost is the element to blame for rec's sticking out: the outermost
// one that sticks out as well, or the row that holds it when it is no wider
// than the row itself.
function outermost(page, rec) {
  let at = rec;
  while (at.parent && stickOut(page, at.parent) > 1) at = at.parent;
  const row = at.parent;
  if (row && row.tag !== "html" && laysInRow(row) && !at.out && width(at) <= width(row) + 1) return row;
  return at;
}

function addSticking(page, groups, culprit, part) {
  const by = stickOut(page, part);
  let g = groups.get(culprit);
  if (!g) groups.set(culprit, (g = { culprit, by: -Infinity, box: culprit }));
  if (by > g.by) (g.by = by), (g.worst = part.rec || part);
  g.box = { ...g.box, x1: Math.min(g.box.x1, page.rtl ? part.x1 : g.box.x1), x2: Math.max(g.box.x2, page.rtl ? g.box.x2 : part.x2) };
}

// unseenCulprit finds the deepest element whose contents widen the page without
// having a box of their own, such as a ::before.
function unseenCulprit(page, groups) {
  let best = null;
  for (const rec of page.recs) {
    if (rec.fixed || rec.noBox || rec.display === "inline" || LEAF.has(rec.tag) || clippedAcross(rec.inner)) continue;
    const extra = dom.scrollWidth(rec.el) - dom.clientWidth(rec.el);
    if (extra > 1 && rec.x2 + extra > page.vw + 1) best = rec;
  }
  best = best || page.byEl.get(page.body) || page.recs[0];
  const by = page.docW - page.vw;
  groups.set(best, { culprit: best, by, worst: best, box: { ...best, x2: page.vw + by } });
}

function reportSideways(page, g, report) {
  const others = needyChain(page, g.culprit, g.worst);
  if (g.culprit.parent && g.culprit.parent.tag !== "html") others.push(["parent", g.culprit.parent]);
  report({
    group: signatureOf(g.culprit), elements: [[g.culprit, g.box]], others,
    measure: { overflow_px: g.by, width_px: width(g.culprit), viewport_px: page.vw, page_overflow_px: page.docW - page.vw, count: 1 },
    words: { part: stickOut(page, g.culprit) > 1 ? "box" : "contents", ...(g.culprit.cutAway && { unseen: "yes" }) },
  });
}

// needyChain are the descendants that reach as far out as the culprit does: it
// may be wide only because one of them needs the room.
function needyChain(page, culprit, worst) {
  const chain = [];
  for (let at = worst; at && at !== culprit; at = at.parent) chain.unshift(at);
  for (let at = worst; at && chain.length < 12;) {
    const far = stickOut(page, at);
    at = at.kids.find((k) => stickOut(page, k) >= far - 40 && stickOut(page, k) > 1 && !k.fixed);
    if (at) chain.push(at);
  }
  const picked = chain.length > 3 ? [chain[0], ...chain.slice(-2)] : chain;
  return picked.map((r) => ["child", r]);
}
