// spilled-text: text runs out of the box that holds it, and is seen to: it
// crosses a painted edge, or lands on something else. Of text that only lands on
// other text, text-overlap tells.

checks["spilled-text"] = {
  run(page, report) {
    const groups = new Map();
    for (const rec of page.texts) if (steady(rec) && !notProse(rec) && !coveredText(rec)) addSpill(page, groups, rec);
    page.spilled = new Set();
    for (const g of [...groups.values()].slice(0, page.limits.maxFindings * 4)) {
      g.on = landsOn(page, g);
      if (!edgesOf(g.frame)?.[g.side] && (!g.on || g.on.kind === "text" || coversControl(g))) continue;
      page.spilled.add(`${g.frame.order} ${g.side}`);
      reportSpill(page, g, report);
    }
    for (const rec of page.recs) cutValue(page, rec, report);
  },

  probe(page, elements, others, side) {
    const b = dom.rect(elements[0]);
    const frame = { x1: b.left, y1: b.top, x2: b.right, y2: b.bottom };
    if (side === "value") return Math.max(0, neededWidth(elements[0]) - roomFor(elements[0]));
    let out = 0;
    const inside = others.filter((o) => o.role === "child");
    for (const o of inside.length ? inside : [{ el: elements[0] }]) {
      const range = dom.range(document);
      range.selectNodeContents(o.el);
      for (const f of range.getClientRects()) out += Math.max(0, beyond({ x1: f.left, y1: f.top, x2: f.right, y2: f.bottom }, frame, side));
    }
    return out;
  },
};

// coveredText: something lies on all of a text, as far as it was asked.
const coveredText = (rec) => rec.asked > 0 && rec.covered === rec.asked;

// addSpill finds the box that a text runs out of: the frame that is seen around
// it, else the nearest box that is too small for it.
function addSpill(page, groups, rec) {
  const frame = frameOf(rec);
  for (const side of SIDES) {
    const at = frame && frame.edges[side] && spillBy(page, rec, frame, side) ? frame : tooSmall(page, rec, frame, side);
    if (!at || !flowsTo(rec, at, side)) continue;
    const key = `${at.order} ${side}`, spill = spillBy(page, rec, at, side);
    let g = groups.get(key);
    if (!g) groups.set(key, (g = { frame: at, side, by: 0, lines: 0, texts: [] }));
    if (spill.by > g.by) Object.assign(g, { by: spill.by, part: spill.part, line: spill.line });
    g.lines += spill.lines;
    g.texts.push(rec);
  }
}

// spillBy measures the lines of rec that reach past a side of at, null if none
// does by more than what is empty in a line's box.
function spillBy(page, rec, at, side) {
  const upright = side === "top" || side === "bottom";
  const spacing = side === "right" ? px(rec.cs.letterSpacing) : 0;
  const worst = { by: 0, lines: 0 };
  for (const f of rec.texts) {
    const shown = unclipped(f, rec.inner, at);
    if (width(shown) < 2 || height(shown) < 2) continue;
    const by = beyond(shown, at, side) - spacing, size = upright ? height(f) : width(f);
    if (by < page.limits.spilledPx || (upright && by < size * page.limits.spilledPart)) continue;
    if (toldElsewhere(page, shown, side)) return null;
    worst.lines++;
    if (by > worst.by) Object.assign(worst, { by, line: shown, part: Math.min(1, by / (upright ? size : px(rec.cs.fontSize))) });
  }
  return worst.lines ? worst : null;
}

// tooSmall is the nearest unpainted block that rec's lines run out of downwards
// or to the right: those ways they may land on what follows.
function tooSmall(page, rec, frame, side) {
  if (side !== "bottom" && side !== "right") return null;
  for (let r = blockOf(rec); r && r !== frame && r.tag !== "body" && r.tag !== "html"; r = r.parent) {
    if (placed(r)) return null;
    if (spillBy(page, rec, r, side)) return r;
  }
  return null;
}

// flowsTo reports whether nothing between rec and at was moved on purpose: by a
// position, a transform or a negative margin.
function flowsTo(rec, at, side) {
  const margin = side[0].toUpperCase() + side.slice(1);
  for (let r = rec; r !== at; r = r.parent) {
    if (!r || placed(r) || pulled(r, [margin])) return false;
    if (side === "top" && r.tag === "legend") return false;
  }
  return px(at.cs.textIndent) > -50;
}

// landsOn is what the worst line runs onto: a picture, a control, a box or a
// text that is foreign to it.
function landsOn(page, g) {
  const rec = g.texts[0], { line, frame } = g, out = { ...line };
  if (g.side === "bottom") out.y1 = Math.max(out.y1, frame.y2);
  if (g.side === "top") out.y2 = Math.min(out.y2, frame.y1);
  if (g.side === "right") out.x1 = Math.max(out.x1, frame.x2);
  if (g.side === "left") out.x2 = Math.min(out.x2, frame.x1);
  const under = pieces(page).filter((p) => {
    const m = meet(p, out);
    return width(m) > 3 && height(m) > 3 && !related(p.rec, rec) && !within(p.rec, frame) && p.rec.fixed === rec.fixed && !p.rec.sticky;
  });
  return under.find((p) => p.kind !== "text") || under[0];
}

