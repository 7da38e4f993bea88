// Boxes that can be seen, what frames what, and what sticks out of its frame.

const SIDES = ["top", "right", "bottom", "left"];

// A difference of less than this in every channel, of 255, can't be told apart.
const SAME_COLOUR = 5;

const differs = (a, b) => [0, 1, 2].some((i) => Math.abs(a[i] - b[i]) >= SAME_COLOUR);

// behind is the colour that rec is painted on, null where a picture is.
function behind(rec) {
  if (rec.behind === undefined) rec.behind = rec.parent ? under(rec.parent) : [255, 255, 255, 1];
  return rec.behind;
}

// under is the colour that rec's contents are painted on, null for a picture.
function under(rec) {
  if (rec.under === undefined) {
    const back = behind(rec);
    rec.under = backdrop(rec) !== "none" ? null : ground(rec)[3] === 0 ? back : back && over(ground(rec), back);
    if (ground(rec)[3] >= 0.99 && backdrop(rec) === "none") rec.under = ground(rec);
  }
  return rec.under;
}

// edgesOf tells on which sides a visitor sees where rec's box ends: null for a
// box that paints nothing, or nothing other than what is behind it.
function edgesOf(rec) {
  if (rec.edges === undefined) rec.edges = readEdges(rec);
  return rec.edges;
}

function readEdges(rec) {
  if (rec.noBox || rec.display === "inline" || LEAF.has(rec.tag) || rec.tag === "html" || rec.tag === "body") return null;
  if (!rec.vis || width(rec) < 8 || height(rec) < 8) return null;
  const { cs } = rec, back = behind(rec);
  if (fills(rec, back) || casts(cs.boxShadow)) return { top: true, right: true, bottom: true, left: true };
  if (/^(0px ?)*$/.test(cs.borderWidth)) return null;
  const edges = { top: lines(cs, "Top", back), right: lines(cs, "Right", back), bottom: lines(cs, "Bottom", back), left: lines(cs, "Left", back) };
  return SIDES.some((s) => edges[s]) ? edges : null;
}

function fills(rec, back) {
  if (backdrop(rec) !== "none") return rec.cs.webkitBackgroundClip !== "text";
  return ground(rec)[3] >= FAINT && (!back || differs(over(ground(rec), back), back));
}

const lines = (cs, side, back) => {
  if (px(cs[`border${side}Width`]) <= 0 || /none|hidden/.test(cs[`border${side}Style`])) return false;
  const c = colour(cs[`border${side}Color`]);
  return c[3] >= FAINT && (!back || differs(over(c, back), back));
};

// casts reports whether a box shadow marks where the box ends.
function casts(shadow) {
  if (shadow === "none") return false;
  return shadow.split(/,(?![^(]*\))/).some((s) => {
    const c = /(rgba?|color|oklch|oklab|lab|lch)\([^)]*\)/.exec(s);
    return !s.includes("inset") && c && colour(c[0])[3] >= FAINT;
  });
}

// frameOf is the box that a visitor sees around the contents of rec: rec itself
// or the nearest such around it. Things that are placed freely have none.
function frameOf(rec) {
  if (rec.frame === undefined) {
    rec.frame = rec.tag === "html" || rec.tag === "body" ? null : edgesOf(rec) ? rec : placed(rec) || !rec.parent ? null : frameOf(rec.parent);
  }
  return rec.frame;
}

// placed reports whether rec stands somewhere else than where the flow put it.
function placed(rec) {
  if (rec.placed === undefined) {
    const { position, cs } = rec;
    rec.placed = rec.transformed || position === "absolute" || position === "fixed" || position === "sticky" ||
      (position === "relative" && [cs.top, cs.left, cs.bottom, cs.right].some((v) => Math.abs(px(v)) > 1));
  }
  return rec.placed;
}

// pulled reports whether a negative margin pulls rec out of place on one of the
// sides.
const pulled = (rec, sides = ["Top", "Right", "Bottom", "Left"]) => sides.some((s) => px(rec.cs[`margin${s}`]) < -2);

