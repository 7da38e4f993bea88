// text-too-wide and text-too-narrow: how many characters stand in a line of
// running text.

// paragraphs lists the blocks of lines, with their characters and lines.
function paragraphs(page) {
  if (page.paragraphs) return page.paragraphs;
  const blocks = new Map();
  for (const rec of page.texts) {
    if (!steady(rec)) continue;
    const block = blockOf(rec);
    if (!blocks.has(block)) blocks.set(block, []);
    blocks.get(block).push(...rec.texts);
  }
  page.paragraphs = [];
  for (const [rec, frags] of blocks) {
    if (rec.cs.writingMode !== "horizontal-tb" || /^pre$|nowrap/.test(rec.cs.whiteSpace)) continue;
    const lines = linesIn(frags);
    if (lines.length >= 2) page.paragraphs.push({ rec, frags, lines });
  }
  return page.paragraphs;
}

// linesIn joins the pieces of text that share a line.
function linesIn(frags) {
  const sorted = [...frags].sort((a, b) => a.y1 - b.y1 || a.x1 - b.x1), out = [];
  for (const f of sorted) {
    const last = out.at(-1);
    if (last && (f.y1 + f.y2) / 2 < last.y2) Object.assign(last, join(last, f));
    else out.push({ x1: f.x1, y1: f.y1, x2: f.x2, y2: f.y2 });
  }
  return out;
}

// characters counts what is read in a block; a Chinese character is as wide as
// two letters.
function characters(rec) {
  const s = fold(dom.text(rec.el).slice(0, 20000));
  return s.length + (s.match(/[\u3000-\u9fff\uac00-\ud7af\uff00-\uff60]/g) || []).length;
}

checks["text-too-wide"] = {
  run(page, report) {
    const wide = [];
    for (const p of paragraphs(page)) {
      if (p.lines.length < 3 || /^(td|th|pre|code)$/.test(p.rec.tag)) continue;
      const longest = Math.max(...p.lines.map(width));
      if (longest < page.limits.wideChars * px(p.rec.cs.fontSize) * 0.3) continue;
      const chars = (characters(p.rec) / p.lines.reduce((sum, l) => sum + width(l), 0)) * longest;
      if (chars > page.limits.wideChars) wide.push({ ...p, chars });
    }
    if (wide.reduce((n, p) => n + p.lines.length, 0) < page.limits.wideLines) return;
    const worst = wide.reduce((a, b) => (b.chars > a.chars + 0.5 ? b : a)), rest = wide.filter((p) => p !== worst);
    report({
      group: "running text", elements: [worst, ...rest].map((p) => [p.rec]), others: parentOf(worst.rec),
      measure: { characters: worst.chars, width_px: width(worst.rec), count: wide.length }, words: { text: worst.rec.string || "" },
    });
  },
};

checks["text-too-narrow"] = {
  run(page, report) {
    for (const p of paragraphs(page)) {
      if (p.lines.length < page.limits.narrowLines || breaksItself(p.rec)) continue;
      const total = characters(p.rec), chars = total / p.lines.length, long = p.lines.length >= page.limits.narrowLong;
      if (chars >= (long ? page.limits.narrowLongChars : page.limits.narrowChars) || cutShort(page, p)) continue;
      // The columns of a table of data are as narrow as its cells allow.
      if (p.rec.display === "table-cell" && chars >= page.limits.narrowCellChars) continue;
      const others = [];
      for (let r = p.rec.parent; r && r.tag !== "body" && others.length < 4; r = r.parent) others.push(["parent", r]);
      report({
        group: signatureOf(p.rec), elements: [[p.rec]], others,
        measure: { characters: chars, lines: p.lines.length, width_px: width(p.rec), count: 1 },
        words: { text: fold(dom.text(p.rec.el)).slice(0, 200), enough: String(Math.ceil(total / 16)) },
      });
    }
  },

  probe(page, elements, others, enough) {
    const range = dom.range(document);
    range.selectNodeContents(elements[0]);
    const frags = [...range.getClientRects()].filter((f) => f.width >= 1).map((f) => ({ x1: f.left, y1: f.top, x2: f.right, y2: f.bottom }));
    return Math.max(0, linesIn(frags).length - enough);
  },
};

// cutShort: most lines don't show. What is cut off is another check's matter.
const cutShort = (page, p) => p.lines.filter((l) => height(shownBox(page, l, p.rec.inner)) > height(l) / 2).length < page.limits.narrowLines;

// breaksItself: lines that a <br>, or a list of blocks in a line, breaks on
// purpose.
function breaksItself(rec) {
  const broken = (r) => (r.nodes || []).some((n) => dom.type(n) === ELEMENT && /^(br|wbr)$/.test(dom.localName(n))) || r.kids.some((k) => k.display === "inline" && broken(k));
  return broken(rec) || rec.kids.some((k) => k.display !== "inline");
}
