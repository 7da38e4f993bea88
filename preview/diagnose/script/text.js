// Text as it is painted: one fragment for each line of each text node.

const LETTERS = /[\p{L}\p{N}]/u;

// readText gives every record with text of its own: rec.texts (the fragments),
// rec.string and rec.box (around all fragments).
function readText(page) {
  const range = dom.range(document);
  page.texts = [];
  let left = page.limits.maxFragments;
  for (const rec of page.recs) {
    if (LEAF.has(rec.tag) || left <= 0) continue;
    const frags = [];
    let string = "";
    for (const node of flatChildren(rec.el)) {
      if (dom.type(node) !== TEXT) continue;
      const data = dom.data(node), start = data.search(/\S/);
      if (start < 0) continue;
      string += (string ? " " : "") + data.slice(start, start + 400);
      range.setStart(node, start);
      range.setEnd(node, data.trimEnd().length);
      for (const b of range.getClientRects()) {
        if (b.width < 1 || b.height < 1) continue;
        frags.push({ rec, x1: b.left + scrollX, y1: b.top + scrollY, x2: b.right + scrollX, y2: b.bottom + scrollY });
      }
    }
    if (!frags.length) continue;
    left -= frags.length;
    rec.texts = frags;
    rec.string = fold(string).slice(0, 200);
    rec.box = frags.reduce(join);
    rec.reads = rec.vis && inkVisible(rec.cs) && LETTERS.test(string);
    page.texts.push(rec);
  }
}

// inkVisible reports whether letters leave any paint: transparent letters do
// only over a background that is clipped to them, or with a shadow or stroke.
function inkVisible(cs) {
  if (colour(cs.webkitTextFillColor)[3] >= FAINT) return true;
  return cs.webkitBackgroundClip === "text" || cs.textShadow !== "none" || px(cs.webkitTextStrokeWidth) > 0;
}

// steady reports whether a text is there to be read where it is: not moving, not
// turned, not decoration.
const steady = (rec) => rec.reads && !rec.moving && !rec.turned && !rec.ariaHidden;

// blockOf is the nearest block that holds rec's lines.
function blockOf(rec) {
  while (rec.parent && (rec.display === "inline" || rec.noBox)) rec = rec.parent;
  return rec;
}
