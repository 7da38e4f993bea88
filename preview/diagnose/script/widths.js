// Where the layout may change with the width of the viewport: what the search
// of widths needs of the style sheets, and of the containers that they ask.

// A length of a query. What is compared is between 1 px and a wide screen.
const LENGTH = "(calc\\([^()]*\\)|[\\d.]+(?:px|em|rem|pt|in|cm|mm|pc|Q)?)";
const SIDE = "(?<![\\w-])(?:width|inline-size)";
const QUERY_FORMS = [
  [new RegExp(`\\b(min|max)-(?:width|inline-size)\\s*:\\s*${LENGTH}`, "g"), (m) => [m[1] === "min" ? ">=" : "<=", m[2]]],
  [new RegExp(`${SIDE}\\s*(<=|>=|<|>|=|:)\\s*${LENGTH}`, "g"), (m) => [m[1], m[2]]],
  [new RegExp(`${LENGTH}\\s*(<=|>=|<|>)\\s*(?:width|inline-size)`, "g"), (m) => [FLIPPED[m[2]], m[1]]],
];
const FLIPPED = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" };

// What scripts ask: matchMedia("(min-width: 600px)"), innerWidth < 600.
const SCRIPT_FORM = /\b(?:innerWidth|clientWidth|offsetWidth)\s*(<=|>=|<|>)\s*(\d{3,4})\b/g;

// edgesIn are the comparisons of a width in a condition: how, and with how many
// px. An em is that of the element whose query it is, in @media the browser's.
function edgesIn(condition, em, rem) {
  const out = [];
  for (const [form, read] of QUERY_FORMS) {
    for (const m of condition.matchAll(form)) {
      const [how, length] = read(m), at = pixelsOf(length, em, rem);
      if (at > 0 && at < 1e5) out.push([how, at]);
    }
  }
  return out;
}

function pixelsOf(length, em, rem) {
  const text = length.replace(/([\d.]+)(r?em)\b/g, (_, n, unit) => n * (unit === "em" ? em : rem) + "px");
  try {
    return CSSNumericValue.parse(text).to("px").value;
  } catch {
    return 0; // no length, or one that depends on more than we know
  }
}

// lastBefore is the last whole px at which a comparison still has its answer for
// narrow screens.
const lastBefore = (how, at) => (how === ">=" || how === "<" ? Math.ceil(at) - 1 : Math.floor(at));

// queriesOf gathers the conditions of all style sheets: what @media and what
// @container say.
function queriesOf(limits) {
  const media = new Set(), containers = new Map();
  let left = limits.maxRules;
  const walk = (rules) => {
    for (const rule of rules) {
      if (left-- <= 0) return;
      if (rule instanceof CSSMediaRule) media.add(rule.conditionText);
      if (rule instanceof CSSContainerRule) containers.set(rule.conditionText, [rule.containerName, rule.containerQuery]);
      if (rule instanceof CSSImportRule) addSheet(rule.styleSheet);
      else if (rule.cssRules) walk(rule.cssRules);
    }
  };
  const addSheet = (sheet) => {
    if (!sheet || sheet.disabled) return;
    media.add(sheet.media.mediaText);
    try {
      walk(sheet.cssRules);
    } catch {
      // A sheet of another origin shows none of its rules.
    }
  };
  const roots = [document];
  for (const el of dom.all(document, "*")) {
    const shadow = dom.shadow(el);
    if (shadow && roots.length < limits.maxShadows) roots.push(shadow);
  }
  for (const root of roots) {
    const own = root === document ? [dom.styleSheets(root), dom.sheets(root)] : [dom.shadowStyleSheets(root), dom.shadowSheets(root)];
    for (const sheet of own.flatMap((list) => [...list])) addSheet(sheet);
  }
  for (const el of dom.all(document, "source[media]")) media.add(dom.attr(el, "media"));
  return { media, containers };
}

// breakpoints are the widths of the viewport after which a query or a script
// may answer differently, with how often each is asked; scripted tells whether
// scripts run at all.
function breakpoints(limits) {
  const counts = new Map();
  const add = (last) => counts.set(last, (counts.get(last) || 0) + 1);
  const addAll = (edges) => {
    for (const [how, at] of edges) {
      add(lastBefore(how, at));
      if (how === "=" || how === ":") add(Math.ceil(at) - 1);
    }
  };
  const { media, containers } = queriesOf(limits);
  for (const condition of media) addAll(edgesIn(condition, 16, 16));
  const scripts = dom.all(document, "script");
  for (const script of scripts) {
    const text = dom.text(script).slice(0, limits.maxScript);
    addAll(edgesIn((text.match(/\([^()]*width[^()]*\)/g) || []).join(" "), 16, 16));
    addAll([...text.matchAll(SCRIPT_FORM)].map((m) => [m[1], +m[2]]));
  }
  const asked = [...containers.values()].filter(([, query]) => query && edgesIn(query, 16, 16).length);
  return { breakpoints: [...counts].map(([last, count]) => ({ last, count })), containers: asked, scripted: scripts.length > 0 };
}

// containerStates tells by how many px each container is beyond each width that
// is asked of it. Of containers that a style sheet treats alike one is enough.
function containerStates(page, asked) {
  const states = {}, seen = new Set();
  const rem = px(getComputedStyle(page.root).fontSize);
  for (const rec of page.recs) {
    const { cs } = rec;
    if (cs.containerType === "normal" || rec.noBox || seen.size >= page.limits.maxContainers) continue;
    const signature = signatureOf(rec);
    if (seen.has(signature)) continue;
    seen.add(signature);
    const names = cs.containerName.split(" "), size = contentWidth(rec);
    for (const [name, query] of asked) {
      if (name && !names.includes(name)) continue;
      for (const [how, at] of edgesIn(query, px(cs.fontSize), rem)) {
        const beyond = size - at;
        states[`${signature} ${how} ${at}`] = how === "<=" || how === ">" ? (beyond > 0 ? beyond : Math.min(beyond, -1e-3)) : beyond;
      }
    }
  }
  return states;
}

function contentWidth({ cs }) {
  const own = px(cs.width);
  if (cs.boxSizing !== "border-box") return own;
  return own - px(cs.paddingLeft) - px(cs.paddingRight) - px(cs.borderLeftWidth) - px(cs.borderRightWidth);
}
