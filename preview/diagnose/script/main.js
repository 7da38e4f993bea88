// The entries that Go calls.

const entries = {
  // read measures the page, runs the checks and takes the inventory.
  read({ limits, rules, ignored }) {
    return keepScroll(() => {
      const { page, points } = survey(limits, rules, ignored);
      askCovered(page, points);
      points.run();
      askAgain(page, points);
      points.run();
      const findings = rules.flatMap((rule) => runCheck(page, rule));
      return { findings, inventory: inventory(page), elements: page.recs.length, truncated: page.truncated, cut: [...page.cut] };
    });
  },

  // glance remembers how the page looks before the last moment.
  glance({ limits }) {
    glanceAt(limits);
    return true;
  },

  // unseen tells which elements can't be seen.
  unseen: ({ paths }) => paths.map(elementAt).map((el) => Boolean(el) && !seenThrough(el)),
  // skim is a reading without the inventory, for one of many widths, with how
  // far the containers are beyond the widths that queries ask of them.
  skim({ limits, rules, ignored, containers }) {
    return keepScroll(() => {
      const { page, points } = survey(limits, rules, ignored);
      points.run();
      return { findings: rules.flatMap((rule) => runCheck(page, rule)), states: containerStates(page, containers) };
    });
  },

  breakpoints: ({ limits }) => breakpoints(limits),

  // subjects describes elements: computed values for the properties asked for.
  subjects({ paths, properties }) {
    return paths.map((path) => {
      const el = elementAt(path);
      if (!el) return null;
      const cs = getComputedStyle(el), b = dom.rect(el), computed = {};
      for (const p of properties) computed[p] = cs.getPropertyValue(p);
      return { tag: dom.localName(el).toLowerCase(), selector: shortSelector(el), computed, box: boxOf({ x1: b.left + scrollX, y1: b.top + scrollY, x2: b.right + scrollX, y2: b.bottom + scrollY }) };
    });
  },

  element: ({ path }) => elementAt(path),

  hints,

  // referrer is the path of the first element that asks for one of the addresses,
  // or "".
  referrer({ urls }) {
    const wanted = new Set(urls);
    for (const el of dom.all(document, "[src], [href], [data], [poster]")) {
      for (const name of ["src", "href", "data", "poster"]) {
        const value = dom.attr(el, name);
        if (value && URL.canParse(value, document.baseURI) && wanted.has(new URL(value, document.baseURI).href)) return pathOf(el);
      }
    }
    return "";
  },

  // loader is the path of the element that loads a sheet, itself or through others,
  // or "".
  loader({ address }) {
    const loads = (sheet, left) => {
      if (sheet.href === address) return true;
      try {
        return left > 0 && [...sheet.cssRules].some((r) => r instanceof CSSImportRule && r.styleSheet && loads(r.styleSheet, left - 1));
      } catch {
        return false; // a sheet of another origin keeps its rules to itself
      }
    };
    const sheet = [...dom.styleSheets(document)].find((s) => s.ownerNode && loads(s, 10));
    return sheet ? pathOf(sheet.ownerNode) : "";
  },

  // prove measures each defect once as it is and once with each override set, in
  // a style sheet of our own, and takes the sheet away again. Transitions are off
  // before a value changes and still off after it changed back, so that none
  // starts.
  prove: ({ limits, cases, proven }) => withSheet((set) => cases.map((c) => keepScroll(() => proveCase(c, limits, proven, set)))),
};

// survey measures the page from its top and asks what the checks need to know of
// its points.
function survey(limits, rules, ignored) {
  if (scrollX || scrollY) scrollTo({ left: 0, top: 0, behavior: "instant" });
  const page = measurePage(limits), points = new Points(page);
  page.ignored = readIgnored(ignored);
  readText(page);
  // What a defect hangs on is asked first, lest the budget runs out.
  for (const rule of rules) if (checks[rule].ask) checks[rule].ask(page, points);
  readControls(page, points);
  return { page, points };
}

