// child-protrudes: a picture, a control or a painted box sticks out of the
// painted box that it stands in.

checks["child-protrudes"] = {
  run(page, report) {
    const groups = new Map();
    for (const rec of page.recs) if (rec.parent && mayProtrude(rec)) addProtruding(page, groups, rec);
    for (const g of groups.values()) {
      if (page.spilled?.has(`${g.frame.order} ${g.side}`) || page.collided?.has(g.rec) || page.collided?.has(g.at)) continue;
      const left = g.side === "right" && groups.get(`${g.frame.order} left`), right = g.side === "left" && groups.get(`${g.frame.order} right`);
      if (left && left.at === g.at) g.side = "both";
      if (!right || right.at !== g.at) reportProtruding(g, report);
    }
  },

  probe(page, elements, others, side) {
    const frame = others.find((o) => o.role === "parent"), inside = others.filter((o) => o.role === "child");
    if (!frame) return 0;
    const f = dom.rect(frame.el), box = { x1: f.left, y1: f.top, x2: f.right, y2: f.bottom };
    return Math.max(0, ...[...elements, ...inside.map((o) => o.el)].map((el) => {
      const b = dom.rect(el);
      return beyond({ x1: b.left, y1: b.top, x2: b.right, y2: b.bottom }, box, side);
    }));
  },
};

// mayProtrude: what is seen, stands where the flow put it and is no decoration.
function mayProtrude(rec) {
  if (!rec.vis || rec.moving || rec.turned || rec.ariaHidden || placed(rec) || rec.opacity < 0.35) return false;
  const kind = pieceKind(rec);
  return kind !== "" && (kind !== "control" || rec.display !== "inline" || LEAF.has(rec.tag));
}

function addProtruding(page, groups, rec) {
  const frame = frameOf(rec.parent);
  if (!frame) return;
  const shown = unclipped(rec, rec.clip, frame);
  if (width(shown) < 4 || height(shown) < 4) return;
  for (const side of SIDES) {
    const by = beyond(shown, frame, side);
    if (!frame.edges[side] || by < page.limits.protrudesPx || toldElsewhere(page, shown, side)) continue;
    const at = outermostOut(rec, frame, side);
    if (onPurpose(page, rec, frame, side)) continue;
    const key = `${frame.order} ${side}`;
    let g = groups.get(key);
    if (!g) groups.set(key, (g = { frame, side, by: 0 }));
    if (by > g.by) Object.assign(g, { by, rec, at, shown });
  }
}

// outermostOut is the outermost thing between rec and frame that sticks out.
function outermostOut(rec, frame, side) {
  let at = rec;
  for (let r = rec.parent; r !== frame && beyond(r, frame, side) > 1; r = r.parent) if (r.display !== "inline" && !r.noBox) at = r;
  return at;
}

// onPurpose knows what is pulled out of its box by design: an avatar over the
// edge of a card, a band as wide as the screen. A row that is pulled out on
// both sides by the same margin is none of these: it counts on padding around
// it.
function onPurpose(page, rec, frame, side) {
  const margin = "margin" + side[0].toUpperCase() + side.slice(1);
  for (let r = rec; r !== frame; r = r.parent) {
    if (placed(r) || (r.x1 <= 1 && r.x2 >= page.vw - 1 && pulled(r, ["Left"]))) return true;
    if (px(r.cs[margin]) >= -2) continue;
    if (side === "top" || side === "bottom" || !countsOnPadding(page, r)) return true;
  }
  return false;
}

function countsOnPadding(page, r) {
  const left = px(r.cs.marginLeft), right = px(r.cs.marginRight);
  return Math.abs(left - right) < 1 && r.kids.length > 1 && laysOutKids(r) && (r.x1 > 4 || r.x2 < page.vw - 4);
}

const laysOutKids = (r) => /flex|grid/.test(r.display) || r.kids.every((k) => k.cs.float !== "none" || /^inline-/.test(k.display));

function reportProtruding(g, report) {
  const { frame, side, at, rec, shown } = g, others = [];
  if (rec !== at) others.push(["child", rec]);
  for (let r = at.parent; r !== frame && others.length < 3; r = r.parent) others.push(["other", r]);
  others.push(["parent", frame]);
  report({
    group: `${signatureOf(at)} ${signatureOf(frame)} ${side}`, elements: [[at, join(at, shown)]], others,
    measure: { protrudes_px: g.by, ...(side === "top" || side === "bottom" ? { height_px: height(frame) } : { width_px: width(frame) }), count: 1 },
    words: { side, frame: shortSelector(frame.el) },
  });
}
