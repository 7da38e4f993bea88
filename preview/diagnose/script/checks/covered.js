// covered-control: a click on a control reaches something else that lies on it.

checks["covered-control"] = {
  run(page, report) {
    const groups = new Map();
    for (const rec of page.controls) {
      if (!coverable(page, rec) || reaches(page, rec, rec.hit)) continue;
      const hits = afford(page, 6) ? hitsInView(page, rec) : [];
      if (!hits.length || !mostlyMissed(page, rec, hits)) continue;
      const missed = hits.filter((h) => !reaches(page, rec, h));
      const coverer = covererOf(missed[0], rec);
      if (coversByDesign(page, rec, coverer)) continue;
      if (!groups.has(coverer)) groups.set(coverer, { coverer, controls: [], percent: 0 });
      const g = groups.get(coverer);
      g.controls.push(rec);
      g.percent = Math.max(g.percent, (100 * missed.length) / hits.length);
    }
    for (const g of groups.values()) reportCovered(page, g, report);
  },

  probe(page, elements) {
    return elements.reduce((sum, el) => {
      const rec = recordOf(page, el);
      const hits = hitsInView(page, { ...rec, clip: null });
      return sum + hits.filter((h) => !reaches(page, rec, h)).length;
    }, 0);
  },
};

function coverable(page, rec) {
  if (!rec.vis || rec.disabled || rec.moving || rec.turned || rec.ariaHidden) return false;
  return rec.cs.pointerEvents !== "none" && width(rec.spot) >= 4 && height(rec.spot) >= 4 && Boolean(rec.hit);
}

// mostlyMissed: the middle and at least three of the four other points. A badge
// or an icon on a corner leaves a control usable.
function mostlyMissed(page, rec, hits) {
  const missed = hits.filter((h) => !reaches(page, rec, h)).length;
  return hits.length > 0 && !reaches(page, rec, hits[0]) && missed >= hits.length - 1;
}

// hitsInView brings the control to the middle of the view, so that bars at the
// edges are out of the way if they can be, and tests again.
function hitsInView(page, rec) {
  const kept = [];
  for (let r = rec.parent; r; r = r.parent) {
    const left = dom.scrollLeft(r.el), top = dom.scrollTop(r.el);
    kept.push([r.el, left, top]);
  }
  return keepScroll(() => {
    try {
      dom.intoView(rec.el, { block: "center", inline: "center", behavior: "instant" });
      let spot = null;
      for (const b of dom.rects(rec.el)) {
        const piece = { x1: b.left, y1: b.top, x2: b.right, y2: b.bottom };
        if (!spot || area(piece) > area(spot)) spot = piece;
      }
      if (!spot) return [];
      spot = meet(spot, { x1: 0, y1: 0, x2: innerWidth, y2: innerHeight });
      for (let c = rec.clip; c; c = c.up) {
        const b = dom.rect(c.rec.el);
        spot = meet(spot, { x1: b.left, y1: b.top, x2: b.right, y2: b.bottom });
      }
      if (width(spot) < 4 || height(spot) < 4) return [];
      return fivePoints(spot).map(([x, y]) => hitAt(page, x, y)).filter(Boolean);
    } finally {
      for (const [el, left, top] of kept) {
        if (dom.scrollLeft(el) === left && dom.scrollTop(el) === top) continue;
        dom.scrollTo(el, { left, top, behavior: "instant" });
      }
    }
  });
}

// covererOf is the thing that lies on the control: the nearest positioned
// element around what was hit that does not hold the control as well, else the
// outermost such.
function covererOf(hit, control) {
  if (within(control, hit)) return hit;
  let at = hit;
  while (at.position === "static" && at.parent && !within(control, at.parent)) at = at.parent;
  return at;
}

// coversByDesign knows dialogs, bars that a visitor can dismiss or scroll clear
// of, and controls made of several inputs laid on each other.
function coversByDesign(page, control, coverer) {
  const { el } = coverer;
  if (dom.closest(el, "dialog, [role=dialog], [role=alertdialog], [aria-modal=true], [popover]")) return true;
  if (coverer.moving) return true;
  if (coverer.role && coverer.parent === control.parent && /^(input|select|textarea)$/.test(coverer.tag) && coverer.tag === control.tag) return true;
  if (!coverer.fixed) return false;
  const holdsControl = page.controls.some((c) => c.vis && within(c, coverer));
  if (fillsView(page, coverer)) return holdsControl && ground(coverer)[3] > 0.1;
  return holdsControl && coverer.y1 > page.vh * 0.3;
}

function reportCovered(page, g, report) {
  const first = g.controls[0];
  report({
    group: signatureOf(g.coverer), elements: g.controls.map((c) => [c]),
    others: [["other", g.coverer], ["parent", first.parent]],
    measure: { covered_percent: g.percent, count: g.controls.length, overlap_px2: Math.max(0, area(meet(first, g.coverer))) },
    words: {
      name: accessibleName(page, first), role: first.role, coverer: shortSelector(g.coverer.el) + (within(first, g.coverer) ? layerOver(g.coverer) : ""),
      empty: page.recs.some((r) => within(r, g.coverer) && (r.reads || r.role || LEAF.has(r.tag))) ? "" : "yes",
    },
  });
}
