// Text as it is painted: one fragment for each line of each text node.

const LETTERS = /[\p{L}\p{N}]/u;

// readText gives every record with text of its own: rec.texts (the fragments),
// rec.string and rec.box (around all fragments).
function readText(page) {
  const range = dom.range(document);
  page.texts = [];
  let left = page.limits.maxFragments;
  for (const rec of page.recs) {
    if (!rec.nodes || left <= 0) continue;
    const frags = [];
    let string = "";
    for (const node of rec.nodes) {
      if (dom.type(node) !== TEXT) continue;
      if (frags.length >= left) {
        page.cut.add("text");
        break;
      }
      const data = dom.data(node), start = data.search(/\S/);
      if (start < 0) continue;
      if (string.length < 4000) string += (string ? " " : "") + data.slice(start, start + 400);
      range.setStart(node, start);
      range.setEnd(node, data.trimEnd().length);
      const rects = range.getClientRects();
      for (let i = 0; i < rects.length; i++) {
        const { x, y, width, height } = rects[i], x1 = x + page.sx, y1 = y + page.sy;
        if (width >= 1 && height >= 1) frags.push({ rec, x1, y1, x2: x1 + width, y2: y1 + height });
      }
    }
    if (!frags.length) continue;
    left -= frags.length;
    rec.texts = frags;
    rec.string = fold(string).slice(0, 200);
    rec.box = frags.reduce(join);
    rec.inked = rec.vis && inkVisible(rec);
    rec.reads = rec.inked && LETTERS.test(string);
    page.texts.push(rec);
  }
}

// inkVisible reports whether letters leave any paint: transparent letters do
// only over a background that is clipped to them, or with a shadow or stroke.
function inkVisible(rec) {
  const { cs } = rec;
  if (ink(rec)[3] >= FAINT) return true;
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
