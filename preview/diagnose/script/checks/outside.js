// outside-viewport: text or a control that lies beyond an edge of the document
// to which nobody can scroll.

checks["outside-viewport"] = {
  run(page, report) {
    const groups = new Map();
    for (const rec of page.recs) {
      const boxes = steady(rec) ? rec.texts : rec.role && rec.vis && !rec.moving && !rec.turned && !rec.ariaHidden ? [rec] : [];
      for (const box of boxes) addCut(page, groups, rec, box);
    }
    // What sticks out on both sides is one fault, told by the sideways scroll.
    const told = page.sideways || new Set();
    for (const g of groups.values()) if (!told.has(g.culprit) && !told.has(g.worst)) reportOutside(page, g, report);
  },

  probe(page, elements, others, edge) {
    const all = [...elements, ...others.filter((o) => o.role === "child")].map((e) => e.el || e);
    return Math.max(0, ...all.map((el) => {
      const b = dom.rect(el);
      if (edge === "left") return -(b.left + scrollX);
      return edge === "top" ? -(b.top + scrollY) : b.right + scrollX - page.vw;
    }));
  },
};

// cutBy is how far box lies beyond each edge that can't be scrolled past.
function cutBy(page, rec, box) {
  const r = rec.fixed ? { x1: 0, y1: 0, x2: page.vw } : page.reach;
  return { left: r.x1 - box.x1, right: box.x2 - r.x2, top: r.y1 - box.y1 };
}

function addCut(page, groups, rec, box) {
  const clip = clipAcrossPage(page, box, box === rec ? rec.clip : rec.inner);
  if (!clip) return;
  const cut = cutBy(page, rec, box);
  if (page.scrollsX && !rec.fixed && !page.rtl) cut.right = -1;
  const edge = ["left", "right", "top"].find((e) => cut[e] > page.limits.outsidePx);
  if (!edge || hiddenOnPurpose(page, rec, box, edge, cut[edge])) return;
  const culprit = outermostBeyond(page, rec, edge), key = `${pathOf(culprit.el)} ${edge}`;
  let g = groups.get(key);
  if (!g) groups.set(key, (g = { culprit, edge, by: 0 }));
  if (cut[edge] > g.by) (g.by = cut[edge]), (g.worst = rec), (g.part = box);
}

// clipAcrossPage is false when a box other than the page's edge cuts or scrolls
// the box: that is another check's matter. A wrapper as wide as the viewport
// that hides what sticks out counts as the page's edge.
function clipAcrossPage(page, box, clip) {
  for (let c = clip; c; c = c.up) {
    if (c.softX || c.softY) return false;
    if (c.hardY && (box.y1 < c.y1 - 1 || box.y2 > c.y2 + 1)) return false;
    if (c.hardX && !pageWide(page, c) && (box.x1 < c.x1 - 1 || box.x2 > c.x2 + 1)) return false;
  }
  return true;
}

const pageWide = (page, c) => Math.abs(c.x1) <= 1 && Math.abs(c.x2 - page.vw) <= 1;

// hiddenOnPurpose knows menus and skip links that wait beyond the edge, and text
// that a picture replaces.
function hiddenOnPurpose(page, rec, box, edge, by) {
  const size = edge === "top" ? height(box) : width(box);
  const wholly = by >= size - 1;
  if (wholly && rec.out) return true;
  if (by > (edge === "top" ? page.vh : page.vw * 1.5)) return true;
  for (let r = rec; r; r = r.parent) if (px(r.cs.textIndent) < -50) return true;
  return wholly && besideShown(page, rec, edge);
}

// besideShown knows a track of slides: beyond the edge, on a row whose other
// slides fill the view.
function besideShown(page, rec, edge) {
  for (let r = rec; r && r.parent; r = r.parent) {
    if (r.parent.transformed) return true;
    if (edge === "right" && laysInRow(r.parent) && width(r) >= page.vw * 0.8 && r.parent.kids.length > 1) return true;
  }
  return false;
}

function outermostBeyond(page, rec, edge) {
  const beyond = (r) => cutBy(page, r, r)[edge] > 1;
  let at = blockOf(rec);
  if (!beyond(at)) return at;
  while (at.parent && at.parent.tag !== "body" && at.parent.tag !== "html" && beyond(at.parent)) at = at.parent;
  const row = at.parent;
  if (edge === "right" && row && row.tag !== "html" && laysInRow(row) && !at.out && width(at) <= width(row) + 1) return row;
  return at;
}

function reportOutside(page, g, report) {
  const others = [];
  if (g.worst !== g.culprit) others.push(["child", g.worst]);
  for (let r = g.worst.parent; r && r !== g.culprit && others.length < 3 && within(r, g.culprit); r = r.parent) others.push(["child", r]);
  if (g.culprit.parent && g.culprit.parent.tag !== "html") others.push(["parent", g.culprit.parent]);
  report({
    group: `${signatureOf(g.culprit)} ${g.edge}`, elements: [[g.culprit, join(g.culprit, g.part)]], others,
    measure: { overflow_px: g.by, width_px: width(g.culprit), viewport_px: page.vw, count: 1 },
    words: { edge: g.edge, text: g.worst.string || "" },
  });
}
