// narrow-range: a layout that is there between two breakpoints that lie close
// together and at no width around them. One reading can't tell: the search of
// widths compares shapes, see narrow.go.

checks["narrow-range"] = { run() {} };

// shape is how each element with content is laid out: how it is displayed, where
// it lies to the one before it, and which elements of a parent are shown at all.
entries.shape = ({ limits }) => keepScroll(() => {
  const { page } = survey(limits, [], []), out = [];
  for (const rec of [...page.recs].reverse()) {
    rec.holds = Boolean(rec.reads || rec.role || PICTURES.has(rec.tag) || rec.kids.some((k) => k.holds));
  }
  for (const rec of page.recs) {
    const kids = rec.kids.filter((k) => k.holds && isShown(page, k));
    for (const [i, kid] of kids.entries()) {
      if (out.length >= limits.maxShapes) return out;
      const before = i > 0 && kid.display !== "inline" && kids[i - 1].display !== "inline" ? kids[i - 1] : null;
      out.push({
        path: pathOf(kid.el), parent: pathOf(rec.el), display: kid.display,
        before: before ? pathOf(before.el) : "", lies: before ? liesTo(kid, before) : "",
      });
    }
  }
  return out;
});

function isShown(page, rec) {
  if (rec.noBox) return true;
  const shown = shownPart(page, rec, rec.clip, rec.fixed);
  return rec.cs.visibility === "visible" && rec.opacity >= FAINT && !rec.cutAway && (rec.kids.length > 0 || area(shown) > 1);
}

function liesTo(rec, before) {
  if (rec.y1 >= before.y2 - 1) return "below";
  if (rec.y2 <= before.y1 + 1) return "above";
  if (rec.x1 >= before.x2 - 1) return "right";
  return rec.x2 <= before.x1 + 1 ? "left" : "over";
}
