// lone-wrap: of a row of like things one has fallen into a line of its own.

checks["lone-wrap"] = {
  run(page, report) {
    for (const row of likeRows(page)) {
      const { rec, items, lines } = row;
      if (lines.length !== 2 || lines[1].length !== 1 || lines[0].length < page.limits.loneFull || !wraps(rec, items)) continue;
      if (patchwork(items)) continue;
      const lone = lines[1][0], control = items.every((k) => holdsControls(page, k));
      report({
        group: signatureOf(lone) + " " + signatureOf(rec), elements: [[lone]], others: [["other", lines[0].at(-1)], ["child", lone.kids[0] || lone], ["parent", rec]],
        measure: { items: items.length, width_px: width(rec), missing_px: missing(rec, items), count: 1, ...(control ? { control: 1 } : {}) },
        words: { row: shortSelector(rec.el), text: lone.string || "" },
      });
    }
  },

  // probe is 1 while the lone thing stands below the last of the row.
  probe(page, elements, others) {
    const last = others.find((o) => o.role === "other");
    if (!last) return 0;
    const a = dom.rect(elements[0]), b = dom.rect(last.el);
    return a.top >= b.bottom - 2 ? 1 : 0;
  },
};

// wraps reports whether the items flow: a grid's columns are chosen.
function wraps(rec, items) {
  const { display, cs } = rec;
  if (/flex$/.test(display)) return cs.flexWrap !== "nowrap" && !/column/.test(cs.flexDirection);
  if (/grid$/.test(display)) return false;
  return items.every((k) => /^inline-/.test(k.display)) || items.every((k) => k.cs.float === items[0].cs.float && k.cs.float !== "none");
}

// patchwork knows sets that are meant to fill lines as words do: tags, chips.
function patchwork(items) {
  const widths = items.map(width), most = Math.max(...widths), least = Math.min(...widths);
  return items.length > 6 && most > least * 1.6;
}

// missing is how much wider the row would have to be for all to fit.
function missing(rec, items) {
  const gap = Math.max(0, items[1].x1 - items[0].x2);
  return Math.max(1, items.reduce((sum, k) => sum + width(k) + gap, -gap) - width(rec));
}
