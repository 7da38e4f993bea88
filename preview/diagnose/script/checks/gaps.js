// uneven-gaps: in a row or column of like things one gap differs from all others,
// which are equal.

checks["uneven-gaps"] = {
  run(page, report) {
    for (const { rec, items, lines } of likeRows(page)) {
      if (items.length < page.limits.gapItems || rec.kids.length !== items.length) continue;
      if (lines.length === 1) oddGap(page, rec, items, "x", report);
      else if (lines.length === items.length && items.every((k) => pieceKind(k))) oddGap(page, rec, items, "y", report);
    }
  },

  probe(page, elements, others, detail) {
    const before = others.find((o) => o.role === "other"), [axis, usual] = detail.split(" ");
    if (!before) return 0;
    const a = dom.rect(before.el), b = dom.rect(elements[0]);
    return Math.abs((axis === "x" ? b.left - a.right : b.top - a.bottom) - usual);
  },
};

function oddGap(page, rec, items, axis, report) {
  if (items.some((k) => k.sticky)) return;
  const gaps = items.slice(1).map((k, i) => round(axis === "x" ? k.x1 - items[i].x2 : k.y1 - items[i].y2));
  if (gaps.some((g) => g < -1)) return;
  const near = (a, b) => Math.abs(a - b) <= 1;
  const usual = gaps.find((g) => gaps.filter((o) => near(o, g)).length === gaps.length - 1);
  if (usual === undefined) return;
  const i = gaps.findIndex((g) => !near(g, usual)), odd = gaps[i], by = Math.abs(odd - usual);
  // A gap that is many times as wide sets things apart on purpose.
  if (by < page.limits.gapPx || (odd > usual && by < usual / 4) || odd > usual * 3 + 12) return;
  const after = items[i + 1], before = items[i];
  report({
    group: `${signatureOf(after)} ${signatureOf(rec)} ${axis}`, elements: [[after]], others: [["other", before], ["parent", rec]],
    measure: { gap_px: odd, usual_px: usual, differs_px: by, count: 1 },
    words: { axis, before: shortSelector(before.el), row: shortSelector(rec.el) },
  });
}
