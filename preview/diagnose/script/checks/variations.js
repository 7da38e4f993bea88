// What the study of variations needs: changes to a copied page, and checks of
// what is lost by looking at a page in another way.

// Each change of the page gives what takes it back.
const changes = {
  // longer makes each word 30 % longer, as a translation might. Vowels are
  // repeated, so that a word stays a word and breaks where words break.
  longer(page) {
    const nodes = [];
    for (const rec of page.recs) {
      if (!rec.vis || !rec.nodes || !translated(rec)) continue;
      for (const n of rec.nodes) if (dom.type(n) === TEXT && LETTERS.test(dom.data(n))) nodes.push([n, dom.data(n)]);
    }
    for (const [n, text] of nodes) dom.setData(n, lengthened(text));
    return () => nodes.forEach(([n, text]) => dom.setData(n, text));
  },

  // spacing sets what WCAG 1.4.12 says that a page must bear.
  spacing() {
    const icons = "[class*=icon i], [class*=symbol i], [class*=glyph i], [class^=fa], [aria-hidden=true], [aria-hidden=true] *";
    const but = `:where(:not(${icons}))`;
    const before = [...dom.sheets(document)], sheet = new CSSStyleSheet();
    sheet.replaceSync(`${still} *${but}{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important} p${but}{margin-block-end:2em!important} :is(${icons}){letter-spacing:normal!important;word-spacing:normal!important}`);
    dom.setSheets(document, [...before, sheet]);
    return () => {
      sheet.replaceSync(still);
      dom.rect(dom.root(document));
      dom.setSheets(document, before);
    };
  },

  rtl(page) {
    const was = dom.attr(page.root, "dir");
    dom.setAttr(page.root, "dir", "rtl");
    return () => (was === null ? dom.dropAttr(page.root, "dir") : dom.setAttr(page.root, "dir", was));
  },
};

let takeBack = null;

// vary changes the page in one way, and takes the change before that back.
entries.vary = ({ limits, what }) => keepScroll(() => {
  if (takeBack) takeBack();
  takeBack = what ? changes[what](measurePage(limits)) : null;
  for (const a of dom.animations(document)) if (a instanceof CSSTransition) a.finish();
  return true;
});

// What no translator touches: code, numbers, names of icons.
const UNTRANSLATED = "code, pre, kbd, samp, var, math, [translate=no], .notranslate, [aria-hidden=true], [contenteditable]:not([contenteditable=false])";
const ICONS = /icon|symbol|glyph|awesome|emoji/i;

function translated(rec) {
  if (rec.translated === undefined) {
    rec.translated = (!rec.parent || translated(rec.parent)) && !dom.matches(rec.el, UNTRANSLATED) &&
      !ICONS.test(rec.cs.fontFamily.split(",")[0]) && !ICONS.test(dom.attr(rec.el, "class") || "");
  }
  return rec.translated;
}

const WORD_LETTERS = /[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}]/gu;
const LONGER = 0.3;

function lengthened(text) {
  let owed = 0;
  return text.replace(/\S+/g, (word) => {
    const letters = word.match(WORD_LETTERS);
    if (!letters || /[\d@/\\_{}<>]|\w[.:]\w/.test(word)) return word;
    owed += letters.length * LONGER;
    const n = Math.round(owed);
    owed -= n;
    return n > 0 ? stretch(word, letters, n) : word;
  });
}

// stretch puts n accented vowels after a vowel in the middle of a Latin word; of
// other scripts a letter of the word's own is repeated.
function stretch(word, letters, n) {
  const middle = letters[letters.length >> 1], latin = /\p{Script=Latin}/u.test(middle);
  const vowel = latin ? /[aeiouyà-öø-ý](?=[^aeiouy]*$)/i.exec(word) : null;
  const at = vowel ? vowel.index + 1 : word.indexOf(middle) + middle.length;
  let pad = "";
  for (let i = 0; i < n; i++) pad += latin ? "éáó"[i % 3] : middle;
  if (letters.length > 1 && word === word.toUpperCase()) pad = pad.toUpperCase();
  return word.slice(0, at) + pad + word.slice(at);
}

// meantFor reports whether the page shows signs that it is to run from right to
// left as well.
entries.meantForRTL = () => {
  if (dom.all(document, "[dir=rtl], [dir=auto], link[hreflang^=ar], link[hreflang^=he], link[hreflang^=fa], link[hreflang^=ur]").length) return true;
  let left = 5000;
  const speaks = (rules) => {
    for (const r of rules) {
      if (left-- <= 0) return false;
      if (/\brtl\b/.test(r.selectorText || "") || (r.cssRules && speaks(r.cssRules))) return true;
    }
    return false;
  };
  return [...dom.styleSheets(document)].some((s) => {
    try {
      return speaks(s.cssRules);
    } catch {
      return false; // a sheet of another origin keeps its rules to itself
    }
  });
};

// scripted reports whether scripts may have built what is there.
entries.scripted = () => dom.all(document, "script:not([type='application/json'], [type='application/ld+json'])").length > 0;

