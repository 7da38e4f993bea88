// never-appears: words that take their place on the page and are still invisible
// when the page has long been there, and flash-invisible: words that came late.

checks["never-appears"] = {
  run(page, report) {
    if (!grownUp(page)) return;
    const total = page.texts.reduce((sum, r) => sum + r.string.length, 0);
    for (const v of veils(page)) {
      const most = v.chars >= total * 0.5 && v.chars >= 80;
      const proof = brokenEntrance(v) || (most && v.rec.y1 < page.vh * 0.8 ? "whole" : "");
      const meant = revealed(v) ? "entrance" : most || (v.chars >= 200 && MAIN.has(v.rec.tag)) ? "main" : "";
      if (proof !== "animation" && ((!proof && !meant) || awaits(v))) continue;
      report({
        group: proof === "animation" ? `animation ${v.rec.cs.animationName}` : `${proof || meant} ${signatureOf(v.rec)}`, elements: [[v.rec]], others: v.texts[0] === v.rec ? [] : [["child", v.texts[0]]],
        measure: { width_px: width(v.rec), height_px: height(v.rec), count: 1 },
        words: { proof, meant, how: v.how, text: v.texts[0].string, animation: proof === "animation" ? v.rec.cs.animationName : "" },
      });
    }
  },

  // probe is 1 while the element can't be seen.
  probe(page, elements) {
    return seenThrough(elements[0]) ? 0 : 1;
  },
};

// seenThrough reports whether neither visibility nor opacity hides el.
function seenThrough(el) {
  let opacity = getComputedStyle(el).visibility === "visible" ? 1 : 0;
  for (let e = el; e && dom.type(e) === ELEMENT; e = composedParent(e)) opacity *= +getComputedStyle(e).opacity;
  return opacity >= FAINT;
}

const MAIN = new Set(["body", "main", "article", "section", "header", "html"]);

// veils finds the outermost elements that make words invisible which have their
// place in the flow of the page, with nothing else in that place.
function veils(page) {
  const found = new Map();
  for (const rec of page.texts) {
    if (rec.inked || !LETTERS.test(rec.string) || rec.ariaHidden || rec.moving) continue;
    const veil = veilOf(rec);
    if (!veil) continue;
    if (!found.has(veil)) found.set(veil, { rec: veil, how: veil.fade < FAINT ? "opacity" : "visibility", texts: [], chars: 0 });
    const v = found.get(veil);
    v.texts.push(rec);
    v.chars += rec.string.length;
  }
  return [...found.values()].slice(0, page.limits.maxFindings * 2).filter((v) => v.chars >= page.limits.appearChars && standsInPage(page, v));
}

function veilOf(rec) {
  let veil = null;
  for (let r = rec; r; r = r.parent) {
    if (r.fade < FAINT || (r.cs.visibility === "hidden" && (!r.parent || r.parent.cs.visibility === "visible"))) veil = r;
  }
  return veil;
}

// standsInPage leaves out what is laid over the page, closed, out of reach, or
// has something that can be seen in its place: the other slides, tabs and sides
// of a card.
function standsInPage(page, { rec }) {
  for (let r = rec; r; r = r.parent) {
    if (r.position === "absolute" || r.position === "fixed" || r.ariaHidden || r.disabled || r.cutAway || dom.has(r.el, "popover")) return false;
    if (LATENT_ROLES.test(dom.attr(r.el, "role") || "") || dom.has(r.el, "aria-live")) return false;
  }
  if (width(rec) < 40 || height(rec) < 10) return false;
  const shown = shownPart(page, rec, rec.clip, rec.fixed);
  if (area(shown) < area(rec) * 0.5) return false;
  return !page.recs.some((r) => r.vis && (r.reads || LEAF.has(r.tag)) && !within(r, rec) && area(meetBox(r.box || r, rec)) > area(rec) * 0.1 && width(r) < page.vw * 4);
}

const meetBox = (a, b) => {
  const m = meet(a, b);
  return width(m) > 0 && height(m) > 0 ? m : { x1: 0, y1: 0, x2: 0, y2: 0 };
};

const LATENT_ROLES = /^(?:alert|status|log|tooltip|tabpanel|dialog|alertdialog|menu|listbox|region)$/;
const LATENT_NAMES = /(?:^|[\s_-])(?:tool-?tips?|popover|popup|drop-?down|sub-?menu|menu|nav|modal|dialog|toast|snackbar|alert|errors?|message|msg|feedback|hint|help|validat\w+|invalid|success|status|hidden|invisible|sr-only|visually|off-?screen|off-?canvas|sidebar|drawer|tabs?|pane|panel|slides?|slider|carousel|swiper|accordion|collaps\w+|expand\w*|back|front|flip|hover|overlay|results?|output|answers?|solution|spoiler|load(?:ing|er)|spinner|placeholder|ghost|copied|saved|end|game-?over|win|lose|score|step|wizard|quiz|question|search|filter|empty|no-\w+)(?:$|[\s_-])/i;
const ENTRANCE_NAMES = /(?:^|[\s_-])(?:reveal\w*|aos\w*|wow|appear\w*|fade|fade-?(?:in|up|down|left|right)\w*|animat\w+|anim|scroll-\w+|in-?view|entrance|enter|intro|sal|sr)(?:$|[\s_-])/i;
const ENTRANCE_ATTRS = ["data-aos", "data-sal", "data-animate", "data-animation", "data-reveal", "data-sr-id", "data-scroll", "data-fade"];

