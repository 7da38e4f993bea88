// text-too-small: letters that are drawn too small to be read, whether the font
// is small or a transform or a scaled drawing makes it so.

checks["text-too-small"] = {
  run(page, report) {
    const groups = new Map();
    const add = (rec, size, string, box) => {
      const key = signatureOf(rec);
      let g = groups.get(key);
      if (!g) groups.set(key, (g = []));
      g.push({ rec, size, string, box });
    };
    for (const rec of page.texts) {
      if (!steady(rec) || isCount(rec.string) || smallByNature(rec)) continue;
      const size = px(rec.cs.fontSize) * scaleOf(rec);
      if (scaleOf(rec) >= page.limits.thumbScale && tooSmallText(page, rec, size)) add(rec, size, rec.string, rec.box);
    }
    for (const rec of page.recs) if (rec.tag === "svg") smallInDrawing(page, rec, add);
    for (const [key, list] of groups) reportSmall(key, list, report);
  },

  probe(page, elements, others, wanted) {
    return Math.max(0, +wanted - paintedSize(elements[0]));
  },
};

// tooSmallText: running text must be larger on a phone than a label.
function tooSmallText(page, rec, size) {
  if (size < page.limits.smallPx - 0.05) return true;
  const running = (rec.string.length >= 60 || rec.texts.length > 2) && !rec.cs.whiteSpace.startsWith("pre");
  return page.vw <= page.limits.phonePx && running && size < page.limits.smallRunningPx - 0.05;
}

// isCount: the number on a badge is short and told apart by its place.
const isCount = (s) => s.length < 2 || (s.length < 4 && !/\p{L}/u.test(s));

// smallByNature: what stands above or below a line, and the name of a drawing in
// a font of icons.
function smallByNature(rec) {
  if (/icon|symbol|awesome/i.test(rec.cs.fontFamily) || /\b(material-)?(icons?|symbols)\b/i.test(dom.attr(rec.el, "class") || "")) return true;
  for (let r = rec; r && r.display !== "block"; r = r.parent) if (/^(sub|sup|rt|rp)$/.test(r.tag)) return true;
  return false;
}

// scaleOf is how much transforms and zoom around rec shrink it.
function scaleOf(rec) {
  if (rec.scaled === undefined) rec.scaled = (rec.parent ? scaleOf(rec.parent) : 1) * ownScale(rec.cs);
  return rec.scaled;
}

function ownScale(cs) {
  let by = px(cs.zoom) || 1;
  const m = /^matrix\(([^)]*)\)$/.exec(cs.transform);
  if (m) {
    const [a, b, c, d] = m[1].split(",").map(Number);
    by *= Math.min(Math.hypot(a, b), Math.hypot(c, d));
  }
  if (cs.scale !== "none") by *= Math.min(...cs.scale.split(" ").slice(0, 2).map(Number));
  return by;
}

const drawing = {
  all: method(Element.prototype, "querySelectorAll"),
  matrix: method(SVGGraphicsElement.prototype, "getScreenCTM"),
};

// paintedSize is the size of an element's letters as they are drawn, in px.
function paintedSize(el) {
  const size = px(getComputedStyle(el).fontSize);
  if (dom.localName(el) === "svg") return Math.min(...labels(el).map(paintedSize));
  if (el instanceof SVGGraphicsElement) {
    const m = drawing.matrix(el);
    return m ? size * Math.min(Math.hypot(m.a, m.b), Math.hypot(m.c, m.d)) : size;
  }
  let by = 1;
  for (let at = el; at && dom.type(at) === ELEMENT; at = composedParent(at)) by *= ownScale(getComputedStyle(at));
  return size * by;
}

const MAX_LABELS = 200;

// labels lists the texts of a drawing that are words.
function labels(svg) {
  return [...drawing.all(svg, "text")].slice(0, MAX_LABELS).filter((el) => {
    const string = fold(dom.text(el));
    return string.length >= 2 && LETTERS.test(string) && dom.rendered(el) && dom.rect(el).width >= 1;
  });
}

// smallInDrawing reads the labels of a chart. Icons and logos hold shapes.
function smallInDrawing(page, svg, add) {
  if (!svg.vis || svg.moving || svg.turned || svg.ariaHidden || width(svg) < 100 || height(svg) < 60) return;
  const small = labels(svg.el).map((el) => ({ el, size: paintedSize(el) })).filter((l) => l.size >= 1 && l.size < page.limits.smallPx - 0.05);
  if (!small.length) return;
  const { el, size } = small.reduce((a, b) => (b.size < a.size - 0.01 ? b : a)), b = dom.rect(el);
  add(svg, size, fold(dom.text(el)).slice(0, 200), { x1: b.left + page.sx, y1: b.top + page.sy, x2: b.right + page.sx, y2: b.bottom + page.sy });
}

function reportSmall(key, list, report) {
  const worst = list.reduce((a, b) => (b.size < a.size - 0.01 ? b : a)), ordered = [worst, ...list.filter((t) => t !== worst)];
  const { rec } = worst, others = [];
  // The size may be set further up, or what shrinks it may be there.
  let from = rec;
  while (from.parent && from.parent.cs.fontSize === rec.cs.fontSize) from = from.parent;
  if (from !== rec && from.tag !== "html") others.push(["parent", from]);
  for (let r = rec.parent; r && others.length < 3; r = r.parent) if (ownScale(r.cs) < 1) others.push(["parent", r]);
  report({
    group: key, elements: ordered.map((t) => [t.rec, t.box]), others,
    measure: { font_px: worst.size, letters: list.reduce((n, t) => n + t.string.length, 0), count: list.length },
    words: { text: worst.string },
  });
}