// proveCase tries the overrides of one defect. Once one takes the defect away
// there is no need to go on.
function proveCase({ rule, elements, others, detail, tries }, limits, proven, set) {
  set(null);
  const page = rule === "covered-control" ? measurePage(limits) : pageFrame(limits);
  const els = elements.map(elementAt).filter(Boolean);
  const more = others.map((o) => ({ role: o.role, el: elementAt(o.xpath) })).filter((o) => o.el);
  const probe = () => checks[rule].probe(page, els, more, detail);
  if (els.length < elements.length) return null;
  const base = probe(), after = [];
  for (const t of tries) {
    after.push(set(t) ? probe() : -1);
    if (after.at(-1) >= 0 && base - after.at(-1) >= proven * base) break;
  }
  return { base, after };
}

const still = "*,*::before,*::after{transition:none!important}";

// withSheet gives work a function that sets one override, or none. What is still
// has a sheet of its own, so that a change concerns one element, not all.
function withSheet(work) {
  const before = [...dom.sheets(document)], calm = new CSSStyleSheet(), own = new CSSStyleSheet();
  const put = (sheets) => dom.setSheets(document, sheets);
  let text = "", release = () => {}, layered = null;
  const write = (to) => {
    release();
    release = () => {};
    if (to !== text) own.replaceSync((text = to));
  };
  try {
    calm.replaceSync(still);
    put([...before, calm, own]);
    return work((override) => {
      const el = override && elementAt(override.xpath), selector = el && exactSelector(el);
      if (!selector) return write(""), false;
      layered ||= layeredImportant();
      if (layered.some((s) => mayMatch(el, s))) return write(""), (release = holdStyle(el, override.overrides)), true;
      write(`${selector}{${Object.entries(override.overrides).map(([p, v]) => `${p}:${v}!important`).join(";")}}`);
      return true;
    });
  } finally {
    write("");
    dom.rect(dom.root(document));
    put(before);
  }
}

// holdStyle sets properties in the style attribute, the only place that beats what
// is important in a layer, and gives what takes them back. The page may notice.
function holdStyle(el, properties) {
  const was = dom.attr(el, "style"), style = ownStyle(el);
  for (const [p, v] of Object.entries(properties)) if (style) style.setProperty(p, v, "important");
  return () => (was === null ? dom.dropAttr(el, "style") : dom.setAttr(el, "style", was));
}

// runCheck gathers a check's findings, those of one group in one; those that are
// ignored by themselves.
function runCheck(page, rule) {
  const reported = new Map(), silent = new Map();
  checks[rule].run(page, (f) => {
    const ignored = ignoredBy(page, rule, f), groups = ignored ? silent : reported;
    const key = f.group || pathOf(f.elements[0][0].el), first = groups.get(key);
    if (first) combine(first, f);
    else if (groups.size < page.limits.maxFindings) groups.set(key, { ...f, group: key, ignored });
  });
  return [...reported.values(), ...silent.values()].map((f) => writeFinding(page, rule, f));
}

// combine adds a like finding: the worst numbers count, and how many there are.
function combine(first, f) {
  first.elements.push(...f.elements);
  for (const [k, v] of Object.entries(f.measure)) {
    const was = first.measure[k];
    first.measure[k] = k === "count" ? was + v : k === "ratio" ? Math.min(was, v) : Math.max(was, v);
  }
}

function writeFinding(page, rule, f) {
  const measure = {};
  for (const [k, v] of Object.entries(f.measure)) measure[k] = round(v);
  const elements = f.elements.slice(0, page.limits.maxElementsEach).map(([rec, box]) => named(rec, box));
  const seen = new Set(elements.map((e) => e.xpath)), others = [];
  for (const [role, rec] of f.others) {
    const xpath = pathOf(rec.el);
    if (!seen.has(xpath)) others.push({ role, xpath });
    seen.add(xpath);
  }
  return { rule, group: f.group, elements, others, measure, words: f.words || {}, ignored: f.ignored };
}