const namesOf = ({ el }) => `${dom.attr(el, "class") || ""} ${dom.attr(el, "id") || ""}`;

// revealed reports whether an element says that it is to come in by itself.
const revealed = ({ rec }) => ENTRANCE_NAMES.test(namesOf(rec)) || ENTRANCE_ATTRS.some((a) => dom.has(rec.el, a));

// brokenEntrance knows an animation that was to bring the words in and does not
// exist.
function brokenEntrance({ rec }) {
  const names = rec.cs.animationName.split(",").map((s) => s.trim()).filter((s) => s && s !== "none");
  if (!names.length) return "";
  const known = keyframeNames();
  return known && names.every((n) => !known.has(n)) ? "animation" : "";
}

// rulesOf walks the rules of the page's own sheets; those that can't be read
// are passed over, and full is false then.
function rulesOf(visit) {
  let left = 20000, full = true;
  const walk = (list, sheet) => {
    for (const rule of list) {
      if (left-- <= 0) return;
      visit(rule, sheet);
      if (rule.styleSheet) open(rule.styleSheet);
      else if (rule.cssRules) walk(rule.cssRules, sheet);
    }
  };
  const open = (sheet) => {
    try {
      walk(sheet.cssRules, sheet);
    } catch {
      full = false;
    }
  };
  for (const sheet of [...dom.styleSheets(document), ...dom.sheets(document)]) open(sheet);
  return full;
}

function keyframeNames() {
  const names = new Set();
  return rulesOf((rule) => rule instanceof CSSKeyframesRule && names.add(rule.name)) ? names : null;
}

// awaits reports whether something that a visitor does brings the words in: a
// rule for hovering, focus or a ticked box, or a name that is used for what
// waits.
function awaits({ rec, texts }) {
  for (let r = rec, n = 0; r && r.tag !== "body" && n < 3; r = r.parent, n++) if (LATENT_NAMES.test(namesOf(r))) return true;
  if (texts.some((t) => LATENT_NAMES.test(namesOf(t)))) return true;
  const STATES = /:(?:hover|focus|focus-within|focus-visible|active|checked|target|invalid|valid|user-invalid|placeholder-shown|open|popover-open)\b|\[open\]|\[aria-(?:expanded|selected|hidden|invalid)[^\]]*\]/g;
  let waits = false;
  rulesOf((rule) => {
    if (waits || !(rule instanceof CSSStyleRule) || !STATES.test(rule.selectorText)) return;
    const { style } = rule;
    if (!style.opacity && !style.visibility && !style.animationName) return;
    try {
      waits = dom.matches(rec.el, rule.selectorText.replace(STATES, "").replace(/(^|[\s>+~,(])(?=$|[\s>+~,)])/g, "$1*"));
    } catch {
      waits = true; // can't be told
    }
  });
  return waits;
}

// flash-invisible compares the first screen with the glances.
checks["flash-invisible"] = {
  run(page, report) {
    if (!glances.length || !grownUp(page)) return;
    const onFirst = (r) => r.y1 < page.vh && r.y2 > 0;
    const texts = page.texts.filter((r) => r.reads && onFirst(r.box) && !r.moving);
    const letters = (list) => list.reduce((sum, r) => sum + r.string.length, 0), all = letters(texts);
    if (all < page.limits.flashChars) return;
    let late = null;
    for (const g of glances) {
      const unseen = texts.filter((r) => unseenAt(g, r)), part = letters(unseen) / all;
      if (part >= page.limits.flashPart) late = { unseen, part, empty: !busy(g, page), at: g };
    }
    if (!late) return;
    const rec = commonOf(late.unseen);
    report({
      group: "flash", elements: [[rec]], others: [["child", late.unseen[0]]],
      measure: { hidden_percent: 100 * late.part, count: late.unseen.length },
      words: { late: String(glances.indexOf(late.at) + 1), empty: late.empty ? "yes" : "", text: late.unseen[0].string, faded: fadedIn(late) ? "yes" : "" },
    });
  },
};

// unseenAt reports whether a text could not be read at a glance: it was not
// there, or it was there and invisible.
function unseenAt(glance, rec) {
  const was = glance.byEl.get(rec.el);
  return !was || !was.reads;
}

// busy reports whether there was anything to look at: words, a picture, a sign
// of waiting.
const busy = (glance, page) => glance.recs.some((r) => r.vis && r.y1 < page.vh && (r.reads || (LEAF.has(r.tag) && area(r) > 200) || (r.moving && area(r) > 200)));

// fadedIn reports whether an animation of a style sheet brought the words in:
// that is seen as it goes.
const fadedIn = ({ unseen, at }) => unseen.filter((r) => (at.byEl.get(r.el) || {}).moving).length > unseen.length / 2;

function commonOf(recs) {
  let at = recs[0];
  for (const r of recs) while (!within(r, at)) at = at.parent;
  return at;
}
