// What a pointer does to a copy of the page by resting on something.

const hovering = { targets: [], at: null, pale: new Set(), cut: new Set(), restless: new Set() };

// hoverBases lists the selectors of what the style sheets treat differently under
// the pointer: of ".menu:hover a" it is ".menu".
function hoverBases() {
  const out = new Set();
  let left = 5000;
  const walk = (rules, parent) => {
    for (const rule of rules) {
      if (left-- <= 0) return;
      if (rule instanceof CSSMediaRule && !matchMedia(rule.conditionText).matches) continue;
      let own = parent;
      if (rule instanceof CSSStyleRule) {
        own = parent ? rule.selectorText.replaceAll("&", `:is(${parent})`) : rule.selectorText;
        for (const part of own.split(",")) {
          const at = part.indexOf(":hover");
          if (at < 0) continue;
          const base = part.slice(0, at).trim();
          out.add(/[\s>+~]$/.test(part.slice(0, at)) || !base ? `${base} *`.trim() : base);
        }
      }
      if (rule.cssRules) walk(rule.cssRules, own);
    }
  };
  for (const sheet of [...sheetList(document), ...dom.sheets(document)]) {
    try {
      walk(sheet.cssRules, "");
    } catch {
      // a sheet of another origin can't be read
    }
  }
  return [...out].filter((s) => s !== "*").slice(0, 200);
}

function hoverable(page) {
  const els = new Set(), seen = new Set();
  for (const base of hoverBases()) {
    try {
      for (const el of [...dom.all(document, base)].slice(0, 400)) els.add(el);
    } catch {
      // cut out of a longer selector it means nothing
    }
  }
  return page.recs.filter((rec) => {
    if (!els.has(rec.el) || !rec.vis || rec.moving || area(rec) < 64 || area(rec) > page.vw * page.vh * 0.6) return false;
    if (/^(html|body|main)$/.test(rec.tag) || rec.cs.pointerEvents === "none" || rec.disabled) return false;
    const key = signatureOf(rec);
    return !seen.has(key) && seen.add(key);
  });
}

// readHover reads the page with its texts, and which of them are too pale or cut.
function readHover(limits) {
  return keepScroll(() => {
    const page = measurePage(limits), points = new Points(page), pale = new Map(), cut = new Set();
    readText(page);
    checks["low-contrast"].ask(page, points);
    points.run();
    checks["low-contrast"].run(page, (f) => f.elements.forEach(([rec]) => pale.set(rec.el, f)));
    checks["clipped-text"].run(page, (f) => f.elements.forEach(([rec]) => cut.add(rec.el)));
    return { page, pale, cut };
  });
}

Object.assign(entries, {
  // hovers lists what is to be hovered, one of each sort.
  hovers({ limits }) {
    scrollTo({ left: 0, top: 0, behavior: "instant" });
    const { page, pale, cut } = readHover(limits);
    hovering.pale = new Set(pale.keys());
    hovering.cut = cut;
    hovering.targets = hoverable(page);
    hovering.at = page;
    readControls(page, new Points(page));
    return hovering.targets.map((rec) => ({
      ...named(rec), key: signatureOf(rec), role: rec.role || "", tag: rec.tag, name: fold(accessibleName(page, rec)).slice(0, 60),
    }));
  },

  // restless notes what has moved by itself since hovers.
  restless({ limits }) {
    const now = measurePage(limits);
    for (const rec of now.recs) {
      const was = hovering.at.byEl.get(rec.el);
      if (!was || shifted(was, rec) > 0.5) hovering.restless.add(rec.el);
    }
    return true;
  },

  // approach brings a target into view and says where to put the pointer.
  approach({ index }) {
    const { el } = hovering.targets[index];
    dom.intoView(el, { block: "center", inline: "center", behavior: "instant" });
    const spot = [...dom.rects(el)].reduce((a, b) => (a && a.width * a.height >= b.width * b.height ? a : b), null);
    if (!spot || spot.width < 4 || spot.height < 4) return { gone: true };
    const x = Math.round(spot.left + spot.width / 2), y = Math.round(spot.top + spot.height / 2);
    const hit = deepAt(x, y);
    return { x, y, gone: !hit || !dom.contains(el, hit) };
  },

  // rest notes where everything is while the pointer is away.
  rest({ index, limits }) {
    hovering.at = measurePage(limits);
    hovering.crossings = 0;
    for (const type of ["pointerenter", "pointerleave"]) listen(hovering.targets[index].el, type, () => hovering.crossings++);
    return true;
  },

  // crossings tells how often the pointer came to the target or left it since.
  crossings: () => hovering.crossings,

  // hovered compares the page with how it was at rest.
  hovered({ index, limits }) {
    const { page, pale, cut } = readHover(limits), { el } = hovering.targets[index];
    const rec = page.byEl.get(el), was = hovering.at.byEl.get(el);
    if (!rec || !was) return { lost: true };
    const out = { jumps: [], by: 0, vanished: false, pale: null, cut: null, eased: eased(rec.cs) };
    for (const now of page.recs) {
      const before = hovering.at.byEl.get(now.el);
      if (!before || !jumped(page, before, now, rec)) continue;
      out.by = Math.max(out.by, shifted(before, now));
      if (out.jumps.length < 12) out.jumps.push(named(now));
    }
    out.vanished = was.vis && !rec.vis && !page.recs.some((r) => r.vis && !within(r, rec) && !within(rec, r) && area(meet(r, rec)) > area(rec) * 0.3 && !(hovering.at.byEl.get(r.el) || {}).vis);
    for (const [text, f] of pale) {
      const r = page.byEl.get(text);
      if (hovering.pale.has(text) || !r || r.moving || !within(r, rec)) continue;
      out.pale ||= { ...named(r), ratio: f.measure.ratio, required: f.measure.required_ratio, text: r.string, color: f.words.color, background: f.words.background };
    }
    for (const text of cut) {
      const r = page.byEl.get(text);
      if (!hovering.cut.has(text) && r && !r.moving && within(r, rec)) out.cut ||= { ...named(r), text: r.string || "" };
    }
    return out;
  },

  hoverTarget: ({ index }) => hovering.targets[index].el,
});

const listen = method(EventTarget.prototype, "addEventListener");

const shifted = (a, b) => Math.max(Math.abs(a.x1 - b.x1), Math.abs(a.y1 - b.y1));

// jumped: something in the flow, seen before and after, outside of what is
// hovered, that went elsewhere than its parent did.
function jumped(page, before, now, target) {
  if (!before.vis || !now.vis || now.out || now.fixed || now.sticky || now.moving || area(now) < 16) return false;
  if (within(now, target) || within(target, now) || hovering.restless.has(now.el) || shifted(before, now) < 1.5) return false;
  const up = now.parent && hovering.at.byEl.get(now.parent.el);
  return !up || shifted({ x1: now.x1 - before.x1, y1: now.y1 - before.y1 }, { x1: now.parent.x1 - up.x1, y1: now.parent.y1 - up.y1 }) > 0.5;
}

// eased: a change of size that is drawn out in time is meant.
function eased(cs) {
  const parts = cs.transitionProperty.split(",").map((s) => s.trim()), times = cs.transitionDuration.split(",").map(parseFloat);
  return parts.some((p, i) => times[i % times.length] > 0 && /^(all|width|height|(min|max)-(width|height)|flex|flex-grow|flex-basis|grid-template-.*|margin.*|padding.*)$/.test(p));
}

// The study of the pointer finds this.
checks["hover-breaks"] = { run() {} };
