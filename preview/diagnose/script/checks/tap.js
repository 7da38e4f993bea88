// tap-target: a control that is too small to be hit with a finger, and too close
// to others, on a screen that is touched.

checks["tap-target"] = {
  run(page, report) {
    if (page.vw >= page.limits.tapViewPx) return;
    const targets = page.controls.filter(tappable).map((rec) => ({ rec, ...targetBox(page, rec) }));
    const near = new Cells(), groups = new Map();
    for (const t of targets) near.put(t);
    const large = new Set(targets.filter((t) => t.rec.tag === "a" && !isSmall(page, t)).map((t) => dom.attr(t.rec.el, "href")));
    for (const t of targets) {
      if (!isSmall(page, t) || !crowded(page, t, near) || exemptTarget(page, t, large)) continue;
      // Text links that stand close are one fault of a page; buttons differ.
      const key = /^inline/.test(t.rec.display) && t.rec.role === "link" && !edgesOf(t.rec) && t.rec.string ? "text links" : signatureOf(t.rec);
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(t);
    }
    for (const [key, list] of groups) reportTaps(page, key, list, report);
  },

  probe(page, elements) {
    const b = dom.rect(elements[0]), least = page.limits.tapPx;
    return Math.max(0, least - b.width) + Math.max(0, least - b.height);
  },
};

function tappable(rec) {
  if (!rec.vis || rec.disabled || rec.moving || rec.turned || rec.ariaHidden || rec.cs.pointerEvents === "none") return false;
  return area(rec.spot) >= 16 && width(rec.spot) > 3 && height(rec.spot) > 3;
}

// targetBox is all of a control that takes a click: its largest line box, what
// is in it, and the label that goes with it.
function targetBox(page, rec) {
  let box = rec;
  if (rec.display === "inline" && !LEAF.has(rec.tag)) {
    let best = null;
    for (const b of dom.rects(rec.el)) if (!best || b.width * b.height > best.width * best.height) best = b;
    if (best) box = { x1: best.left + page.sx, y1: best.top + page.sy, x2: best.right + page.sx, y2: best.bottom + page.sy };
  }
  let left = 12;
  const grow = (r) => {
    for (const k of r.kids) {
      if (!k.vis || k.noBox || left-- <= 0) continue;
      if (k.display !== "inline" || LEAF.has(k.tag)) box = join(box, k);
      grow(k);
    }
  };
  grow(rec);
  for (const l of labelsOf(page, rec.el)) {
    const label = page.byEl.get(l);
    if (label && label.vis && /^(checkbox|radio)$/.test(rec.role)) box = join(box, label);
  }
  return { x1: box.x1, y1: box.y1, x2: box.x2, y2: box.y2 };
}

const isSmall = (page, t) => Math.min(width(t), height(t)) < page.limits.tapPx - 0.5;

// exemptTarget knows the exceptions of WCAG 2.5.8: links in a sentence, controls
// as the browser draws them, and a second, large link to the same place. A
// ::before or ::after laid over a control makes it larger.
function exemptTarget(page, t, large) {
  const { rec } = t;
  if (asDrawn(rec) || /^su[bp]$/.test(rec.parent.tag) || layerOver(rec) || (rec.hit && !reaches(page, rec, rec.hit))) return true;
  if (/^inline/.test(rec.display) && !edgesOf(rec) && inSentence(page, rec)) return true;
  const href = rec.tag === "a" && dom.attr(rec.el, "href");
  return Boolean(href) && href !== "#" && large.has(href);
}

// asDrawn knows controls whose size the page did not set.
function asDrawn(rec) {
  const { cs, tag, role } = rec;
  if (tag === "summary") return px(cs.paddingTop) + px(cs.paddingBottom) < 1;
  if (!/^(input|button|select|textarea)$/.test(tag) || cs.appearance === "none") return false;
  if (/^(checkbox|radio)$/.test(role)) return width(rec) >= 12 && width(rec) <= 14;
  if (role === "slider") return height(rec) >= 15 && height(rec) <= 17;
  const padding = tag === "select" ? "0px" : tag === "button" || role === "button" ? "1px 6px" : "1px 2px";
  return /^13\.33/.test(cs.fontSize) && cs.padding === padding;
}

// inSentence reports whether words that are not of a control of their own stand
// in the same block.
function inSentence(page, rec) {
  if (!page.prose) {
    page.prose = new Map();
    for (const t of page.texts) {
      if (!t.reads) continue;
      const block = flowBlock(t);
      if (!page.prose.has(block)) page.prose.set(block, new Set());
      page.prose.get(block).add(controlAround(t));
    }
  }
  const owners = page.prose.get(flowBlock(rec.parent));
  return Boolean(owners) && [...owners].some((o) => o !== rec && (o === null || within(rec, o)));
}

// flowBlock is the block in whose lines rec stands.
function flowBlock(rec) {
  while (rec.parent && (/^inline/.test(rec.display) || rec.noBox)) rec = rec.parent;
  return rec;
}

function controlAround(rec) {
  for (let r = rec; r; r = r.parent) if (r.role) return r;
  return null;
}

// crowded reports whether a circle as wide as the least size, about the middle of
// a small target, meets another target or another small target's circle.
function crowded(page, t, near) {
  const least = page.limits.tapPx - 0.5, x = (t.x1 + t.x2) / 2, y = (t.y1 + t.y2) / 2;
  return near.near({ x1: x - least, y1: y - least, x2: x + least, y2: y + least }).some((o) => {
    if (o === t || related(o.rec, t.rec) || o.rec.fixed !== t.rec.fixed) return false;
    if (isSmall(page, o) && Math.hypot((o.x1 + o.x2) / 2 - x, (o.y1 + o.y2) / 2 - y) < least) return true;
    const dx = Math.max(o.x1 - x, 0, x - o.x2), dy = Math.max(o.y1 - y, 0, y - o.y2);
    return Math.hypot(dx, dy) < least / 2;
  });
}

function reportTaps(page, key, list, report) {
  const least = (t) => Math.min(width(t), height(t));
  const worst = list.reduce((a, b) => (least(b) < least(a) - 0.01 ? b : a)), ordered = [worst, ...list.filter((t) => t !== worst)];
  report({
    group: key, elements: ordered.map((t) => [t.rec, t]), others: parentOf(worst.rec),
    measure: { width_px: width(worst), height_px: height(worst), least_px: page.limits.tapPx, count: list.length },
    words: { name: accessibleName(page, worst.rec), role: worst.rec.role },
  });
}
