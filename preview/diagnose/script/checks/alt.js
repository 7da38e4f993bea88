// missing-alt: a picture that says something has no words for those who can't
// see it.

checks["missing-alt"] = {
  run(page, report) {
    for (const rec of page.recs) {
      const kind = wordlessPicture(page, rec);
      if (!kind) continue;
      report({
        group: kind, elements: [[rec]], others: [],
        measure: { count: 1, width_px: width(rec), height_px: height(rec) },
        words: { kind, url: rec.tag === "img" ? dom.attr(rec.el, "src") || rec.el.currentSrc || "" : "" },
      });
    }
    for (const map of usedMaps(page)) reportAreas(map, report);
  },
};

const nameless = (el) => !["aria-label", "aria-labelledby", "title"].some((a) => fold(dom.attr(el, a) || ""));

// wordlessPicture tells what kind of picture without words rec is: "image",
// "drawing", "control" (all that a link or button has), or "".
function wordlessPicture(page, rec) {
  const { el, tag } = rec;
  if (!rec.vis || rec.ariaHidden || rec.opacity < 0.1) return "";
  const role = (dom.attr(el, "role") || "").trim().toLowerCase();
  if (role === "presentation" || role === "none" || !nameless(el)) return "";
  if (tag === "input") return (dom.attr(el, "type") || "").toLowerCase() === "image" && !fold(dom.attr(el, "alt") || "") ? "control" : "";
  const drawn = role === "img" || role === "image";
  if (tag === "img" ? dom.has(el, "alt") && !(drawn && !fold(dom.attr(el, "alt"))) : !drawn) return "";
  if (tag !== "img" && (hasTitle(el) || LETTERS.test(dom.text(el).slice(0, 500)))) return "";
  if (tiny(page, rec) || !inReach(page, rec, rec.clip, rec.fixed) || captioned(rec)) return "";
  const control = holderOf(rec, (r) => r.role);
  if (control) return tag !== "img" || spokenName(page, control) ? "" : "control";
  return tag === "img" ? "image" : "drawing";
}

const hasTitle = (el) => el instanceof SVGElement && [...dom.children(el)].some((c) => dom.localName(c) === "title" && fold(dom.text(c)));

// tiny tells dots, rules and counting pixels. What did not load has no size of
// its own: its markup tells.
function tiny(page, rec) {
  const { el } = rec;
  if (rec.tag === "img" && !el.naturalWidth) return ["width", "height"].some((a) => dom.has(el, a) && px(dom.attr(el, a)) < page.limits.altPx);
  return Math.min(width(rec), height(rec)) < page.limits.altPx;
}

// captioned reports whether the caption of its figure says what a lone picture
// shows.
function captioned(rec) {
  const figure = holderOf(rec, (r) => r.tag === "figure");
  return Boolean(figure) && figure.kids.some((k) => k.tag === "figcaption" && LETTERS.test(dom.text(k.el).slice(0, 500)));
}

// holderOf is the nearest record around rec that test holds for, or null.
function holderOf(rec, test) {
  for (let r = rec.parent; r; r = r.parent) if (test(r)) return r;
  return null;
}

// usedMaps lists the maps of the pictures that are seen, each with its picture.
function usedMaps(page) {
  const maps = [];
  for (const rec of page.recs) {
    const name = rec.tag === "img" && rec.vis && dom.attr(rec.el, "usemap");
    if (!name) continue;
    const map = dom.all(document, `map[name="${CSS.escape(name.replace(/^#/, ""))}"]`)[0];
    if (map) maps.push({ rec, map });
  }
  return maps;
}

function reportAreas({ rec, map }, report) {
  const bare = [...dom.children(map)].filter((a) => dom.localName(a) === "area" && dom.has(a, "href") && !fold(dom.attr(a, "alt") || "") && nameless(a));
  if (!bare.length) return;
  const { x1, y1, x2, y2, parent } = rec;
  report({
    group: "area", elements: bare.map((el) => [{ el, tag: "area", parent, x1, y1, x2, y2 }]), others: [],
    measure: { count: bare.length, width_px: width(rec), height_px: height(rec) }, words: { kind: "area", url: "" },
  });
}
