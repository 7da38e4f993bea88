// The way of the focus through a copy of the page, one Tab after the other.

const journey = { ids: new Map() };

// A text field has a caret, which shows where the focus is.
const CARET = /^(|text|search|email|url|tel|password|number|date|time|month|week|datetime-local)$/;
const hasCaret = (el) => el instanceof HTMLTextAreaElement || el instanceof HTMLInputElement && CARET.test((dom.attr(el, "type") || "").toLowerCase()) || dom.closest(el, "[contenteditable]:not([contenteditable=false])") !== null;

const focusOn = method(HTMLElement.prototype, "focus"), blurFrom = method(HTMLElement.prototype, "blur");

// reachableBox is the part of rec that can be brought into sight, null for none.
function reachableBox(page, rec) {
  if (!rec || !rec.vis) return null;
  const part = shownPart(page, rec, rec.clip, rec.fixed);
  return width(part) >= 2 && height(part) >= 2 ? part : null;
}

// tabbables counts what Tab should reach: visible native controls and what has a
// tabindex. Radio buttons count once a group.
function tabbables(page) {
  const seen = new Set();
  for (const rec of page.recs) {
    const { el } = rec, index = dom.attr(el, "tabindex");
    if (rec.disabled || !reachableBox(page, rec) || index !== null && +index < 0) continue;
    if (index === null && !dom.matches(el, "a[href], button, input:not([type=hidden]), select, textarea, summary")) continue;
    const radio = el instanceof HTMLInputElement && dom.attr(el, "type") === "radio";
    seen.add(radio ? `radio ${dom.attr(el, "name")}` : el);
  }
  return seen.size;
}

Object.assign(entries, {
  // journey begins: how many stops there should be.
  journey({ limits }) {
    return keepScroll(() => {
      scrollTo({ left: 0, top: 0, behavior: "instant" });
      journey.ids = new Map();
      const page = measurePage(limits);
      readControls(page, new Points(page));
      return tabbables(page);
    });
  },

  // stop describes where the focus is.
  stop({ limits }) {
    const el = deepActive();
    if (!el || el === dom.body(document) || el === dom.root(document)) return { left: true };
    if (!journey.ids.has(el)) journey.ids.set(el, journey.ids.size);
    const page = measurePage(limits), rec = recordOf(page, el);
    if (!rec) return { left: true };
    rec.role = controlRole(rec);
    const shown = rec.el === el ? reachableBox(page, rec) : null;
    const labels = labelsOf(page, el).map((l) => recordOf(page, l)).map((r) => reachableBox(page, r)).filter(Boolean);
    let around = rec, holder = null;
    while (around && !(holder = reachableBox(page, around))) around = around.parent;
    const look = [shown || holder, ...labels].filter(Boolean).reduce((a, b) => (a ? join(a, b) : b), null);
    return {
      ...named(rec, shown || rec), id: journey.ids.get(el), key: signatureOf(rec), role: rec.role || "", tag: rec.tag,
      name: accessibleName(page, rec) || fold(dom.text(el)).slice(0, 100), shown: Boolean(shown) || labels.length > 0,
      look: boxOf(look || rec), caret: hasCaret(el), frame: /^(iframe|frame|object|embed)$/.test(rec.tag),
      // Guards of a dialog and boxes that scroll are stops of the browser's own.
      own: Boolean(rec.role) || dom.has(el, "tabindex") && dom.attr(el, "aria-hidden") !== "true" && fold(dom.text(el)) !== "",
      modal: dom.closest(el, "dialog, [role=dialog], [role=alertdialog], [aria-modal=true], [popover]") !== null,
      hiddenIn: shown || !around ? "" : signatureOf(topHidden(page, rec)),
    };
  },

  // blur takes the focus away and keeps where it was; unblur gives it back.
  blur() {
    journey.at = deepActive();
    if (journey.at instanceof HTMLElement) blurFrom(journey.at);
    return deepActive() !== journey.at;
  },
  unblur() {
    if (journey.at instanceof HTMLElement) focusOn(journey.at, { preventScroll: true, focusVisible: true });
    return deepActive() === journey.at;
  },
  focused: () => deepActive(),
});

// topHidden is the outermost thing around rec that can't be seen.
function topHidden(page, rec) {
  let top = rec;
  for (let r = rec.parent; r && !reachableBox(page, r); r = r.parent) top = r;
  return top;
}

// The study of the focus finds these.
checks["focus-not-visible"] = {
  run() {},

  // probe is 1 while the element has no ring of the browser's.
  probe(page, [el]) {
    const cs = getComputedStyle(el);
    return cs.outlineStyle === "none" || px(cs.outlineWidth) === 0 || colour(cs.outlineColor)[3] < FAINT ? 1 : 0;
  },
};
checks["focus-trap"] = { run() {} };