// lost says what hides each of the elements at paths, which could be seen before
// and can't now: findings of lost-item, one for each thing that hides some.
entries.lost = ({ limits, paths, appeared }) => keepScroll(() => {
  const page = measurePage(limits), groups = new Map();
  readText(page);
  readRoles(page);
  const fresh = appeared.map(elementAt).filter(Boolean);
  for (const path of paths) {
    const el = elementAt(path), why = el && whyLost(page, el);
    if (!why || excused(page, el, why, fresh)) continue;
    const culprit = recAs(page, why.el), key = `${signatureOf(culprit)} ${why.reason}`;
    if (!groups.has(key)) groups.set(key, { key, reason: why.reason, culprits: new Map(), els: [] });
    groups.get(key).els.push(el);
    groups.get(key).culprits.set(why.el, culprit);
  }
  return [...groups.values()].map((g) => writeLost(page, g));
});

// recAs is the record of el, or what stands for one where el is not laid out.
const recAs = (page, el) => page.byEl.get(el) ||
  { el, tag: dom.localName(el).toLowerCase(), parent: recordOf(page, composedParent(el)), x1: 0, y1: 0, x2: 0, y2: 0 };

function readRoles(page) {
  for (const rec of page.recs) rec.role = controlRole(rec);
}

// whyLost finds the element that hides el, and how; null when that is by design
// or can't be told.
function whyLost(page, el) {
  if (dom.closest(el, "[aria-hidden=true], dialog, [popover], [role=dialog], [role=alertdialog], [role=tabpanel], details:not([open]), [hidden], [inert]")) return null;
  const rec = page.byEl.get(el);
  if (!rec || !rec.vis) return hiddenBy(el);
  return rec.texts && !rec.inked ? { el, reason: "unseen" } : keptFrom(page, rec);
}

function hiddenBy(el) {
  const chain = [];
  for (let at = el; at && dom.type(at) === ELEMENT; at = composedParent(at)) chain.unshift(at);
  let opacity = 1;
  for (const at of chain) {
    const cs = getComputedStyle(at);
    if (cs.display === "none") return { el: at, reason: "hidden" };
    opacity *= +cs.opacity;
    if (opacity < FAINT || cs.visibility !== "visible" || cutAway({ cs, position: cs.position })) return { el: at, reason: "unseen" };
  }
  return null;
}

// keptFrom finds what keeps a laid-out thing from being seen: a transform that
// moves it away, a box that cuts it off, or the edge of what can be scrolled to.
function keptFrom(page, rec) {
  if (area(shownPart(page, rec.box || rec, rec.texts ? rec.inner : rec.clip, rec.fixed)) > 8) return null; // something lies on it
  for (let r = rec; r; r = r.parent) if (r.transformed && !r.role) return { el: r.el, reason: "moved" };
  const box = rec.box || rec, part = { ...box };
  for (let c = rec.texts ? rec.inner : rec.clip; c; c = c.up) {
    if (c.softX || c.softY) return null;
    if (c.hardX) (part.x1 = Math.max(part.x1, c.x1)), (part.x2 = Math.min(part.x2, c.x2));
    if (c.hardY) (part.y1 = Math.max(part.y1, c.y1)), (part.y2 = Math.min(part.y2, c.y2));
    if (width(part) <= 1 || height(part) <= 1) return { el: c.rec.el, reason: "cut" };
  }
  if (!rec.fixed) return { el: page.viewportOwner, reason: "page" };
  let at = rec;
  while (at.position !== "fixed" && at.parent) at = at.parent;
  return { el: at.el, reason: "fixed" };
}

// excused knows what is hidden by design: what something new stands in for, the
// words beside an icon, secondary parts that a small screen has no room for.
function excused(page, el, { el: hider, reason }, fresh) {
  for (const other of fresh) {
    let up = other;
    for (let i = 0, next; i < 3 && (next = composedParent(up)) && next !== page.body && next !== page.root; i++) up = next;
    if (dom.contains(up, hider)) return true;
  }
  for (let at = composedParent(el); at && dom.type(at) === ELEMENT; at = composedParent(at)) {
    const rec = page.byEl.get(at);
    if (rec && rec.role && rec.vis && area(rec) >= 16) return true;
  }
  if (reason !== "hidden") return false;
  const links = dom.closest(el, "nav, [role=navigation]");
  if (!links && dom.closest(el, "header, footer, aside, td, th, col, figure, [role=complementary], [role=banner], [role=contentinfo]")) return true;
  return fresh.some((other) => controlOf(page, other));
}

const controlOf = (page, el) => Boolean(page.byEl.get(el) && page.byEl.get(el).role);

