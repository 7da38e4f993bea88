// The inventory: what a visitor can read, see and use.

// askCovered asks, for each text, whether something opaque lies on its middle
// line; askAgain asks for other lines of those that seem covered.
function askCovered(page, points) {
  for (const rec of page.texts) {
    rec.asked = 0;
    rec.covered = 0;
    if (rec.reads) askLine(page, points, rec, rec.texts.length >> 1, 0.5);
  }
}

function askAgain(page, points) {
  for (const rec of page.texts) {
    if (!rec.covered) continue;
    askLine(page, points, rec, 0, 0.1);
    askLine(page, points, rec, rec.texts.length - 1, 0.9);
  }
}

function askLine(page, points, rec, line, across) {
  const f = rec.texts[line], x = f.x1 + width(f) * across, y = (f.y1 + f.y2) / 2;
  if (!rec.fixed && !mayHide(page, rec, x, y)) return void rec.asked++;
  points.ask(x, y, (x, y) => {
    rec.asked++;
    if (hidesFrom(page, rec, x, y)) rec.covered++;
  }, rec.fixed);
}

function inventory(page) {
  const items = [];
  for (const rec of page.recs) {
    if (rec.noBox && !rec.texts) continue;
    if (rec.role) items.push(controlItem(page, rec));
    if (rec.texts) items.push(textItem(page, rec));
    if (/^(img|svg|video|canvas|iframe|object|embed)$/.test(rec.tag)) items.push(pictureItem(page, rec));
    for (const url of backgroundURLs(rec)) items.push(item(page, rec, "background", { name: url.slice(0, 300), ratio: backgroundRatio(rec) }));
    if (isBox(rec)) items.push(item(page, rec, "box", {}));
  }
  return { items, docWidth: page.docW, docHeight: page.docH, canZoom: canZoom() };
}

// item measures how much of a thing can be brought into sight. What is left out
// is empty.
function item(page, rec, kind, more, box = rec, clip = rec.clip) {
  const shown = shownPart(page, box, clip, rec.fixed), whole = area(box);
  const part = whole > 0 ? Math.min(1, area(shown) / whole) : 0;
  const seen = rec.vis && width(shown) > 1 && height(shown) > 1;
  return { kind, xpath: pathOf(rec.el), box: boxOf(box), visible: seen, shown: round(part), ...more };
}

function textItem(page, rec) {
  let whole = 0, seen = 0;
  for (const f of rec.texts) {
    whole += area(f);
    seen += area(shownPart(page, f, rec.inner, rec.fixed));
  }
  const covered = rec.asked > 0 && rec.covered === rec.asked;
  const it = item(page, rec, "text", { name: rec.string, fontSize: px(rec.cs.fontSize) }, rec.box, rec.inner);
  it.shown = whole > 0 ? round(seen / whole) : 0;
  it.visible = rec.inked && !covered && seen > 8;
  return it;
}

function controlItem(page, rec) {
  const it = item(page, rec, "control", { role: rec.role, name: accessibleName(page, rec) }, drawnBox(rec));
  it.hittable = it.visible && (rec.hit === undefined || reaches(page, rec, rec.hit)); // not asked counts as hittable
  return it;
}

// drawnBox is where a control is drawn: a row may stretch the box of a radio
// button or a checkbox, but not the mark in it.
function drawnBox(rec) {
  if (rec.tag !== "input" || !/^(radio|checkbox)$/.test(rec.role) || rec.cs.appearance === "none") return rec;
  const half = Math.min(width(rec), height(rec)) / 2, x = (rec.x1 + rec.x2) / 2, y = (rec.y1 + rec.y2) / 2;
  return { x1: x - half, y1: y - half, x2: x + half, y2: y + half };
}

function pictureItem(page, rec) {
  const { el, tag } = rec;
  const name = dom.attr(el, "src") || dom.attr(el, "data") || (tag === "img" ? el.currentSrc : "") || "";
  return item(page, rec, "picture", { name: name.slice(0, 300), ratio: pictureRatio(rec) });
}

// pictureRatio compares the painted proportions with the natural ones; only
// object-fit: fill distorts.
function pictureRatio({ el, tag, cs }) {
  const [w, h] = tag === "img" ? [el.naturalWidth, el.naturalHeight] : tag === "video" ? [el.videoWidth, el.videoHeight] : [0, 0];
  if (!w || !h) return tag === "svg" || tag === "canvas" || tag === "iframe" ? 1 : 0;
  if (cs.objectFit !== "fill") return 1;
  const pw = px(cs.width) , ph = px(cs.height);
  return pw > 0 && ph > 0 ? round(pw / ph / (w / h)) : 0;
}

// backgroundRatio is 1 where the size keeps the picture's proportions; where it
// sets both sides the natural size would be needed.
function backgroundRatio(rec) {
  const size = rec.cs.backgroundSize.split(",")[0].trim();
  return /^(auto|cover|contain)$/.test(size) || /(^| )auto/.test(size) || !size.includes(" ") ? 1 : 0;
}

function isBox(rec) {
  const { cs } = rec;
  if (rec.noBox || !rec.vis || LEAF.has(rec.tag) || area(rec) < 4) return false;
  if (ground(rec)[3] >= FAINT || cs.boxShadow !== "none" || backdrop(rec).includes("gradient")) return true;
  return !/^(0px ?)*$/.test(cs.borderWidth) && ["Top", "Right", "Bottom", "Left"].some((s) => px(cs[`border${s}Width`]) > 0 && cs[`border${s}Style`] !== "none" && colour(cs[`border${s}Color`])[3] >= FAINT);
}

function canZoom() {
  for (const meta of dom.all(document, 'meta[name="viewport" i]')) {
    const content = (dom.attr(meta, "content") || "").toLowerCase();
    if (/user-scalable\s*=\s*(no|0)\b/.test(content)) return false;
    const most = /maximum-scale\s*=\s*([\d.]+)/.exec(content);
    if (most && +most[1] < 2) return false;
  }
  return true;
}
