// Trials: controls are used in a copy of the page, one after the other, and what
// changes is compared. Go makes the inputs; this chooses what to try, says where
// to click, and tells whether anything happened.

const trials = { targets: [], seen: 0, noise: new WeakSet(), noisy: false, learning: false, state: "", layout: "", observer: null };

// The kinds of targets. A "button" must do something by itself; "native" and
// "submit" the browser serves, "link" leads somewhere, "placeholder" is a link
// that leads nowhere unless a script makes something of it; "field" takes text;
// "custom" can be focused but is no native control, "mouse" can only be clicked.
function kindOf(rec) {
  const { el, tag } = rec, type = (dom.attr(el, "type") || "").toLowerCase();
  if (tag === "a" && dom.has(el, "href")) return leadsNowhere(el) ? "placeholder" : "link";
  if (tag === "textarea") return "field";
  if (tag === "select" || tag === "summary") return "native";
  if (tag === "input") {
    if (type === "button") return "button";
    if (/^(submit|image|reset)$/.test(type)) return formOf(el) ? "submit" : "button";
    return /^(|text|search|email|url|tel|password|number)$/.test(type) ? "field" : "native";
  }
  if (tag === "button") {
    if (["popovertarget", "commandfor", "command", "form"].some((a) => dom.has(el, a))) return "submit";
    return formOf(el) && type !== "button" ? "submit" : "button";
  }
  const edit = dom.attr(el, "contenteditable");
  if (edit !== null && edit !== "false") return "field";
  if (managed(el)) return "button";
  if (rec.role) return dom.has(el, "tabindex") ? "custom" : "mouse";
  return dom.has(el, "tabindex") ? "custom" : "mouse";
}

const formOwner = { button: getter(HTMLButtonElement.prototype, "form"), input: getter(HTMLInputElement.prototype, "form") };
const formOf = (el) => (el instanceof HTMLButtonElement ? formOwner.button(el) : el instanceof HTMLInputElement ? formOwner.input(el) : null);

// managed: items of a widget that moves its own focus among them.
const managed = (el) => Boolean(dom.closest(el, "[role=listbox], [role=menu], [role=menubar], [role=tree], [role=grid], [role=radiogroup], [role=tablist], [aria-activedescendant]"));

