// low-contrast: text is too close in colour to what is painted behind it. Over
// solid backgrounds that is computed here; over pictures, gradients and the like
// the text is doubtful, and its pixels are looked at (study_contrast.go).

checks["low-contrast"] = {
  ask(page, points) {
    const groups = (page.faint = new Map());
    page.doubtful = new Set();
    readFields(page);
    for (const rec of page.worded) {
      if (!contrastMatters(rec)) continue;
      const c = rimmed(rec) ? null : textOver(page, rec);
      if (!c && !clearOfGradient(page, rec)) page.doubtful.add(rec);
      if (!c || c.ratio >= c.required - page.limits.ratioSlack || fieldAsBrowserHasIt(rec, c)) continue;
      const origin = colourOrigin(rec);
      const key = `${hex(c.text)} ${hex(c.behind)} ${c.required} ${[origin.tag, ...dom.classes(origin.el)].join(".")}${rec.hint ? " hint" : ""} ${ignoredAt(page, "low-contrast", rec)}`;
      if (!groups.has(key)) groups.set(key, { key, ...c, origin, recs: [] });
      groups.get(key).recs.push(rec);
    }
    for (const g of groups.values()) verifyContrast(page, g, points);
    lastRead = page;
  },

  // probe is how much contrast is missing.
  probe(page, [el]) {
    const above = [];
    for (let e = el; e && dom.type(e) === ELEMENT; e = composedParent(e)) above.unshift(e);
    let rec = null;
    for (const e of above) {
      rec = record(page, e, rec);
      if (!rec) return 0;
    }
    const c = textOver(page, rec);
    return c ? Math.max(0, c.required - c.ratio) : 0;
  },

  run(page, report) {
    for (const g of page.faint.values()) if (g.sure.length) reportContrast(page, g, report);
  },
};

// lastRead is the page of the last reading, for entries.contrastTexts.
let lastRead = null;

// paintedLines and wordsOf are a record's text; a field has its own.
const paintedLines = (rec) => (rec.field ? [rec.field] : rec.texts);
const wordsOf = (rec) => (rec.field ? rec.field.words : rec.string);

const FIELDS = /^(text|search|email|tel|url|number|submit|reset|button)$/;

// readFields gives fields what they show: their value, else their hint.
function readFields(page) {
  page.worded = [...page.texts];
  for (const rec of page.recs) {
    if (!rec.vis || !/^(input|textarea|select)$/.test(rec.tag)) continue;
    const { el, cs } = rec;
    if (rec.tag === "input" && !FIELDS.test(el.type)) continue;
    const value = rec.tag === "select" ? (el.selectedOptions[0] || {}).label || "" : el.value;
    const words = fold(value || dom.attr(el, "placeholder") || "");
    if (!LETTERS.test(words)) continue;
    rec.hint = !value;
    if (rec.hint) {
      const shown = getComputedStyle(el, "::placeholder");
      rec.ink = faded(colour(shown.webkitTextFillColor), +shown.opacity);
    }
    rec.field = {
      rec, words: words.slice(0, 200),
      x1: rec.x1 + px(cs.borderLeftWidth) + px(cs.paddingLeft), x2: rec.x2 - px(cs.borderRightWidth) - px(cs.paddingRight),
      y1: rec.y1 + px(cs.borderTopWidth) + px(cs.paddingTop), y2: rec.y2 - px(cs.borderBottomWidth) - px(cs.paddingBottom),
    };
    if (width(rec.field) > 4 && height(rec.field) > 4) page.worded.push(rec);
  }
}

// fieldAsBrowserHasIt: the browser's own grey for hints falls just short on any
// background but white. It is not the page's choice.
const fieldAsBrowserHasIt = (rec, c) => rec.hint && c.ratio >= 3 && hex(rec.ink) === "#757575";

// contrastMatters leaves out what WCAG exempts (disabled controls, logos,
// decoration) and what can't be judged by colours.
function contrastMatters(rec) {
  if (!(rec.field || rec.reads) || rec.disabled || rec.ariaHidden || rec.moving) return false;
  const { cs } = rec;
  if (cs.webkitBackgroundClip === "text") return false;
  if (ink(rec)[3] < FAINT || px(cs.fontSize) < 1) return false;
  return judgeable(rec);
}

// rimmed letters have a shadow or a stroke that may set them off.
const rimmed = ({ cs }) => cs.textShadow !== "none" || px(cs.webkitTextStrokeWidth) > 0;

// judgeable is false inside of filters, blends, logos and labels of disabled
// controls. It is remembered, because many texts share their ancestors.
function judgeable(rec) {
  if (rec.judgeable === undefined) {
    const { el, cs } = rec;
    rec.judgeable = (!rec.parent || judgeable(rec.parent)) &&
      cs.filter === "none" && cs.mixBlendMode === "normal" &&
      !inactive(rec) && !/\blogo\b|logotype/i.test(dom.attr(el, "class") || "") && !/^logo$/i.test(dom.attr(el, "id") || "") &&
      !(el instanceof HTMLLabelElement && dom.control(el) && dom.matches(dom.control(el), ":disabled"));
  }
  return rec.judgeable;
}

