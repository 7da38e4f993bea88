// missing-label: a control that can be seen has no name for those who can't see
// it.

checks["missing-label"] = {
  run(page, report) {
    for (const rec of page.controls) {
      const kind = namelessControl(page, rec);
      if (!kind) continue;
      const hint = kind === "hint" ? fold(dom.attr(rec.el, "placeholder") || "") : "";
      report({
        group: kind, elements: [[rec]], others: [],
        measure: { count: 1, width_px: width(rec), height_px: height(rec) },
        words: { kind, role: rec.role, hint: hint.slice(0, 100), near: near(rec).slice(0, 100) },
      });
    }
  },
};

// namelessControl tells whether rec is a "field" or an "action" without a name,
// or a field with a "hint" (placeholder) only; "" when it is neither.
function namelessControl(page, rec) {
  const { el, tag } = rec;
  if (!rec.vis || rec.ariaHidden || rec.disabled || rec.opacity < 0.1) return "";
  if (Math.min(width(rec), height(rec)) < 4 || !inReach(page, rec, rec.clip, rec.fixed) || !reachable(rec)) return "";
  const given = (dom.attr(el, "role") || "").trim().toLowerCase();
  if (given === "presentation" || given === "none") return "";
  const field = /^(?:input|select|textarea)$/.test(tag), type = (dom.attr(el, "type") || "").toLowerCase();
  if (tag === "input" && type === "image") return ""; // missing-alt
  if (tag === "input" && /^(?:submit|reset)$/.test(type) && (dom.attr(el, "value") === null)) return ""; // the browser names it
  if (!field && !/^(?:a|button|summary)$/.test(tag) && !/^(?:button|link|checkbox|radio|switch|tab|menuitem|textbox|searchbox|combobox)$/.test(given)) return "";
  if (spokenName(page, rec)) return "";
  if (!field) return wordlessInside(page, rec) || given === "textbox" ? "" : "action";
  if (/^(?:button|submit|reset)$/.test(type)) return fold(dom.attr(el, "value") || "") ? "" : "action";
  if (/^(?:text|search|email|tel|url|password|number|)$/.test(type) || tag === "textarea") return dom.attr(el, "placeholder") && fold(dom.attr(el, "placeholder")) ? "hint" : "field";
  return "field";
}

// reachable is false for what the keyboard and a screen reader pass over by
// design: half of a pair whose other half is the one to be used.
const reachable = ({ el, tag }) => !(dom.attr(el, "tabindex") === "-1" && /^(?:a|input)$/.test(tag));

// wordlessInside reports whether a picture in rec is what lacks the words: then
// that is missing-alt.
const wordlessInside = (page, rec) => [...descend(rec)].some((r) => r.tag === "img" && wordlessPicture(page, r));

function* descend(rec) {
  for (const k of rec.kids) {
    yield k;
    yield* descend(k);
  }
}

// spokenName is the name that a screen reader would say for a control, from
// labels, ARIA, its contents or its title; not from a placeholder. It is read
// once for each.
function spokenName(page, rec) {
  return (rec.spoken ??= readName(page, rec));
}

function readName(page, rec) {
  const { el, tag } = rec;
  const by = (dom.attr(el, "aria-labelledby") || "").split(/\s+/).filter(Boolean);
  // What is in a shadow tree is named there, where ids can't be looked up.
  const inShadow = dom.rootNode(el) !== document;
  for (const id of by.slice(0, 8)) {
    const of = dom.byId(document, id);
    if (inShadow || (of && (fold(dom.text(of).slice(0, 500)) || fold(dom.attr(of, "aria-label") || "")))) return "named";
  }
  for (const a of ["aria-label", "title"]) if (fold(dom.attr(el, a) || "")) return fold(dom.attr(el, a));
  if (labelsOf(page, el).some((l) => fold(dom.text(l).slice(0, 500)) || fold(dom.attr(l, "title") || "") || [...dom.allIn(l, "[aria-label], img[alt]:not([alt='']), svg title")].length)) return "named";
  if (/^(?:input|select|textarea)$/.test(tag)) return "";
  const words = [];
  contentWords(rec, words);
  if (!words.length) writtenWords(rec, words);
  return fold(words.join(" ")).slice(0, 100);
}

// contentWords gathers the words in a control: text and names of pictures.
function contentWords(rec, words) {
  if (words.length > 20) return;
  for (const n of rec.nodes || []) {
    const text = dom.type(n) === TEXT ? dom.data(n).slice(0, 200).replace(/[\uE000-\uF8FF]/g, "").trim() : "";
    if (text) words.push(text);
  }
  for (const k of rec.kids) {
    if (k.ariaHidden) continue;
    const own = ["aria-label", "alt", "title"].map((a) => dom.attr(k.el, a)).find((s) => s && fold(s));
    if (own) words.push(own);
    else if (dom.has(k.el, "aria-labelledby")) words.push("named");
    else if (k.tag === "svg") words.push(...[...dom.allIn(k.el, "title, text")].map((t) => dom.text(t).slice(0, 100)));
    else contentWords(k, words);
  }
}

// writtenWords gathers what style sheets write before and after.
function writtenWords(rec, words) {
  if (words.length || rec.ariaHidden) return;
  for (const pseudo of ["::before", "::after"]) {
    const m = /^"(.*)"/.exec(getComputedStyle(rec.el, pseudo).content);
    if (m && m[1].replace(/[\uE000-\uF8FF]/g, "").trim()) words.push(m[1]);
  }
  for (const k of rec.kids) writtenWords(k, words);
}

// near is a text that stands right before a field, as a label would.
function near(rec) {
  const { parent } = rec, text = (r) => (r && r.string && r.reads ? r.string : "");
  if (!parent) return "";
  const before = text(parent.kids[parent.kids.indexOf(rec) - 1]);
  return before || (parent.kids.filter((k) => k.role).length === 1 ? text(parent) : "");
}
