// Guises: what is done to elements for the time of a few pictures. They are put
// on by a style sheet of our own, so that nothing that observes the document
// sees a change, and none of them changes the layout.

// A way of dressing gives properties with the values that must come out.
const CLEAR = "rgba(0, 0, 0, 0)", FILL = "-webkit-text-fill-color";
const ways = {
  hidden: { visibility: "hidden" },
  // Letters that show a background through them have no colour of their own.
  inkless: { [FILL]: CLEAR, "-webkit-text-stroke-color": CLEAR, "text-shadow": "none", "text-decoration-color": CLEAR },
  black: { [FILL]: "rgb(0, 0, 0)" },
  white: { [FILL]: "rgb(255, 255, 255)" },
};

const wardrobe = { sheet: null, still: new Set() };

// Author rules with ids and !important must not win.
const STRONG = ":not(#relook#relook#relook)";

// guiseSelector matches el only, and is looked at for elements of its kind only.
function guiseSelector(el) {
  const exact = exactSelector(el);
  return exact && exact.replace(/>([^>]*)$/, (_, last) => ">" + CSS.escape(dom.localName(el)) + last) + STRONG;
}

// stillRules turn the transitions off that the guises would set off.
const stillRules = () => [...wardrobe.still].map((s) => `${s}{transition:none!important}`).join(" ");

// MANY descendants are kept still by one rule for all, which is slow to match.
const MANY = 60;

function keepStill(el, selector) {
  wardrobe.still.add(selector);
  const inside = dom.allIn(el, "*");
  if (inside.length > MANY) wardrobe.still.add(`${selector} *,${selector} *::before,${selector} *::after`);
  for (const e of inside.length > MANY ? [el] : [el, ...inside]) {
    if (e !== el && transits(getComputedStyle(e))) wardrobe.still.add(guiseSelector(e));
    for (const pseudo of ["::before", "::after"]) {
      const cs = getComputedStyle(e, pseudo);
      if (cs.content !== "none" && transits(cs)) wardrobe.still.add(guiseSelector(e) + pseudo);
    }
  }
}

const transits = (cs) => /[1-9]/.test(cs.transitionDuration + cs.transitionDelay);

// dress takes off what was put on before and puts on the guises; for each it
// tells whether it shows in the computed style.
entries.dress = ({ guises }) => {
  if (!wardrobe.sheet) {
    wardrobe.sheet = new CSSStyleSheet();
    dom.setSheets(document, [...dom.sheets(document), wardrobe.sheet]);
  }
  const rules = [], worn = guises.map(({ xpath, way }) => {
    const el = elementAt(xpath), selector = el && guiseSelector(el);
    if (!selector) return null;
    const throughLetters = way === "inkless" && getComputedStyle(el).webkitBackgroundClip === "text";
    const style = Object.entries(ways[throughLetters ? "hidden" : way]);
    keepStill(el, selector);
    rules.push(`${selector}{${style.map(([p, v]) => `${p}:${v}!important`).join(";")}}`);
    return [el, style];
  });
  wardrobe.sheet.replaceSync(stillRules() + rules.join(" "));
  return worn.map((w) => Boolean(w) && w[1].every(([p, v]) => getComputedStyle(w[0]).getPropertyValue(p) === v));
};

// undress leaves the page as it was. Transitions are still off when the values
// change back, so that none starts.
entries.undress = () => {
  const { sheet } = wardrobe;
  if (!sheet) return true;
  sheet.replaceSync(stillRules());
  dom.rect(dom.root(document));
  dom.setSheets(document, dom.sheets(document).filter((s) => s !== sheet));
  wardrobe.sheet = null;
  wardrobe.still.clear();
  return true;
};

// zones are the boxes of elements with all that is in them, null for those that
// are gone; moves tells whether the page may look different in every frame.
entries.zones = ({ paths }) => ({
  moves: dom.all(document, "canvas, video, iframe, object, embed, marquee").length > 0,
  zones: paths.map((path) => {
    const el = elementAt(path);
    if (!el) return null;
    const range = dom.range(document);
    range.selectNode(el);
    const boxes = [dom.rect(el), range.getBoundingClientRect()].filter((b) => b.width > 0 && b.height > 0);
    if (!boxes.length) return null;
    const all = boxes.map((b) => ({ x1: b.left + scrollX, y1: b.top + scrollY, x2: b.right + scrollX, y2: b.bottom + scrollY }));
    return boxOf(all.reduce(join));
  }),
});
