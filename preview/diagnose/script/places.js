// Places: where the one declaration stands that sets a property on an element.

// places tells for each ask, an element's path and a property, where the only
// style stands that declares it; null where there are several, or it can't be told.
entries.places = ({ asks }) => {
  const sheets = dom.styleSheets(document);
  const inline = [...dom.all(document, "style")];
  const sought = asks.map(({ path, property }) => {
    const el = elementAt(path);
    if (!el || dom.shadow(el) || slotOf(el)) return null;
    const own = ownStyle(el), wanted = new Set(longhands(property));
    return { el, own, wanted, sure: true, found: own && declares(own, wanted).length ? [own] : [] };
  });
  const all = everySheet(sheets, (selector, style) => {
    for (const s of sought) {
      if (!s || !declares(style, s.wanted).length || !mayMatch(s.el, selector)) continue;
      if (selector === "*") s.sure = false;
      s.found.push(style);
    }
  });
  return sought.map((s) => {
    if (!s || !all || !s.sure || s.found.length !== 1) return null;
    return s.found[0] === s.own ? { own: true } : placeOf(s.found[0].parentRule, inline);
  });
};

// placeOf leads to a rule: the sheet, and from there at each level the rule's
// number among its siblings and how many there are.
function placeOf(rule, inline) {
  if (!(rule instanceof CSSStyleRule)) return null;
  const place = { style: -1, styles: inline.length, trail: [], media: [], selector: rule.selectorText };
  for (let r = rule; r; r = r.parentRule) {
    const siblings = [...(r.parentRule || r.parentStyleSheet).cssRules].filter((s) => !(s instanceof CSSNestedDeclarations));
    place.trail.unshift([siblings.indexOf(r), siblings.length]);
    if (r instanceof CSSMediaRule) place.media.unshift(r.media.mediaText);
  }
  const sheet = rule.parentStyleSheet;
  if (sheet.href) return { ...place, href: sheet.href };
  place.style = inline.indexOf(sheet.ownerNode);
  return place.style < 0 ? null : place;
}