// leadsNowhere: "#" alone, an empty address, a script that does nothing, or a
// place on the page that is not there. "#" and "#top" on a link back to the top
// are what they say.
function leadsNowhere(el) {
  const href = (dom.attr(el, "href") || "").trim(), name = fold(dom.text(el)) + (dom.attr(el, "aria-label") || "") + (dom.attr(el, "title") || "");
  if (dom.has(el, "download") || /^#top$/i.test(href)) return false;
  if (href === "#") return !/\btop\b|\bup\b|[↑⇑⬆▲⌃˄]/i.test(name);
  if (/^javascript:\s*(void\s*\(?\s*0\s*\)?)?\s*;?$/i.test(href) || href === "" || href === "#!") return true;
  if (!href.startsWith("#") || href.startsWith("#:~:")) return false;
  let id = href.slice(1);
  try {
    id = decodeURIComponent(id);
  } catch {
    // a broken escape is taken as it stands
  }
  return !dom.byId(document, id) && !dom.byId(document, href.slice(1)) && !dom.all(document, `a[name="${CSS.escape(id)}"]`).length;
}

// clickable: what is no control but looks as if it could be clicked, and neither
// lies in a control nor holds one.
function clickable(page, rec) {
  const { el, tag } = rec;
  if (LEAF.has(tag) && tag !== "img" || tag === "label" || tag === "html" || tag === "body") return false;
  if (area(rec) > page.vw * page.vh * 0.5) return false;
  const own = rec.cs.cursor === "pointer" && (!rec.parent || rec.parent.cs.cursor !== "pointer");
  if (!own && !dom.has(el, "onclick")) return false;
  const control = "a[href], button, input, select, textarea, summary, label, [tabindex], [role=button], [role=link], [contenteditable]";
  const up = dom.parent(el);
  if (up && dom.type(up) === ELEMENT && dom.closest(up, control)) return false;
  return !holdsAny(rec, (r) => r.role || dom.matches(r.el, control)) && !managed(el);
}

function holdsAny(rec, test) {
  const todo = [...rec.kids];
  for (let n = 0; todo.length && n < 300; n++) {
    const r = todo.pop();
    if (test(r)) return true;
    todo.push(...r.kids);
  }
  return false;
}

const TRIAL_ORDER = ["button", "placeholder", "custom", "mouse", "field", "submit", "native", "link"];

// The browser's own pickers open windows that can't be looked into.
const PICKER = /^(file|color|date|time|month|week|datetime-local|range)$/i;

// lookOf is signatureOf without the classes that say what state a thing is in.
function lookOf(rec) {
  const names = [...dom.classes(rec.el)].filter((c) => !/^(is-|has-)?(active|selected|current|open|opened|on|checked)$/.test(c)).sort();
  if (names.length) return [rec.tag, ...names].join(".");
  const id = dom.attr(rec.el, "id");
  return id || !rec.parent ? `${rec.tag}#${id || ""}` : `${signatureOf(rec.parent)}>${rec.tag}`;
}

function chooseTargets(page, points) {
  readControls(page, points);
  points.run();
  const list = [];
  for (const rec of page.recs) {
    const control = Boolean(rec.role);
    if (!control && !clickable(page, rec)) continue;
    if (!reachableBox(page, rec) || rec.disabled || rec.ariaHidden || rec.moving || area(rec) < 16 || rec.cs.pointerEvents === "none") continue;
    if (control && rec.hit && !reaches(page, rec, rec.hit)) continue;
    if (rec.tag === "input" && PICKER.test(dom.attr(rec.el, "type") || "")) continue;
    if (dom.has(rec.el, "readonly") || dom.attr(rec.el, "aria-busy") === "true") continue;
    const kind = kindOf(rec);
    if (kind && !(kind === "field" && isFull(rec.el))) list.push({ rec, kind, key: lookOf(rec) });
  }
  return list.sort((a, b) => TRIAL_ORDER.indexOf(a.kind) - TRIAL_ORDER.indexOf(b.kind) || a.rec.order - b.rec.order);
}

// Links and native controls work unless a script fails: a few of each sort tell.
const ENOUGH = { link: 2, native: 2, submit: 4 };

Object.assign(entries, {
  // targets lists what is to be tried, and begins to watch the document.
  targets({ limits }) {
    return keepScroll(() => {
      scrollTo({ left: 0, top: 0, behavior: "instant" });
      const page = measurePage(limits), counts = new Map();
      trials.targets = chooseTargets(page, new Points(page)).filter((t) => {
        const key = t.kind + t.key, n = (counts.get(key) || 0) + 1;
        counts.set(key, n);
        return n <= (ENOUGH[t.kind] || Infinity);
      });
      watchDocument(page);
      return trials.targets.map(({ rec, kind, key }) => ({
        ...named(rec), kind, key, role: rec.role || "", name: accessibleName(page, rec) || fold(dom.text(rec.el)).slice(0, 100), depth: rec.depth,
        chosen: dom.matches(rec.el, "[aria-selected=true], [aria-pressed=true], [aria-current], [aria-checked=true], [aria-expanded=true], .active, .selected, .current, .is-active"),
        typed: typedText(rec.el), tag: rec.tag, href: dom.attr(rec.el, "href") || "",
      }));
    });
  },

  // learn tells whether page time alone changes the document, and where.
  learn({ on }) {
    takeRecords();
    trials.learning = on;
    return trials.noisy;
  },

  // aim brings a target into view and notes the state of the page. Where a click
  // would reach something else, covered says so.
  aim({ index, focus, layout }) {
    const { rec } = trials.targets[index], { el } = rec;
    if (!connected(el) || !dom.rendered(el, { visibilityProperty: true })) return { gone: true };
    const before = scrollPositions();
    dom.intoView(el, { block: "center", inline: "center", behavior: "instant" });
    const spot = [...dom.rects(el)].reduce((a, b) => (a && a.width * a.height >= b.width * b.height ? a : b), null);
    if (!spot || spot.width * spot.height < 1) return { gone: true };
    const x = Math.min(Math.max(spot.left + spot.width / 2, 0), innerWidth - 1), y = Math.min(Math.max(spot.top + spot.height / 2, 0), innerHeight - 1);
    if (focus) HTMLElement.prototype.focus.call(el);
    if (focus && deepActive() !== el) return { gone: true };
    const hit = deepAt(x, y);
    trials.state = stateOf();
    trials.active = deepActive();
    if (layout) trials.layout = layoutOf(el);
    takeRecords();
    trials.seen = 0;
    return { x, y, covered: !hit || !sameControl(hit, el), scrolled: before !== scrollPositions() };
  },

  // outcome tells what has changed since aim: nodes of the document, other state,
  // where other things are, and the target's own value.
  outcome({ index, layout }) {
    const { el } = trials.targets[index].rec;
    takeRecords();
    return { mutations: trials.seen, changed: stateOf() !== trials.state || refocused(el), moved: Boolean(layout) && layoutOf(el) !== trials.layout };
  },

  // target is the element of a target, for Copy.Listeners.
  target: ({ index }) => trials.targets[index].rec.el,
});

function typedText(el) {
  if (!(el instanceof HTMLInputElement)) return "a1";
  const type = (dom.attr(el, "type") || "").toLowerCase();
  return type === "number" || type === "tel" ? "1" : "a1";
}

const fieldValue = [HTMLInputElement, HTMLTextAreaElement, HTMLSelectElement].map((type) => [type, getter(type.prototype, "value")]);
const activeIn = { document: getter(Document.prototype, "activeElement"), shadow: getter(ShadowRoot.prototype, "activeElement") };
const sheetList = getter(Document.prototype, "styleSheets"), connected = getter(Node.prototype, "isConnected");
const isChecked = getter(HTMLInputElement.prototype, "checked");

// isFull: no more text fits into a field.
const isFull = (el) => dom.has(el, "maxlength") && String(heldBy(el)).length >= +dom.attr(el, "maxlength");

// heldBy is what a field holds, or null.
function heldBy(el) {
  for (const [type, read] of fieldValue) if (el instanceof type) return read(el);
  return dom.has(el, "contenteditable") ? dom.text(el) : null;
}

function watchDocument(page) {
  trials.observer = new MutationObserver(countRecords);
  const all = { subtree: true, childList: true, attributes: true, characterData: true };
  for (const root of [document, ...page.shadows]) trials.observer.observe(root, all);
  trials.scrollers = page.recs.filter((r) => r.inner && r.inner.rec === r && (r.inner.softX || r.inner.softY)).slice(0, 50).map((r) => r.el);
}

function takeRecords() {
  countRecords(trials.observer.takeRecords());
}

function countRecords(records) {
  for (const { target } of records) {
    if (trials.learning) {
      trials.noise.add(target);
      trials.noisy = true;
    } else if (!trials.noise.has(target)) trials.seen++;
  }
}

function scrollPositions() {
  return [scrollX, scrollY, ...trials.scrollers.flatMap((el) => [dom.scrollLeft(el), dom.scrollTop(el)])].map(Math.round).join();
}

// stateOf is what a visitor may notice and no record of a mutation tells.
function stateOf() {
  const fields = [...dom.all(document, "input, textarea, select")].slice(0, 300)
    .map((f) => (f instanceof HTMLInputElement && isChecked(f)) + String(heldBy(f)).slice(0, 200)).join("\n");
  const sheets = [...sheetList(document)].slice(0, 100).map((s) => s.disabled).join();
  return [fields, sheets, dom.sheets(document).length, location.href, scrollPositions(),
    dom.all(document, ":popover-open, :modal, :fullscreen").length].join("\n");
}

// layoutOf is where everything is and what can be seen, but for what is in or
// around the target itself.
function layoutOf(el) {
  const out = [];
  for (const other of [...dom.all(document, "*")].slice(0, 4000)) {
    if (dom.contains(el, other)) continue;
    const cs = getComputedStyle(other);
    if (cs.display === "none") continue;
    const b = dom.rect(other), inside = dom.contains(other, el);
    out.push(inside ? "" : Math.round(b.x + scrollX), inside ? "" : Math.round(b.y + scrollY), inside ? "" : Math.round(b.width), cs.visibility[0], Math.round(cs.opacity * 10));
  }
  return out.join();
}

// refocused: the focus went elsewhere than to what was clicked.
function refocused(el) {
  const active = deepActive();
  return Boolean(active) && active !== trials.active && !dom.contains(el, active) && !dom.contains(active, el);
}

function deepActive() {
  let el = activeIn.document(document);
  for (let s = el && dom.shadow(el); s && activeIn.shadow(s); s = dom.shadow(el)) el = activeIn.shadow(s);
  return el;
}

function deepAt(x, y) {
  let el = dom.at(document, x, y);
  for (let s = el && dom.shadow(el); s; s = dom.shadow(el)) {
    const inner = dom.atShadow(s, x, y);
    if (!inner || inner === el) break;
    el = inner;
  }
  return el;
}

// sameControl: a click on hit works el, being inside it, around it or its label.
function sameControl(hit, el) {
  for (let n = hit; n; n = composedParent(n)) if (n === el) return true;
  for (let n = el; n; n = composedParent(n)) if (n === hit) return true;
  const label = dom.type(hit) === ELEMENT && dom.closest(hit, "label");
  return Boolean(label) && dom.control(label) === el;
}

// The studies find these.
checks["dead-control"] = { run() {} };
checks["keyboard-dead"] = { run() {} };