function writeLost(page, g) {
  const letters = g.els.reduce((sum, el) => sum + fold(dom.text(el)).length, 0);
  const controls = g.els.filter((el) => controlRole(recAs(page, el)));
  // Of links only those that lead through the site can't be missed.
  const used = controls.filter((el) => controlRole(recAs(page, el)) !== "link" || dom.closest(el, "nav, [role=navigation]"));
  const first = recAs(page, controls[0] || g.els[0]), role = controlRole(first);
  const children = g.els.filter((el) => !g.culprits.has(el)).slice(0, 5);
  return writeFinding(page, "lost-item", {
    group: g.key, elements: [...g.culprits.values()].map((rec) => [rec]),
    others: children.map((el) => ["child", recAs(page, el)]),
    measure: { count: g.els.length, letters, controls: controls.length, used: used.length },
    words: { reason: g.reason, role, text: role ? accessibleName(page, first) : fold(dom.text(first.el)) },
  });
}

// The probe counts the things that can't be seen.
checks["lost-item"] = {
  probe(page, elements, others) {
    const now = measurePage(page.limits);
    readText(now);
    const of = others.filter((o) => o.role === "child").map((o) => o.el);
    return (of.length ? of : elements).filter((el) => {
      const rec = now.byEl.get(el);
      if (!rec || !rec.vis || (rec.texts && !rec.inked)) return true;
      return area(shownPart(now, rec.box || rec, rec.texts ? rec.inner : rec.clip, rec.fixed)) <= 8;
    }).length;
  },
};

// two-way-scroll: running text in a box that is narrower than its lines: whoever
// reads it scrolls to and fro with every line. Tables, code, pictures and rows
// of cards are meant to be scrolled.
checks["two-way-scroll"] = {
  run(page, report) {
    const groups = new Map();
    for (const rec of page.texts) {
      if (!steady(rec) || rec.string.length < 40 || dom.closest(rec.el, "table, pre, code, [role=table], [role=grid], svg, math")) continue;
      const c = softAcross(rec);
      const line = Math.max(...rec.texts.map(width));
      if (!c || width(c) < 40 || line <= width(c) + 8) continue;
      const g = groups.get(c.rec) || { by: 0, texts: [] };
      groups.set(c.rec, g);
      g.texts.push(rec);
      g.by = Math.max(g.by, line - width(c));
    }
    for (const [box, g] of groups) {
      report({
        group: signatureOf(box), elements: [[box]], others: twoWayOthers(box, g.texts),
        measure: { overflow_px: g.by, count: 1, width_px: width(box) }, words: { text: g.texts[0].string },
      });
    }
  },

  probe(page, elements, others) {
    const box = dom.clientWidth(elements[0]), range = dom.range(document);
    return Math.max(0, ...others.filter((o) => o.role === "child").flatMap((o) => {
      range.selectNodeContents(o.el);
      return [...range.getClientRects()].map((r) => r.width - box);
    }));
  },
};

function softAcross(rec) {
  for (let c = rec.inner; c; c = c.up) {
    if (c.softX) return c;
    if (c.hardX) return null;
  }
  return null;
}

function twoWayOthers(box, texts) {
  const out = [];
  for (let r = texts[0]; r && r !== box && out.length < 5; r = r.parent) out.push(["child", r]);
  return out;
}

// drawings lists the pictures that may be drawn without a background, with the
// colour behind each; of like ones the first stands for all. Large pictures are
// photographs.
entries.drawings = ({ limits }) => keepScroll(() => {
  const page = measurePage(limits), groups = new Map();
  readRoles(page);
  for (const rec of page.recs) {
    if (!/^(img|svg)$/.test(rec.tag) || !rec.vis || rec.moving || area(rec) < 80 || width(rec) > 500 || height(rec) > 300) continue;
    const seen = shownPart(page, rec, rec.clip, rec.fixed), behind = groundBehind(page, rec);
    if (area(seen) < 0.9 * area(rec) || !behind) continue;
    const key = `${signatureOf(rec)} ${hex(behind)}`, says = pictureWords(page, rec), g = groups.get(key);
    if (g && says === g.says) g.count++;
    else if (!g) groups.set(key, { rec, behind, says, count: 1, key: signatureOf(rec) });
  }
  return [...groups.values()].map((g) => ({
    ground: g.behind.slice(0, 3),
    ...writeFinding(page, "lost-picture", {
      group: g.key, elements: [[g.rec]], others: [], measure: { count: g.count, area_px2: area(g.rec) }, words: { text: g.says },
    }),
  }));
});

// groundBehind is the colour that rec is drawn on; null for a picture or a
// gradient.
function groundBehind(page, rec) {
  let behind = [0, 0, 0, 0];
  for (let r = rec; r && behind[3] < 1; r = r.parent) {
    if (backdrop(r) !== "none" || r.fade < 1) return null;
    behind = over(behind, ground(r));
  }
  return over(behind, canvasColour(page));
}

// pictureWords is what a picture says: its alternative text, or the name of the
// control that it is all of.
function pictureWords(page, rec) {
  const own = dom.attr(rec.el, "alt") || dom.attr(rec.el, "aria-label") || "";
  if (own) return fold(own).slice(0, 100);
  for (let r = rec; r; r = r.parent) if (r.role) return fold(dom.text(r.el)) ? "" : accessibleName(page, r);
  return "";
}