// inactive controls may be so by a class alone, which keeps clicks away.
const inactive = ({ tag, cs, el }) => /^(a|button|li)$/.test(tag) && cs.pointerEvents === "none" && /(^|[\s-])disabled($|\s)/i.test(dom.attr(el, "class") || "");

// textOver composes the colours of the text and of what its ancestors paint
// behind it, each with its opacity, from the inside out; null when a picture or
// a gradient lies among them. Where one gradient does, its colour may be given.
function textOver(page, rec, gradient) {
  let text = ink(rec), behind = [0, 0, 0, 0];
  for (let r = rec; r; r = r.parent) {
    if (behind[3] < 1) {
      if (backdrop(r) !== "none") {
        if (!gradient || gradient.rec !== r) return null;
        (text = over(text, gradient.colour)), (behind = over(behind, gradient.colour));
      }
      if (ground(r)[3] > 0) (text = over(text, ground(r))), (behind = over(behind, ground(r)));
    }
    if (behind[3] === 1 && (!r.parent || r.parent.opacity === 1) && r.fade === 1) break;
    if (r.fade < 1) (text = faded(text, r.fade)), (behind = faded(behind, r.fade));
  }
  const canvas = canvasColour(page);
  text = over(text, canvas);
  behind = over(behind, canvas);
  return { text, behind, required: requiredRatio(page, rec), ratio: contrast(text, behind) };
}

