// low-contrast: text is too close in colour to what is painted behind it. Only
// solid backgrounds are judged; over a picture or a gradient nothing is said.

checks["low-contrast"] = {
  ask(page, points) {
    const groups = (page.faint = new Map());
    for (const rec of page.texts) {
      if (!contrastMatters(rec)) continue;
      const c = textOver(page, rec);
      if (!c || c.ratio >= c.required - page.limits.ratioSlack) continue;
      const origin = colourOrigin(rec);
      const key = `${hex(c.text)} ${hex(c.behind)} ${c.required} ${[origin.tag, ...dom.classes(origin.el)].join(".")} ${ignoredAt(page, "low-contrast", rec)}`;
      if (!groups.has(key)) groups.set(key, { key, ...c, origin, recs: [] });
      groups.get(key).recs.push(rec);
    }
    for (const g of groups.values()) verifyContrast(page, g, points);
  },

  run(page, report) {
    for (const g of page.faint.values()) if (g.sure.length) reportContrast(page, g, report);
  },
};

// contrastMatters leaves out what WCAG exempts (disabled controls, logos,
// decoration) and what can't be judged by two colours.
function contrastMatters(rec) {
  if (!rec.reads || rec.disabled || rec.ariaHidden || rec.moving) return false;
  const { cs } = rec;
  if (cs.webkitBackgroundClip === "text" || cs.textShadow !== "none" || px(cs.webkitTextStrokeWidth) > 0) return false;
  if (ink(rec)[3] < FAINT || px(cs.fontSize) < 1) return false;
  return judgeable(rec);
}

// judgeable is false inside of filters, blends, logos and labels of disabled
// controls. It is remembered, because many texts share their ancestors.
function judgeable(rec) {
  if (rec.judgeable === undefined) {
    const { el, cs } = rec;
    rec.judgeable = (!rec.parent || judgeable(rec.parent)) &&
      cs.filter === "none" && cs.mixBlendMode === "normal" &&
      !/\blogo\b|logotype/i.test(dom.attr(el, "class") || "") && !/^logo$/i.test(dom.attr(el, "id") || "") &&
      !(el instanceof HTMLLabelElement && dom.control(el) && dom.matches(dom.control(el), ":disabled"));
  }
  return rec.judgeable;
}

// textOver composes the colours of the text and of what its ancestors paint
// behind it, each with its opacity, from the inside out; null when a picture or
// a gradient lies among them.
function textOver(page, rec) {
  let text = ink(rec), behind = [0, 0, 0, 0];
  for (let r = rec; r; r = r.parent) {
    if (behind[3] < 1) {
      if (backdrop(r) !== "none") return null;
      if (ground(r)[3] > 0) (text = over(text, ground(r))), (behind = over(behind, ground(r)));
    }
    if (behind[3] === 1 && (!r.parent || r.parent.opacity === 1) && r.fade === 1) break;
    if (r.fade < 1) (text = faded(text, r.fade)), (behind = faded(behind, r.fade));
  }
  const canvas = canvasColour(page);
  text = over(text, canvas);
  behind = over(behind, canvas);
  const size = px(rec.cs.fontSize), bold = +rec.cs.fontWeight >= 700;
  const required = size >= 24 || (bold && size >= 18.66) ? page.limits.contrastRatioLarge : page.limits.contrastRatio;
  return { text, behind, required, ratio: contrast(text, behind) };
}

// canvasColour is what the browser paints where the page paints nothing.
function canvasColour(page) {
  if (!page.canvas) {
    const scheme = getComputedStyle(page.root).colorScheme;
    const dark = scheme.includes("dark") && (!scheme.includes("light") || matchMedia("(prefers-color-scheme: dark)").matches);
    page.canvas = dark ? [18, 18, 18, 1] : [255, 255, 255, 1];
  }
  return page.canvas;
}

// colourOrigin is the element from which rec has its colour.
function colourOrigin(rec) {
  while (rec.parent && rec.parent.cs.color === rec.cs.color) rec = rec.parent;
  return rec;
}

// verifyContrast asks what really lies behind each text: something that is not
// an ancestor may, and then the ancestors' colours say nothing.
function verifyContrast(page, g, points) {
  g.sure = [];
  for (const rec of g.recs) {
    const f = rec.texts.reduce((a, b) => (width(b) > width(a) ? b : a));
    const seen = shownNow(page, f, rec);
    if (width(seen) < 3 || height(seen) < 3) continue;
    points.ask((seen.x1 + seen.x2) / 2, (seen.y1 + seen.y2) / 2, (x, y) => {
      if (solidBehind(page, rec, x, y)) g.sure.push(rec);
    });
  }
}

function solidBehind(page, rec, x, y) {
  const stack = stackAtPoint(page, x, y), own = stack.findIndex((r) => within(r, rec));
  if (own > 0 && stack.slice(0, own).some((r) => !within(r, rec) && (paints(r) || LEAF.has(r.tag)))) return false;
  for (const r of stack.slice(Math.max(own, 0))) {
    if (within(rec, r)) {
      if (paintsBefore(r)) return false;
      if (ground(r)[3] === 1) break;
    } else if (!within(r, rec) && (paints(r) || paintsBefore(r) || LEAF.has(r.tag))) return false;
  }
  return !ghosts(page).some(x + scrollX, y + scrollY, (r) => !related(r, rec));
}

// ghosts are painted but let clicks through, so that no hit test finds them.
function ghosts(page) {
  page.ghosts ||= new Bands(page.recs.filter((r) => r.vis && r.cs.pointerEvents === "none" && (paints(r) || LEAF.has(r.tag))));
  return page.ghosts;
}

const paints = (r) => r.vis && (ground(r)[3] > 0.02 || backdrop(r) !== "none");

// paintsBefore reports whether a ::before or ::after paints over much of rec.
function paintsBefore(rec) {
  return ["::before", "::after"].some((pseudo) => {
    const cs = getComputedStyle(rec.el, pseudo);
    if (cs.content === "none" || cs.display === "none") return false;
    if (cs.backgroundImage === "none" && colour(cs.backgroundColor)[3] < 0.02) return false;
    return px(cs.width) * px(cs.height) >= area(rec) * 0.3;
  });
}

function reportContrast(page, g, report) {
  g.sure.sort((a, b) => a.order - b.order);
  const first = g.sure[0], others = [];
  if (g.origin !== first) others.push(["parent", g.origin]);
  let behind = first;
  while (behind.parent && ground(behind)[3] < 0.5) behind = behind.parent;
  if (behind !== first && behind !== g.origin) others.push(["other", behind]);
  const lacking = g.sure.reduce((sum, r) => sum + Math.min(200, Math.sqrt(r.texts.reduce((s, f) => s + area(f), 0))), 0);
  report({
    group: g.key, elements: g.sure.map((r) => [r, r.box]), others,
    measure: { ratio: g.ratio, required_ratio: g.required, count: g.sure.length, extent_px: lacking, font_px: px(first.cs.fontSize) },
    words: { color: hex(g.text), background: hex(g.behind), text: first.string },
  });
}
