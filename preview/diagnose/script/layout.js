// The one pass over the document: a record for every element that is laid out,
// with its box in document coordinates, whether it can be seen, and what clips
// it. The checks read records and never walk the document themselves.

const SKIP = new Set(["head", "script", "style", "noscript", "template", "link", "meta", "title", "base",
  "br", "wbr", "option", "optgroup", "datalist", "map", "area", "param", "source", "track"]);

// Leaves are drawn by the browser or are worlds of their own.
const LEAF = new Set(["svg", "img", "video", "audio", "canvas", "iframe", "frame", "object", "embed", "input",
  "textarea", "select", "math", "progress", "meter"]);

// What is fainter than this can't be seen by anybody.
const FAINT = 0.05;

// What takes a control out of use, with all that is inside it.
const OFF = "[aria-disabled=true], :disabled, [inert]";

// pageFrame is the page without its elements: the viewport and the document.
function pageFrame(limits) {
  const root = dom.root(document), body = dom.body(document);
  const scroller = dom.scroller(document) || root;
  const page = {
    limits, root, body, scroller, recs: [], byEl: new Map(), truncated: false,
    vw: (dom.scroller(document) && dom.clientWidth(scroller)) || innerWidth, vh: innerHeight,
    docW: dom.scrollWidth(scroller), docH: dom.scrollHeight(scroller),
    sx: scrollX, sy: scrollY, // where the document is scrolled to while it is measured
    ignored: new Map(), shadows: [], cut: new Set(), // the rules that could not look at all of it
    moving: movingElements(), off: new Set(dom.all(document, OFF)),
  };
  viewportOverflow(page);
  return page;
}

function measurePage(limits) {
  const page = pageFrame(limits), todo = [[page.root, null]];
  while (todo.length) {
    const [el, parent] = todo.pop();
    const rec = record(page, el, parent);
    if (!rec) continue;
    if (page.recs.length >= limits.maxElements) {
      page.truncated = true;
      break;
    }
    rec.order = page.recs.push(rec) - 1;
    page.byEl.set(el, rec);
    if (parent) parent.kids.push(rec);
    if (LEAF.has(rec.tag)) continue;
    const shadow = dom.shadow(el);
    if (shadow) for (const el of dom.allShadow(shadow, OFF)) page.off.add(el);
    if (shadow) page.shadows.push(shadow);
    rec.nodes = flatChildren(el);
    for (let i = rec.nodes.length - 1; i >= 0; i--) if (dom.type(rec.nodes[i]) === ELEMENT) todo.push([rec.nodes[i], rec]);
  }
  page.bars = page.recs.some((r) => r.fixed || r.position === "sticky");
  return page;
}

// viewportOverflow finds which element's overflow became the viewport's, and
// what part of the document can be scrolled to.
function viewportOverflow(page) {
  const rootStyle = getComputedStyle(page.root);
  const bodyStyle = page.body && getComputedStyle(page.body);
  const own = rootStyle.overflowX !== "visible" || rootStyle.overflowY !== "visible";
  page.viewportOwner = own || !bodyStyle ? page.root : page.body;
  const s = own || !bodyStyle ? rootStyle : bodyStyle;
  const locked = (o) => o === "hidden" || o === "clip";
  page.rtl = (bodyStyle || rootStyle).direction === "rtl";
  page.scrollsX = page.docW > page.vw + 1 && !locked(s.overflowX);
  const extra = page.scrollsX ? page.docW - page.vw : 0;
  page.reach = {
    x1: page.rtl ? -extra : 0, x2: page.rtl ? page.vw : page.vw + extra,
    y1: 0, y2: locked(s.overflowY) ? page.vh : Math.max(page.docH, page.vh),
  };
}

// movingElements are those that an animation is moving now: where they are is
// chance.
function movingElements() {
  const out = new Set();
  for (const a of dom.animations(document)) {
    if (a.playState === "running" && a.effect && a.effect.target) out.add(a.effect.target);
  }
  return out;
}

function record(page, el, parent) {
  const tag = dom.localName(el).toLowerCase();
  if (SKIP.has(tag)) return null;
  const cs = getComputedStyle(el);
  const display = cs.display;
  if (display === "none") return null;
  const b = dom.rect(el), x = b.x + page.sx, y = b.y + page.sy;
  const rec = {
    el, tag, parent, cs, kids: [], depth: parent ? parent.depth + 1 : 0, position: cs.position,
    display, x1: x, y1: y, x2: x + b.width, y2: y + b.height, noBox: display === "contents",
  };
  inherit(page, rec);
  place(page, rec);
  rec.vis = cs.visibility === "visible" && rec.opacity >= FAINT && !rec.cutAway && dom.rendered(el);
  return rec;
}

// inherit sets what an element hands down to all that is inside it.
function inherit(page, rec) {
  const { cs, parent, el } = rec;
  const up = parent || { opacity: 1 };
  rec.fade = +cs.opacity;
  rec.opacity = up.opacity * rec.fade;
  rec.ariaHidden = up.ariaHidden || dom.attr(el, "aria-hidden") === "true";
  rec.disabled = up.disabled || page.off.has(el);
  rec.moving = up.moving || page.moving.has(el) || rec.tag === "marquee";
  const transform = cs.transform, rotated = cs.rotate !== "none";
  rec.transformed = transform !== "none" || rotated || cs.translate !== "none";
  rec.turned = up.turned || rotated || turned(transform) || cs.transformStyle === "preserve-3d";
  rec.cutAway = up.cutAway || cutAway(rec);
}

