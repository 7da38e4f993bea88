// What a person said is not to be reported: data-relook-ignore on an element
// holds for all inside of it, a comment in the source for the elements that Go
// lists.

// readIgnored takes the list of paths with the rules that are ignored there; no
// rules are all rules.
function readIgnored(list) {
  const exact = new Map();
  for (const { path, rules } of list) {
    const el = elementAt(path);
    if (el) exact.set(el, [...(exact.get(el) || []), rules]);
  }
  return exact;
}

// ignoredAt is the path of the element at which a rule is ignored for rec, "" for
// none.
function ignoredAt(page, rule, rec) {
  const hit = (rules) => !rules.length || rules.includes(rule);
  if ((page.ignored.get(rec.el) || []).some(hit)) return pathOf(rec.el);
  for (let r = rec; r; r = r.parent) {
    const value = dom.attr(r.el, "data-relook-ignore");
    if (value !== null && hit(value.split(/[\s,]+/).filter(Boolean))) return pathOf(r.el);
  }
  return "";
}

// ignoredBy is the path of the element at which a whole finding is ignored, ""
// for none. Of elements that are counted one by one those that are ignored are
// taken out; of others, such as two that collide, one is enough.
function ignoredBy(page, rule, f) {
  const at = f.elements.map(([rec]) => ignoredAt(page, rule, rec)), alike = f.measure.count === at.length;
  if (alike ? at.every(Boolean) : at.some(Boolean)) return at.find(Boolean) || "";
  f.elements = f.elements.filter((_, i) => !at[i]);
  if (alike) f.measure.count = f.elements.length;
  return "";
}