// clearOfGradient reports whether a text stands out from every colour of the one
// gradient behind it, with something to spare for what lies between them.
function clearOfGradient(page, rec) {
  let at = rec;
  while (at && backdrop(at) === "none") at = at.parent;
  const image = at ? backdrop(at) : "";
  if (rimmed(rec) || !/^(repeating-)?(linear|radial|conic)-gradient\(/.test(image) || image.includes("url(")) return false;
  const stops = image.match(/(rgba?|color|oklch|oklab|lab|lch)\([^()]*\)/g) || [];
  return stops.length > 0 && stops.length <= 12 && stops.every((s) => {
    const c = textOver(page, rec, { rec: at, colour: colour(s) });
    return c && c.ratio >= c.required * 1.15;
  });
}

function requiredRatio(page, { cs }) {
  const size = px(cs.fontSize), bold = +cs.fontWeight >= 700;
  return size >= 24 || (bold && size >= 18.66) ? page.limits.contrastRatioLarge : page.limits.contrastRatio;
}

// canvasColour is what the browser paints where the page paints nothing.
function canvasColour(page) {
  if (!page.canvas) {
    const own = getComputedStyle(page.root).colorScheme, meta = dom.all(document, 'meta[name="color-scheme" i]')[0];
    const scheme = own === "normal" && meta ? (dom.attr(meta, "content") || "").toLowerCase() : own;
    const dark = scheme.includes("dark") && (!scheme.includes("light") || matchMedia("(prefers-color-scheme: dark)").matches);
    page.canvas = dark ? [18, 18, 18, 1] : [255, 255, 255, 1];
  }
  return page.canvas;
}

// colourOrigin is the element from which rec has its colour.
function colourOrigin(rec) {
  while (!rec.hint && rec.parent && rec.parent.cs.color === rec.cs.color) rec = rec.parent;
  return rec;
}

// verifyContrast asks what really lies behind each text: something that is not
// an ancestor may, and then the ancestors' colours say nothing.
function verifyContrast(page, g, points) {
  g.sure = [];
  for (const rec of g.recs) {
    const f = paintedLines(rec).reduce((a, b) => (width(b) > width(a) ? b : a));
    const seen = shownNow(page, f, rec);
    if (width(seen) < 3 || height(seen) < 3) continue;
    points.ask((seen.x1 + seen.x2) / 2, (seen.y1 + seen.y2) / 2, (x, y) => {
      if (solidBehind(page, rec, x, y)) g.sure.push(rec);
      else page.doubtful.add(rec);
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

const extentOf = (rec) => Math.min(200, Math.sqrt(paintedLines(rec).reduce((s, f) => s + area(f), 0)));

function contrastParties(first, origin) {
  const others = [];
  if (origin !== first) others.push(["parent", origin]);
  let behind = first;
  while (behind.parent && ground(behind)[3] < 0.5 && backdrop(behind) === "none") behind = behind.parent;
  if (behind !== first && behind !== origin) others.push(["other", behind]);
  return others;
}

function reportContrast(page, g, report) {
  g.sure.sort((a, b) => a.order - b.order);
  const first = g.sure[0];
  report({
    group: g.key, elements: g.sure.map((r) => [r, r.field || r.box]), others: contrastParties(first, g.origin),
    measure: { ratio: g.ratio, required_ratio: g.required, count: g.sure.length, extent_px: g.sure.reduce((sum, r) => sum + extentOf(r), 0), font_px: px(first.cs.fontSize) },
    words: { color: hex(g.text), background: hex(g.behind), text: wordsOf(first), hint: first.hint ? "yes" : "" },
  });
}

// contrastTexts lists the texts whose pixels have to be looked at: those found
// faint, and those of which the colours can't tell.
entries.contrastTexts = ({ most, reach }) => {
  const page = lastRead, out = [];
  if (!page) return out;
  const add = (rec, group) => {
    if (out.length >= most || paintedLines(rec)[0].y1 > reach) return;
    const text = writeText(page, rec, group);
    if (text.lines.length) out.push(text);
  };
  for (const g of page.faint.values()) for (const rec of g.sure.slice(0, SAMPLES)) add(rec, g.key);
  if (most > out.length) addForeign(page);
  for (const rec of [...page.doubtful].sort((a, b) => a.order - b.order)) add(rec, "");
  return out;
};

// Of many texts in the same colours a few tell whether they are painted.
const SAMPLES = 4;

// addForeign adds the texts that lie over something which is not around them.
function addForeign(page) {
  const foreign = page.recs.filter((r) => r.vis && (PICTURES.has(r.tag) || (r.out && paints(r))));
  if (!foreign.length) return;
  const bands = new Bands(foreign);
  const faint = new Set([...page.faint.values()].flatMap((g) => g.sure));
  for (const rec of page.worded) {
    if (faint.has(rec) || page.doubtful.has(rec) || !contrastMatters(rec)) continue;
    const f = paintedLines(rec)[0];
    if (bands.some((f.x1 + f.x2) / 2, (f.y1 + f.y2) / 2, (r) => !related(r, rec))) page.doubtful.add(rec);
  }
}

const MOST_LINES = 12;

function writeText(page, rec, group) {
  const origin = colourOrigin(rec), lines = [];
  for (const f of paintedLines(rec).slice(0, MOST_LINES)) {
    const seen = shownNow(page, f, rec);
    if (width(seen) >= 3 && height(seen) >= 3) lines.push(boxOf(seen));
  }
  const under = underneath(page, rec), text = ink(rec);
  return {
    ...named(rec, rec.field || rec.box), group, lines, ink: [...text.slice(0, 3), text[3] * rec.opacity], opacity: rec.opacity,
    required: requiredRatio(page, rec), font: px(rec.cs.fontSize), extent: extentOf(rec), text: wordsOf(rec), hint: Boolean(rec.hint),
    key: `${hex(text)} ${under.what} ${requiredRatio(page, rec)} ${[origin.tag, ...dom.classes(origin.el)].join(".")}`,
    others: contrastParties(rec, origin).map(([role, r]) => ({ role, xpath: pathOf(r.el) })).filter((o) => o.xpath !== pathOf(rec.el)),
    under: under.what, urls: under.urls, waits: under.waits,
  };
}

// underneath says what is behind a text, for people, with the addresses of the
// pictures that may be; waits tells that one of them has not come yet.
function underneath(page, rec) {
  const urls = [];
  let what = "", waits = false;
  for (let r = rec; r; r = r.parent) {
    const image = backdrop(r);
    if (image.includes("url(")) what ||= "a picture";
    else if (image !== "none") what ||= "a gradient";
    urls.push(...backgroundURLs(r), ...layerURLs(r));
    if (ground(r)[3] === 1) break;
  }
  page.pictures ||= page.recs.filter((r) => r.vis && (PICTURES.has(r.tag) || backdrop(r).includes("url(")));
  for (const r of page.pictures) {
    if (within(rec, r) || !paintedLines(rec).some((f) => width(meet(f, r)) > 1 && height(meet(f, r)) > 1)) continue;
    what = MEDIA[r.tag] || "a picture";
    urls.push(...backgroundURLs(r));
    if (r.tag !== "img") continue;
    urls.push(r.el.currentSrc || r.el.src || "");
    waits ||= !r.el.complete;
  }
  return { what: what || (rimmed(rec) ? "its own shadow" : "other parts of the page"), urls, waits };
}

const MEDIA = { video: "a video", canvas: "a drawing", iframe: "embedded content", object: "embedded content", embed: "embedded content" };

// layerURLs lists the pictures that a record's ::before and ::after may paint.
function layerURLs(rec) {
  const drawn = ["::before", "::after"].map((p) => getComputedStyle(rec.el, p)).filter((cs) => cs.content !== "none");
  return drawn.flatMap((cs) => addressesIn(cs.backgroundImage));
}