// coversControl: what keeps a control from being clicked is told as that.
const coversControl = ({ on, texts }) => on.rec.role && on.rec.hit && related(on.rec.hit, texts[0]);

function reportSpill(page, g, report) {
  const { frame, texts, side } = g, rec = texts[0];
  const { on } = g, others = [];
  for (let r = rec; r && r !== frame && others.length < 4; r = r.parent) if (r === rec || !r.noBox) others.push(["child", r]);
  if (frame.parent && frame.parent.tag !== "html") others.push(["parent", frame.parent]);
  report({
    group: `${signatureOf(frame)} ${side}`, elements: [[frame, join(frame, g.line)]], others,
    measure: {
      spilled_px: g.by, line_percent: 100 * g.part, lines: g.lines, count: 1,
      ...(side === "top" || side === "bottom" ? { height_px: height(frame) } : { width_px: width(frame) }),
      ...(lost(rec, frame) ? { lost: 1 } : {}), ...(on ? { landed: 1 } : {}),
    },
    words: { side, text: rec.string, on: on ? on.kind : "", onto: on ? shortSelector(on.rec.el) : "" },
  });
}

// lost reports whether letters can't be told from what is around the frame.
function lost(rec, frame) {
  const back = behind(frame);
  return Boolean(edgesOf(frame)) && Boolean(back) && contrast(over(ink(rec), back), back) < 1.5;
}

// cutValue finds selects and buttons that are too narrow for what they say.
function cutValue(page, rec, report) {
  if (rec.tag !== "select" && rec.tag !== "input" || !rec.vis || rec.moving || rec.turned || rec.ariaHidden) return;
  if (rec.cs.textOverflow !== "clip" || width(rec) < 8 || height(rec) < 8) return;
  const said = valueOf(rec.el);
  if (!said || !LETTERS.test(said)) return;
  const needed = neededWidth(rec.el), room = roomFor(rec.el);
  if (needed - room < Math.max(page.limits.cutValuePx, px(rec.cs.fontSize) * page.limits.cutValuePart)) return;
  report({
    group: `${signatureOf(rec)} value`, elements: [[rec]], others: parentOf(rec),
    measure: { cut_px: needed - room, needed_px: needed, width_px: width(rec), cut_percent: (100 * (needed - room)) / needed, count: 1 },
    words: { side: "value", text: said, control: rec.tag === "select" ? "select" : "button" },
  });
}

const picker = {
  index: getter(HTMLSelectElement.prototype, "selectedIndex"),
  options: getter(HTMLSelectElement.prototype, "options"),
  size: getter(HTMLSelectElement.prototype, "size"),
  label: getter(HTMLOptionElement.prototype, "label"),
  value: getter(HTMLInputElement.prototype, "value"),
};

// valueOf is the one line that a select or a button of an input shows; "" for
// what can be scrolled, such as a field.
function valueOf(el) {
  if (el instanceof HTMLSelectElement) {
    if (dom.has(el, "multiple") || picker.size(el) > 1) return "";
    const option = picker.options(el)[picker.index(el)];
    return option ? fold(picker.label(option)).slice(0, 200) : "";
  }
  if (!/^(submit|button|reset)$/i.test(dom.attr(el, "type") || "")) return "";
  return fold(picker.value(el)).slice(0, 200);
}

const rulers = new Map();

// neededWidth is how wide the text of a select or button is.
function neededWidth(el) {
  const cs = getComputedStyle(el), font = `${cs.fontStyle} ${cs.fontWeight} ${cs.fontSize} ${cs.fontFamily}`;
  let ruler = rulers.get(font);
  if (!ruler) {
    ruler = new OffscreenCanvas(1, 1).getContext("2d");
    ruler.font = font;
    rulers.set(font, ruler);
  }
  ruler.letterSpacing = cs.letterSpacing === "normal" ? "0px" : cs.letterSpacing;
  const said = valueOf(el), shown = cs.textTransform === "uppercase" ? said.toUpperCase() : said;
  return ruler.measureText(shown).width;
}

// ARROW_PX is what the browser keeps for the arrow of a select that it draws.
const ARROW_PX = 17;

function roomFor(el) {
  const cs = getComputedStyle(el), arrow = el instanceof HTMLSelectElement && cs.appearance !== "none" ? ARROW_PX : 0;
  const room = dom.clientWidth(el) - px(cs.paddingLeft) - px(cs.paddingRight) - arrow;
  // A button may draw over its own padding; only its border cuts.
  return el instanceof HTMLSelectElement ? room : dom.clientWidth(el);
}
