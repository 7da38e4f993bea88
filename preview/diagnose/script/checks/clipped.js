// clipped-text: a box that hides what overflows it cuts through text.

checks["clipped-text"] = {
  run(page, report) {
    const groups = new Map();
    for (const rec of page.texts) {
      if (!steady(rec)) continue;
      for (const axis of ["y", "x"]) addClipped(page, groups, rec, axis);
    }
    for (const g of groups.values()) reportClipped(g, report);
  },

  probe(page, elements, others, axis) {
    const clipper = elements[0], b = dom.rect(clipper);
    let hidden = 0;
    for (const o of others.filter((o) => o.role === "child").concat({ el: clipper })) {
      const range = dom.range(document);
      range.selectNodeContents(o.el);
      for (const f of range.getClientRects()) {
        hidden += axis === "x" ? Math.max(0, f.right - b.right) + Math.max(0, b.left - f.left) : Math.max(0, f.bottom - b.bottom) + Math.max(0, b.top - f.top);
      }
    }
    const o = getComputedStyle(clipper)[axis === "x" ? "overflowX" : "overflowY"];
    return o === "hidden" || o === "clip" ? hidden : 0;
  },
};

// clipperOf is the clip that cuts text of rec along an axis, or null when what
// it hides can be scrolled to.
function* clippersOf(rec, axis) {
  const hard = axis === "x" ? "hardX" : "hardY", soft = axis === "x" ? "softX" : "softY";
  for (let c = rec.inner; c && !c[soft]; c = c.up) if (c[hard]) yield c;
}

function addClipped(page, groups, rec, axis) {
  const lo = axis + "1", hi = axis + "2";
  for (const c of clippersOf(rec, axis)) {
    if (width(c) <= 2 || height(c) <= 2) return;
    if (axis === "x" && pageWide(page, c)) return;
    const cut = { most: 0, beyond: 0, whole: 0, shown: 0, lines: rec.texts.length };
    for (const f of rec.texts) measureCut(page, cut, f, c, lo, hi);
    const lostLines = axis === "y" && cut.whole > 0 && cut.shown > 0;
    if (!cut.most && !lostLines) continue;
    if (meantToClip(rec, c, axis)) return;
    const key = `${pathOf(c.rec.el)} ${axis}`;
    let g = groups.get(key);
    if (!g) groups.set(key, (g = { clip: c, axis, beyond: 0, most: 0, cutTexts: [] }));
    g.beyond = Math.max(g.beyond, cut.beyond);
    g.most = Math.max(g.most, lostLines ? 1 : cut.most);
    g.cutTexts.push(rec);
    return;
  }
}

// measureCut adds what clip c takes from one line. The line's box is taller
// than its letters: a quarter of it may go without a letter being touched.
function measureCut(page, cut, f, c, lo, hi) {
  const size = f[hi] - f[lo];
  const hidden = Math.max(0, c[lo] - f[lo]) + Math.max(0, f[hi] - c[hi]);
  const across = lo === "y1" ? Math.min(f.x2, c.x2) - Math.max(f.x1, c.x1) : Math.min(f.y2, c.y2) - Math.max(f.y1, c.y1);
  if (across <= 2) return;
  cut.beyond = Math.max(cut.beyond, f[hi] - c[hi], c[lo] - f[lo]);
  if (size - hidden < 3) cut.whole++;
  else {
    cut.shown++;
    const spare = lo === "y1" ? size * page.limits.clippedPart : 0;
    if (hidden >= Math.max(page.limits.clippedPx, spare)) cut.most = Math.max(cut.most, lo === "y1" ? hidden / size : 1);
  }
}

// meantToClip knows text that is shortened by design: an ellipsis, a line
// clamp, a fade, a track of slides.
function meantToClip(rec, clip, axis) {
  for (let r = rec; r; r = r.parent) {
    const { cs } = r;
    if (cs.webkitLineClamp !== "none" || (cs.maskImage || "none") !== "none") return true;
    if (axis === "x" && cs.textOverflow !== "clip" && r.inner && r.inner.rec === r) return true;
    if (r === clip.rec) break;
    if (r.transformed) return true;
    if (axis === "x" && slides(r, clip)) return true;
  }
  return fades(clip.rec);
}

// slides reports whether r is one of several in a row of which some are wholly
// out of sight: a carousel.
function slides(r, clip) {
  const p = r.parent;
  if (!p || !within(p, clip.rec) || p.kids.length < 2) return false;
  const inRow = p.kids.filter((k) => k.y1 < r.y2 && k.y2 > r.y1 && width(k) > 2);
  return inRow.length > 1 && inRow.some((k) => k.x1 >= clip.x2 - 1 || k.x2 <= clip.x1 + 1);
}

// fades knows the "read more" fade: a gradient drawn over the end.
function fades(rec) {
  const gradient = (cs) => cs && cs.position === "absolute" && cs.backgroundImage.includes("gradient");
  const drawn = ["::after", "::before"].map((p) => getComputedStyle(rec.el, p)).filter((cs) => cs.content !== "none");
  return drawn.some(gradient) || rec.kids.some((k) => gradient(k.cs) && !k.texts);
}

function reportClipped(g, report) {
  const c = g.clip.rec, others = [];
  for (const t of g.cutTexts.slice(0, 3)) if (t !== c) others.push(["child", t]);
  const block = blockOf(g.cutTexts[0]);
  if (block !== c && block !== g.cutTexts[0]) others.push(["child", block]);
  if (c.parent && c.parent.tag !== "html") others.push(["parent", c.parent]);
  report({
    group: `${signatureOf(c)} ${g.axis}`, elements: [[c]], others,
    measure: {
      hidden_px: g.beyond, line_percent: 100 * g.most, count: 1,
      ...(g.axis === "y" ? { height_px: height(c) } : { width_px: width(c) }),
    },
    words: { axis: g.axis, text: g.cutTexts[0].string, cut: shortSelector(g.cutTexts[0].el) },
  });
}
