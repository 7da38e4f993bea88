// Names for elements: an XPath that is exact, a selector that people can read,
// and a selector that is exact for a style sheet.

const paths = new Map(), counted = new Map();

// forget drops what held for the document as it was.
function forget() {
  paths.clear();
  counted.clear();
}

// pathOf names el by lower-case tags and 1-based indexes among siblings of the
// same tag; what is in a shadow tree is named by its host. All children of a
// parent are named at once, so that long lists stay linear.
function pathOf(el) {
  if (paths.has(el)) return paths.get(el);
  const up = dom.parent(el);
  if (up && dom.type(up) === FRAGMENT) {
    return up instanceof ShadowRoot ? pathOf(up.host) : "";
  }
  const base = up && dom.type(up) === ELEMENT ? pathOf(up) : "";
  const counts = new Map();
  for (let n = up ? dom.first(up) : el; n; n = dom.next(n)) {
    if (dom.type(n) !== ELEMENT) continue;
    const tag = dom.localName(n).toLowerCase(), i = (counts.get(tag) || 0) + 1;
    counts.set(tag, i);
    paths.set(n, `${base}/${tag}[${i}]`);
  }
  return paths.get(el) || "";
}

// elementAt finds the element of a path of pathOf, or null.
function elementAt(path) {
  let at = document;
  for (const step of path.split("/").slice(1)) {
    const m = /^(.+)\[(\d{1,6})\]$/.exec(step);
    if (!m) return null;
    let left = +m[2], found = null;
    for (let n = dom.first(at); n && !found; n = dom.next(n)) {
      if (dom.type(n) === ELEMENT && dom.localName(n).toLowerCase() === m[1] && --left === 0) found = n;
    }
    if (!found) return null;
    at = found;
  }
  return at === document ? null : at;
}

function unique(selector) {
  if (!counted.has(selector)) counted.set(selector, dom.all(document, selector).length === 1);
  return counted.get(selector);
}

// shortSelector is what a person would write: an id, a class, a tag that occurs
// once, else a step below such a one.
function shortSelector(el, depth = 0) {
  const up = dom.parent(el);
  if (up && dom.type(up) === FRAGMENT) return up.host ? shortSelector(up.host, depth) : "";
  const tag = CSS.escape(dom.localName(el)), id = dom.attr(el, "id");
  if (id && id.length < 40 && unique("#" + CSS.escape(id))) return "#" + CSS.escape(id);
  const names = [...dom.classes(el)].filter((c) => c.length < 40).slice(0, 4).map((c) => "." + CSS.escape(c));
  for (const s of [...names, ...names.map((c) => tag + c), names.join(""), tag]) if (s && unique(s)) return s;
  let own = names[0] || tag;
  const [same, nth] = amongSiblings(el, own);
  if (same > 1) own += `:nth-child(${nth})`;
  if (!up || dom.type(up) !== ELEMENT || depth > 3) return own;
  return `${shortSelector(up, depth + 1)} > ${own}`;
}

// amongSiblings counts the siblings that match selector, and el's place among
// all siblings.
function amongSiblings(el, selector) {
  let same = 0, nth = 0, i = 0;
  const up = dom.parent(el);
  for (let n = up ? dom.first(up) : el; n; n = dom.next(n)) {
    if (dom.type(n) !== ELEMENT) continue;
    i++;
    if (n === el) nth = i;
    if (dom.matches(n, selector)) same++;
  }
  return [same, nth];
}

// exactSelector matches el and nothing else; "" for what is in a shadow tree.
function exactSelector(el) {
  let out = "";
  for (let at = el; ; at = dom.parent(at)) {
    const up = dom.parent(at);
    if (!up || dom.type(up) === FRAGMENT) return "";
    if (up === document) return ":root" + out;
    out = `>:nth-child(${amongSiblings(at, "*")[1]})` + out;
  }
}

// signatureOf is the same for elements that a style sheet treats alike: the tag
// and its classes, else what holds it. Faults of such elements are one fault.
function signatureOf(rec) {
  const names = [...dom.classes(rec.el)].sort();
  if (names.length) return [rec.tag, ...names].join(".");
  const id = dom.attr(rec.el, "id");
  if (id || !rec.parent) return `${rec.tag}#${id || ""}`;
  return `${signatureOf(rec.parent)}>${rec.tag}`;
}

// named is how an element is written out.
function named(rec, box) {
  return { xpath: pathOf(rec.el), selector: shortSelector(rec.el), box: boxOf(box || rec) };
}
