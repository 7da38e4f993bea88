// sticky-covers: a bar that stays while the page scrolls takes a great part of
// the screen, or lies on what nobody can scroll clear of it.

checks["sticky-covers"] = {
  run(page, report) {
    for (const rec of page.recs) {
      if (!staysPut(page, rec) || !onTop(page, rec)) continue;
      if (height(rec) <= page.vh * page.limits.stickyPart) reportHidden(page, rec, report);
      else if (!scrolls(rec) && !rec.kids.some(scrolls) && staysOnTop(page, rec)) reportGreedy(page, rec, report);
    }
  },

  probe(page, elements, others, detail) {
    const b = dom.rect(elements[0]);
    if (detail === "size") return Math.max(0, b.height - page.vh * page.limits.stickyPart);
    const covered = elements[1], { position } = getComputedStyle(elements[0]);
    if (!covered || position !== "fixed") return 0;
    const c = dom.rect(covered), from = detail === "top" ? 0 : dom.scrollHeight(page.scroller) - page.vh;
    return Math.max(0, Math.min(c.bottom + scrollY - from, b.bottom) - Math.max(c.top + scrollY - from, b.top));
  },
};

// staysPut: the outermost fixed or stuck things that span the view, paint
// something, and are no dialog, nor the page itself.
function staysPut(page, rec) {
  if (rec.position !== "fixed" && !(rec.position === "sticky" && rec.holder && !rec.clip)) return false;
  if (rec.position === "fixed" && !rec.fixed) return false;
  if (!rec.vis || rec.moving || rec.opacity < 0.9 || rec.cs.pointerEvents === "none" || fillsView(page, rec)) return false;
  if (width(rec) < page.vw * 0.8 || rec.y2 <= 1 || rec.y1 >= page.vh - 1) return false;
  if (!opaque(rec) && !rec.kids.some((k) => opaque(k) && area(k) > area(rec) * 0.8)) return false;
  return !dom.closest(rec.el, "dialog, [role=dialog], [role=alertdialog], [aria-modal=true], [popover]");
}

// onTop reports whether nothing else lies on the bar where it is now.
function onTop(page, rec) {
  const b = dom.rect(rec.el), points = fivePoints(meet({ x1: b.left, y1: b.top, x2: b.right, y2: b.bottom }, { x1: 0, y1: 0, x2: page.vw, y2: page.vh }));
  if (!afford(page, points.length)) return false;
  const seen = points.filter(([x, y]) => {
    const hit = hitAt(page, x, y);
    return hit && within(hit, rec);
  });
  return seen.length >= points.length - 1;
}

// staysOnTop reports whether that holds once the page is scrolled as well: the
// contents of a page may slide over its banner.
function staysOnTop(page, rec) {
  if (page.docH <= page.vh + 1) return rec.position === "fixed";
  return keepScroll(() => {
    scrollTo({ left: 0, top: Math.min(page.docH, rec.y1 + page.vh / 2), behavior: "instant" });
    const b = dom.rect(rec.el), seen = Math.min(b.bottom, page.vh) - Math.max(b.top, 0);
    return seen > page.vh * page.limits.stickyPart && onTop(page, rec);
  });
}

// scrolls: what has a scroll bar of its own is a panel of an application.
const scrolls = (rec) => Boolean(rec.inner) && rec.inner.rec === rec && (rec.inner.softX || rec.inner.softY);

function reportGreedy(page, rec, report) {
  report({
    group: `${signatureOf(rec)} size`, elements: [[rec]], others: rec.kids.slice(0, 3).map((k) => ["child", k]),
    measure: { height_px: height(rec), view_percent: (100 * height(rec)) / page.vh, viewport_px: page.vh, count: 1 }, words: { kind: "size" },
  });
}

// reportHidden finds what lies under a fixed bar at the end of the page that
// can't be scrolled any further.
function reportHidden(page, bar, report) {
  if (bar.position !== "fixed") return;
  const end = bar.y1 <= 1 ? "top" : bar.y2 >= page.vh - 1 ? "bottom" : "";
  if (!end || mayBeDismissed(page, bar)) return;
  const shift = end === "top" ? 0 : Math.max(0, page.docH - page.vh);
  const under = { x1: bar.x1, x2: bar.x2, y1: bar.y1 + shift, y2: bar.y2 + shift }, hidden = [];
  for (const p of page.texts) {
    if (!steady(p) || p.fixed || p.sticky || within(p, bar) || p.out) continue;
    if (!p.texts.every((f) => area(f) > 0 && scrollFree(p) && coveredPart(f, under) >= 0.6)) continue;
    hidden.push(p);
  }
  if (!hidden.length || hidden.some((p) => controlAround(p)) && end === "top") return;
  report({
    group: `${signatureOf(bar)} ${end}`, elements: [[bar], ...hidden.map((p) => [p, p.box])], others: [],
    measure: { height_px: height(bar), hidden: hidden.length, count: 1 }, words: { kind: end, text: hidden[0].string },
  });
}

// scrollFree: no scroll box around it could bring it out from under the bar.
const scrollFree = (rec) => {
  for (let c = rec.inner; c; c = c.up) if (c.softY || c.hardY) return false;
  return true;
};

const coveredPart = (f, under) => Math.max(0, width(meet(f, under))) * Math.max(0, height(meet(f, under))) / area(f);

// mayBeDismissed: a notice with a button goes away, a menu of links stays.
const mayBeDismissed = (page, bar) => !/^(nav|header)$/.test(bar.tag) && page.controls.some((c) => c.vis && c.role === "button" && within(c, bar));
