// Controls: what a visitor clicks, types into or chooses from.

const ROLES = new Set(["button", "link", "checkbox", "radio", "switch", "tab", "menuitem", "menuitemcheckbox",
  "menuitemradio", "option", "slider", "spinbutton", "textbox", "searchbox", "combobox", "treeitem"]);

const INPUT_ROLES = { button: "button", submit: "button", reset: "button", image: "button", checkbox: "checkbox",
  radio: "radio", range: "slider", number: "spinbutton", search: "searchbox" };

// controlRole is the ARIA role of rec if it is a control, else "".
function controlRole(rec) {
  const { el, tag } = rec;
  const given = (dom.attr(el, "role") || "").trim().split(/\s+/)[0].toLowerCase();
  if (ROLES.has(given)) return given;
  switch (tag) {
    case "a": return dom.has(el, "href") && !given ? "link" : "";
    case "button": case "summary": return "button";
    case "textarea": return "textbox";
    case "select": return dom.has(el, "multiple") ? "listbox" : "combobox";
    case "input": {
      const type = (dom.attr(el, "type") || "text").toLowerCase();
      return type === "hidden" ? "" : INPUT_ROLES[type] || "textbox";
    }
  }
  const edit = dom.attr(el, "contenteditable");
  return edit !== null && edit !== "false" ? "textbox" : "";
}

// accessibleName is a simple reading of the ARIA rules.
function accessibleName(page, rec) {
  const { el, tag } = rec;
  const byIds = (dom.attr(el, "aria-labelledby") || "").split(/\s+/).filter(Boolean).slice(0, 8)
    .map((id) => dom.byId(document, id)).filter(Boolean).map((e) => dom.text(e)).join(" ");
  const labels = labelsOf(page, el).map((l) => dom.text(l)).join(" ");
  const content = /^(input|select|textarea)$/.test(tag) ? "" : contentName(el);
  const value = /^(submit|button|reset)$/.test(dom.attr(el, "type") || "") ? dom.attr(el, "value") : "";
  for (const s of [byIds, dom.attr(el, "aria-label"), labels, value, content, dom.attr(el, "alt"), dom.attr(el, "title"), dom.attr(el, "placeholder"), dom.attr(el, "name")]) {
    if (s && fold(s)) return fold(s).slice(0, 100);
  }
  return "";
}

// labelsOf lists the labels of a control. All are read at once, because the
// browser walks the whole document for each control's own list.
function labelsOf(page, el) {
  if (!page.labels) {
    page.labels = new Map();
    const inside = page.shadows.flatMap((s) => [...dom.allShadow(s, "label")]);
    for (const label of [...dom.all(document, "label"), ...inside]) {
      const of = label instanceof HTMLLabelElement && dom.control(label);
      if (of) page.labels.set(of, [...(page.labels.get(of) || []), label]);
    }
  }
  return page.labels.get(el) || [];
}

function contentName(el) {
  let out = "", left = 200;
  const walk = (node) => {
    for (let n = dom.first(node); n && left-- > 0; n = dom.next(n)) {
      if (dom.type(n) === TEXT) out += dom.data(n).slice(0, 200);
      else if (dom.type(n) !== ELEMENT || /^(script|style|template)$/.test(dom.localName(n))) continue;
      else if (dom.localName(n) === "img") out += ` ${dom.attr(n, "alt") || ""} `;
      else walk(n);
    }
  };
  walk(el);
  return out;
}

// readControls gives every control rec.role and, once points ran, rec.hit: the
// record that a click at the middle of its largest line box reaches, where that
// may be another.
function readControls(page, points) {
  page.controls = [];
  for (const rec of page.recs) {
    const role = controlRole(rec);
    if (!role) continue;
    rec.role = role;
    rec.spot = largestPiece(page, rec);
    page.controls.push(rec);
    if (!rec.vis || area(rec.spot) < 16) continue;
    const [x, y] = fivePoints(rec.spot)[0];
    if (mayCover(page, rec, x, y)) points.ask(x, y, (x, y) => (rec.hit = hitAt(page, x, y)), rec.fixed);
  }
}

// largestPiece is the largest line box of a control, less what is clipped: a
// link may run over several lines, and the middle of its box may lie between.
function largestPiece(page, rec) {
  let best = null;
  for (const b of dom.rects(rec.el)) {
    const piece = { x1: b.left + page.sx, y1: b.top + page.sy, x2: b.right + page.sx, y2: b.bottom + page.sy };
    if (!best || area(piece) > area(best)) best = piece;
  }
  let box = best || rec;
  for (let c = rec.clip; c; c = c.up) box = meet(box, c);
  const r = rec.fixed ? { x1: 0, y1: 0, x2: page.vw, y2: page.vh } : page.reach;
  box = meet(box, r);
  return { x1: box.x1, y1: box.y1, x2: Math.max(box.x1, box.x2), y2: Math.max(box.y1, box.y2) };
}

function fivePoints(b) {
  const at = (f, g) => [b.x1 + width(b) * f, b.y1 + height(b) * g];
  return [at(0.5, 0.5), at(0.25, 0.25), at(0.75, 0.25), at(0.25, 0.75), at(0.75, 0.75)];
}

// layerOver reports whether a ::before or ::after of rec lies above its contents:
// a click that should reach a control inside then hits rec.
function layerOver(rec) {
  if (rec.layer === undefined) {
    rec.layer = ["::after", "::before"].find((pseudo) => {
      const cs = getComputedStyle(rec.el, pseudo);
      return cs.content !== "none" && cs.display !== "none" && /absolute|fixed/.test(cs.position) && cs.pointerEvents !== "none";
    }) || "";
  }
  return rec.layer;
}

// reaches reports whether a click that hits rec `hit` works the control.
function reaches(page, control, hit) {
  if (!hit) return true; // not asked: no evidence that it is covered
  if (within(hit, control)) return true;
  if (within(control, hit)) return !layerOver(hit);
  for (const l of labelsOf(page, control.el)) if (dom.contains(l, hit.el)) return true;
  const link = (r) => r.tag === "a" ? dom.attr(r.el, "href") : null;
  for (let r = hit; r; r = r.parent) {
    if (link(r) !== null && link(r) === link(control)) return true;
  }
  return false;
}