// turned tells a rotation, a skew or depth, under which bounding boxes say
// little about what overlaps what.
function turned(transform) {
  if (transform === "none") return false;
  const m = /^matrix\(([^)]*)\)$/.exec(transform);
  if (!m) return true;
  const [, b, c] = m[1].split(",").map(Number);
  return Math.abs(b) > 0.01 || Math.abs(c) > 0.01;
}

// cutAway tells the usual ways of hiding text from the eye only.
function cutAway({ cs, position }) {
  const path = cs.clipPath;
  if (path !== "none") {
    const m = /^inset\(([\d.]+)%/.exec(path);
    if (m && +m[1] >= 50) return true;
    if (/^(circle|ellipse)\(0(px|%)?( |\))/.test(path)) return true;
  }
  if (position !== "absolute" && position !== "fixed") return false;
  const m = /^rect\(([\d.-]+)px, ([\d.-]+)px, ([\d.-]+)px, ([\d.-]+)px\)$/.exec(cs.clip);
  return Boolean(m) && (m[3] - m[1] <= 2 || m[2] - m[4] <= 2);
}

// place finds what clips the element (clip) and its contents (inner), whether it
// stays put while the page scrolls, and whether it was taken out of the flow.
function place(page, rec) {
  const { parent, position } = rec;
  const lifted = position === "absolute" || position === "fixed";
  let holder = parent;
  while (lifted && holder && !(position === "absolute" && holder.position !== "static") && !holdsFixed(holder)) holder = holder.parent;
  rec.holder = holder;
  rec.clip = holder ? holder.inner : null;
  rec.fixed = holder ? holder.fixed : position === "fixed";
  rec.sticky = position === "sticky" || Boolean(parent && parent.sticky && !lifted);
  rec.out = lifted || rec.transformed || Boolean(parent && parent.out);
  rec.inner = innerClip(page, rec);
}

// holdsFixed reports whether fixed contents are placed by rec and not by the
// viewport.
function holdsFixed(rec) {
  const { cs } = rec;
  rec.holds ??= rec.transformed || cs.filter !== "none" || cs.perspective !== "none" || /paint|layout|strict|content/.test(cs.contain);
  return rec.holds;
}

function innerClip(page, rec) {
  const { cs, el } = rec;
  const ox = cs.overflowX, oy = cs.overflowY;
  if ((ox === "visible" && oy === "visible") || rec.display === "inline" || rec.noBox || el === page.viewportOwner) return rec.clip;
  if (rec.tag === "body" && page.viewportOwner === page.root && ox === "visible") return rec.clip;
  return {
    rec, up: rec.clip,
    x1: rec.x1 + px(cs.borderLeftWidth), x2: rec.x2 - px(cs.borderRightWidth),
    y1: rec.y1 + px(cs.borderTopWidth), y2: rec.y2 - px(cs.borderBottomWidth),
    hardX: ox === "hidden" || ox === "clip", hardY: oy === "hidden" || oy === "clip",
    softX: ox === "auto" || ox === "scroll", softY: oy === "auto" || oy === "scroll",
  };
}

// shownPart is the part of box that a visitor can bring into sight, given the
// clips around it: what a scroll container holds can be scrolled to.
function shownPart(page, box, clip, fixed) {
  let { x1, y1, x2, y2 } = box, freeX = false, freeY = false;
  for (let c = clip; c; c = c.up) {
    if (!freeX && c.hardX) (x1 = Math.max(x1, c.x1)), (x2 = Math.min(x2, c.x2));
    if (!freeY && c.hardY) (y1 = Math.max(y1, c.y1)), (y2 = Math.min(y2, c.y2));
    if (c.softX && !freeX) (freeX = true), (x1 = Math.max(x1, c.x1 - dom.scrollLeft(c.rec.el)));
    if (c.softY && !freeY) (freeY = true), (y1 = Math.max(y1, c.y1 - dom.scrollTop(c.rec.el)));
  }
  const r = fixed ? { x1: 0, y1: 0, x2: page.vw, y2: page.vh } : page.reach;
  if (!freeX) (x1 = Math.max(x1, r.x1)), (x2 = Math.min(x2, r.x2));
  if (!freeY) (y1 = Math.max(y1, r.y1)), (y2 = Math.min(y2, r.y2));
  return { x1, y1, x2: Math.max(x1, x2), y2: Math.max(y1, y2) };
}

const width = (b) => b.x2 - b.x1, height = (b) => b.y2 - b.y1, area = (b) => width(b) * height(b);
const meet = (a, b) => ({ x1: Math.max(a.x1, b.x1), y1: Math.max(a.y1, b.y1), x2: Math.min(a.x2, b.x2), y2: Math.min(a.y2, b.y2) });
const join = (a, b) => ({ x1: Math.min(a.x1, b.x1), y1: Math.min(a.y1, b.y1), x2: Math.max(a.x2, b.x2), y2: Math.max(a.y2, b.y2) });
const boxOf = (b) => ({ x: round(b.x1), y: round(b.y1), width: round(width(b)), height: round(height(b)) });

// within reports whether a is b or lies inside it.
function within(a, b) {
  while (a && a.depth > b.depth) a = a.parent;
  return a === b;
}

// recordOf is the record of el, or of the nearest thing around it that has one.
function recordOf(page, el) {
  while (el && !page.byEl.has(el)) el = composedParent(el);
  return el ? page.byEl.get(el) : null;
}

// laysInRow reports whether rec puts its children side by side, so that the
// row, not the child at its end, is what is too wide.
function laysInRow(rec) {
  const { display, cs } = rec;
  if (/flex$/.test(display)) return !/column/.test(cs.flexDirection);
  if (/grid$/.test(display)) return cs.gridTemplateColumns.split(" ").length > 1;
  return /table-row|table$/.test(display);
}
