// Rows and columns of like things: links of a menu, cards, buttons, pictures.

// likeRows lists the sets of at least three children of one parent that are
// alike, follow each other and stand in the flow, with the lines they form.
function likeRows(page) {
  if (page.rows) return page.rows;
  page.rows = [];
  for (const rec of page.recs) {
    if (rec.kids.length < 3 || rec.texts || rec.moving || rec.turned || rec.ariaHidden || LEAF.has(rec.tag)) continue;
    const items = rec.kids.filter((k) => !outOfSight(k));
    if (items.length < 3 || !items.every((k) => isItem(k) && alike(k, items[0]))) continue;
    page.rows.push({ rec, items, lines: linesOf(items) });
  }
  return page.rows;
}

// outOfSight: what takes no room among its siblings.
const outOfSight = (k) => k.position === "absolute" || k.position === "fixed" || (k.noBox ? false : width(k) < 1 && height(k) < 1);

const isItem = (k) => k.vis && !k.noBox && !placed(k) && width(k) > 4 && height(k) > 4;

// alike: the same tag, and the same classes but for those that mark a state.
function alike(a, b) {
  if (a.tag !== b.tag) return false;
  const names = (r) => [...dom.classes(r.el)].filter((c) => !/active|current|selected|is-|show|open/i.test(c)).sort().join(" ");
  return names(a) === names(b);
}

// linesOf groups items by the lines in which they stand.
function linesOf(items) {
  const out = [];
  let end = -Infinity;
  for (const k of items) {
    if ((k.y1 + k.y2) / 2 > end || k.y1 >= end - 2) {
      out.push([]);
      end = k.y2;
    }
    out.at(-1).push(k);
    end = Math.max(end, k.y2);
  }
  return out;
}

// holdsControls reports whether an item is a control or holds nothing but one.
function holdsControls(page, k) {
  for (let r = k; r; r = r.kids.length === 1 ? r.kids[0] : null) if (r.role) return true;
  return false;
}
