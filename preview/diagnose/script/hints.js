// Hints: which properties a rule of some style sheet may set on an element. One
// too many costs time, one too few hides a cause: what can't be told is taken for
// yes.

const slotOf = getter(Element.prototype, "assignedSlot");

// hints lists, for each path, the indexes of the properties that a rule which
// matches the element declares; null where there is no element.
function hints({ paths, properties }) {
  const parts = properties.map(longhands), wanted = new Set(parts.flat());
  const subjects = paths.map(elementAt).map((el) => el && { el, styles: new Map(), elsewhere: Boolean(dom.shadow(el) || slotOf(el)) });
  const there = subjects.filter(Boolean);
  for (const s of there) {
    const style = ownStyle(s.el), names = style ? declares(style, wanted) : [];
    if (names.length) s.styles.set(style, names);
  }
  const all = everySheet(dom.styleSheets(document), (selector, style) => {
    const names = declares(style, wanted);
    if (names.length) for (const s of there) if (mayMatch(s.el, selector)) s.styles.set(style, names);
  });
  return subjects.map((s) => s && properties.flatMap((p, i) => (!all || s.elsewhere || maySet(s, p, parts[i]) ? [i] : [])));
}

// longhands are the properties that a declaration of p sets.
function longhands(p) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("a{}");
  const { style } = sheet.cssRules[0];
  style.setProperty(p, "inherit");
  return style.length ? [...style] : [p];
}

const declares = (style, wanted) => {
  const out = [];
  for (let i = 0; i < style.length; i++) if (wanted.has(style[i])) out.push(style[i]);
  return out;
};

function ownStyle(el) {
  for (const of of [HTMLElement, SVGElement, MathMLElement]) {
    if (el instanceof of) return Object.getOwnPropertyDescriptor(of.prototype, "style").get.call(el);
  }
  return null;
}

// everySheet visits the style rules of sheets whose conditions may hold; false
// means that some may not be read.
function everySheet(sheets, visit) {
  for (const sheet of sheets) {
    if (sheet.disabled || (sheet.media.length && !matchMedia(sheet.media.mediaText).matches)) continue;
    let rules;
    try {
      rules = sheet.cssRules;
    } catch {
      return false;
    }
    if (!everyRule(rules, null, visit)) return false;
  }
  return true;
}

// everyRule visits rules that stand inside a rule with the selector outer: null
// for none, "*" where it can't be told what "&" stands for.
function everyRule(rules, outer, visit) {
  for (const rule of rules) {
    let inner = outer;
    if (rule instanceof CSSStyleRule) {
      inner = outer === null ? rule.selectorText : nested(rule.selectorText, outer);
      visit(inner, rule.style);
    } else if (rule instanceof CSSNestedDeclarations) {
      visit(outer, rule.style);
    } else if (rule instanceof CSSImportRule) {
      if (rule.styleSheet && !everySheet([rule.styleSheet], visit)) return false;
    } else if (rule instanceof CSSMediaRule) {
      if (!matchMedia(rule.media.mediaText).matches) continue;
    } else if (rule instanceof CSSSupportsRule) {
      if (!CSS.supports(rule.conditionText)) continue;
    } else if (rule instanceof CSSScopeRule) {
      inner = "*";
    }
    if (rule instanceof CSSGroupingRule || rule instanceof CSSStyleRule) if (!everyRule(rule.cssRules, inner, visit)) return false;
  }
  return true;
}

// nested is the selector of a rule inside another.
function nested(selector, outer) {
  if (outer === "*" || /["'\\]|::/.test(selector + outer)) return "*";
  return selector.includes("&") ? selector.replaceAll("&", `:is(${outer})`) : "*";
}

function mayMatch(el, selector) {
  try {
    return selector === "*" || dom.matches(el, selector);
  } catch {
    return true; // a selector with a namespace
  }
}

// maySet reports whether a style declares p with a value that can do harm, as far
// as that shows: a shorthand with a variable has no value.
function maySet(s, p, parts) {
  for (const [style, names] of s.styles) {
    if (names.some((n) => parts.includes(n)) && mayHarm(p, style.getPropertyValue(p))) return true;
  }
  return false;
}

function mayHarm(p, value) {
  if (value === "") return true;
  switch (p) {
    case "display": return value.includes("flex");
    case "white-space": return value.includes("nowrap") || value === "pre";
    case "overflow": case "overflow-x": case "overflow-y": return /hidden|clip/.test(value);
    case "position": return value !== "static";
  }
  if (p.startsWith("margin")) return !/^(0px ?)+$|^auto$/.test(value);
  return value !== "auto" && value !== "none" && value !== "100%";
}

// layeredImportant lists the selectors of the rules in cascade layers that have
// something !important: it beats all that is not in a layer.
function layeredImportant() {
  const found = [];
  let left = 50000;
  const look = (rules, layered, outer) => {
    for (const rule of rules) {
      if (left-- <= 0) return;
      const inside = layered || rule instanceof CSSLayerBlockRule;
      let inner = outer;
      if (rule instanceof CSSStyleRule) {
        inner = outer === null ? rule.selectorText : nested(rule.selectorText, outer);
        if (inside && hasImportant(rule.style)) found.push(inner);
      } else if (rule instanceof CSSNestedDeclarations) {
        if (inside && hasImportant(rule.style)) found.push(outer);
      } else if (rule instanceof CSSImportRule) {
        readable(rule.styleSheet, (r) => look(r, layered || rule.layerName !== null, null));
      } else if (rule instanceof CSSScopeRule) {
        inner = "*";
      }
      if (rule instanceof CSSGroupingRule || rule instanceof CSSStyleRule) look(rule.cssRules, inside, inner);
    }
  };
  for (const sheet of dom.styleSheets(document)) readable(sheet, (r) => look(r, false, null));
  return found;
}

function readable(sheet, use) {
  let rules;
  try {
    rules = sheet ? sheet.cssRules : [];
  } catch {
    return; // a sheet of another origin keeps its rules to itself
  }
  use(rules);
}

const hasImportant = (style) => {
  for (let i = 0; i < style.length; i++) if (style.getPropertyPriority(style[i])) return true;
  return false;
};