// beyond is how far box a reaches past side of box b, in px.
function beyond(a, b, side) {
  switch (side) {
    case "top": return b.y1 - a.y1;
    case "bottom": return a.y2 - b.y2;
    case "left": return b.x1 - a.x1;
    case "both": return Math.max(b.x1 - a.x1, a.x2 - b.x2);
  }
  return a.x2 - b.x2;
}

// unclipped is the part of box that shows, with the clips up to frame.
function unclipped(box, clip, frame) {
  let { x1, y1, x2, y2 } = box;
  for (let c = clip; c && within(c.rec, frame); c = c.up) {
    if (c.hardX || c.softX) (x1 = Math.max(x1, c.x1)), (x2 = Math.min(x2, c.x2));
    if (c.hardY || c.softY) (y1 = Math.max(y1, c.y1)), (y2 = Math.min(y2, c.y2));
  }
  return { x1, y1, x2, y2 };
}

// toldElsewhere: what leaves the page at a side is the matter of the checks of
// the page's edges.
const toldElsewhere = (page, box, side) => (side === "right" && box.x2 > page.vw + 1) || (side === "left" && box.x1 < -1);

// pieces lists what a visitor sees: pictures, controls, painted boxes and lines
// of text, each as far as it shows without scrolling any box.
function pieces(page) {
  if (page.pieces) return page.pieces;
  page.pieces = [];
  const add = (rec, kind, box, clip) => {
    const shown = shownBox(page, box, clip);
    if (width(shown) > 3 && height(shown) > 3) page.pieces.push({ ...shown, rec, kind });
  };
  for (const rec of page.recs) {
    if (!rec.vis || rec.moving || rec.turned || rec.ariaHidden || rec.opacity < 0.35) continue;
    const kind = pieceKind(rec);
    // Lines and columns break a box into several.
    if ((kind === "control" && rec.display === "inline") || kind === "box") {
      for (const b of dom.rects(rec.el)) add(rec, kind, { x1: b.left + page.sx, y1: b.top + page.sy, x2: b.right + page.sx, y2: b.bottom + page.sy }, rec.clip);
    } else if (kind) add(rec, kind, rec, rec.clip);
    if (rec.reads) for (const f of rec.texts) add(rec, "text", f, rec.inner);
  }
  return page.pieces;
}

// pieceKind is "" for what only holds others. A link is seen as a control only
// where it is painted as a button.
function pieceKind(rec) {
  if (rec.noBox || (rec.tag === "canvas" && blank(rec))) return "";
  if (PICTURES.has(rec.tag) || rec.tag === "svg") return "picture";
  if (LEAF.has(rec.tag)) return "control";
  if (rec.display === "inline") return paintsInline(rec) && controlRole(rec) ? "control" : "";
  return edgesOf(rec) ? (controlRole(rec) ? "control" : "box") : "";
}

// blank reports whether nothing is drawn on a canvas that has no box of its own.
function blank(rec) {
  if (rec.blank === undefined) {
    rec.blank = !fills(rec, behind(rec)) && /^(0px ?)*$/.test(rec.cs.borderWidth) && !casts(rec.cs.boxShadow) && nothingDrawn(rec.el);
  }
  return rec.blank;
}

function nothingDrawn(el) {
  const size = 32, context = new OffscreenCanvas(size, size).getContext("2d", { willReadFrequently: true });
  try {
    context.drawImage(el, 0, 0, size, size);
    return !context.getImageData(0, 0, size, size).data.some((v) => v > 0);
  } catch {
    return false; // it has no size, or holds a picture of another site
  }
}

const paintsInline = (rec) => fills(rec, behind(rec)) || !/^(0px ?)*$/.test(rec.cs.borderWidth);

function shownBox(page, f, clip) {
  let { x1, y1, x2, y2 } = f;
  for (let c = clip; c; c = c.up) {
    if (c.hardX || c.softX) (x1 = Math.max(x1, c.x1)), (x2 = Math.min(x2, c.x2));
    if (c.hardY || c.softY) (y1 = Math.max(y1, c.y1)), (y2 = Math.min(y2, c.y2));
  }
  return meet({ x1, y1, x2, y2 }, page.reach);
}
