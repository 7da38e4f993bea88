// font-not-loaded: the page's words or icons are shown in another font than the
// one that was meant, because that one is not to be had.

checks["font-not-loaded"] = {
  // probe is 1 while the element asks for the family.
  probe: (page, [el], others, family) => (familiesOf(getComputedStyle(el).fontFamily).includes(familyName(family)) ? 1 : 0),

  run(page, report) {
    const faces = [...fontSet(document)], failed = new Map(), there = new Set();
    for (const f of faces) {
      if (f.status === "error") failed.set(familyName(f.family), fold(f.family.replace(/^["']|["']$/g, "")));
      else there.add(familyName(f.family));
    }
    if (failed.size) failedFonts(page, failed, there, report);
    unknownFonts(page, new Set([...there, ...failed.keys()]), report);
  },
};

const fontSet = getter(Document.prototype, "fonts");

const familyName = (s) => fold(s.replace(/^["']|["']$/g, "")).toLowerCase();

// familiesOf lists the names of a computed font-family.
const familiesOf = (css) => [...css.matchAll(/"((?:[^"\\]|\\.)*)"|([^,"]+)/g)].map((m) => familyName(m[1] ?? m[2])).filter(Boolean);

// failedFonts reports each family with a face that could not be loaded and that
// something visible is set in.
function failedFonts(page, failed, there, report) {
  const users = new Map();
  for (const rec of page.recs) {
    if (!rec.vis || rec.noBox) continue;
    const family = familiesOf(rec.cs.fontFamily).find((f) => failed.has(f) || there.has(f));
    if (!failed.has(family) || there.has(family)) continue;
    const drawn = glyphs(rec);
    if (!drawn || !inReach(page, rec.box || rec, rec.inner, rec.fixed)) continue;
    const u = users.get(family) || { recs: [], icons: false, text: "" };
    u.recs.push(rec);
    u.icons ||= ICON.test(drawn);
    u.text ||= rec.string || "";
    users.set(family, u);
  }
  if (!users.size) return;
  const files = fontFiles();
  for (const [family, u] of users) {
    const first = u.recs[0], origin = fontOrigin(first), list = familiesOf(first.cs.fontFamily);
    report({
      group: `failed ${family}`, elements: u.recs.map((r) => [r, r.box]), others: origin === first ? [] : [["parent", origin]],
      measure: { count: u.recs.length },
      words: { kind: "failed", family: failed.get(family), icons: u.icons ? "yes" : "", text: u.text, next: list[list.indexOf(family) + 1] || "", files: (files.get(family) || []).join(" ") },
    });
  }
}

// Icons stand in the ranges that Unicode leaves to private use.
const ICON = /[\uE000-\uF8FF\u{F0000}-\u{10FFFD}]/u;

// glyphs is what rec itself sets in its font: its text, and what style sheets
// write before and after.
function glyphs(rec) {
  let out = rec.inked ? rec.string : "";
  for (const pseudo of ["::before", "::after"]) {
    const m = /^"(.+)"/.exec(getComputedStyle(rec.el, pseudo).content);
    if (m && m[1].trim()) out += m[1];
  }
  return out;
}

function fontOrigin(rec) {
  while (rec.parent && rec.parent.cs.fontFamily === rec.cs.fontFamily) rec = rec.parent;
  return rec;
}

// fontFiles lists the addresses of each family's files.
function fontFiles() {
  const files = new Map();
  rulesOf((rule, sheet) => {
    if (!(rule instanceof CSSFontFaceRule)) return;
    const family = familyName(rule.style.getPropertyValue("font-family")), base = sheet.href || document.baseURI;
    for (const m of rule.style.getPropertyValue("src").matchAll(/url\("((?:[^"\\]|\\.)*)"\)/g)) {
      if (!m[1].startsWith("data:") && URL.canParse(m[1], base)) files.set(family, [...(files.get(family) || []), new URL(m[1], base).href]);
    }
  });
  return files;
}

const GENERIC = /^(?:serif|sans-serif|monospace|cursive|fantasy|system-ui|ui-[a-z-]+|math|emoji|fangsong|-apple-system|blinkmacsystemfont|-webkit-[a-z-]+|inherit|initial)$/;

// Families that come with a system: that they are not here says nothing.
const OF_SYSTEMS = /^(?:arial|helvetica|times|courier|verdana|georgia|tahoma|trebuchet|impact|comic sans|segoe|calibri|cambria|candara|consolas|constantia|corbel|lucida|palatino|garamond|bookman|century|franklin|gill sans|optima|futura|avenir|menlo|monaco|sf |san francisco|new york|hoefler|baskerville|didot|american typewriter|andale|geneva|charter|rockwell|copperplate|papyrus|brush script|chalk|marker felt|roboto|noto|droid|ubuntu|cantarell|dejavu|liberation|nimbus|free(?:sans|serif|mono)|oxygen|fira|apple |microsoft|ms |ms-|sim|yu |meiryo|hiragino|pingfang|heiti|songti|kaiti|malgun|batang|gulim|dotum|nanum|wingdings|webdings|symbol|zapf|helvetica neue|arial black|sitka|bahnschrift|ebrima|gabriola|ink free|leelawadee|mangal|nirmala|sylfaen|book antiqua|perpetua|bodoni|big caslon|haettenschweiler|seravek|superclarendon|iowan)/;

// unknownFonts reports stacks of which no family is to be had and that end
// without a generic one: what shows is the browser's own serif.
function unknownFonts(page, faces, report) {
  const stacks = new Map();
  for (const rec of page.texts) {
    if (!rec.reads) continue;
    const css = rec.cs.fontFamily;
    if (!stacks.has(css)) stacks.set(css, { list: familiesOf(css), recs: [] });
    stacks.get(css).recs.push(rec);
  }
  for (const { list, recs } of stacks.values()) {
    if (!list.length || list.some((f) => GENERIC.test(f) || OF_SYSTEMS.test(f) || faces.has(f) || installed(f))) continue;
    const origin = fontOrigin(recs[0]);
    report({
      group: `unknown ${list.join()}`, elements: recs.map((r) => [r, r.box]), others: origin === recs[0] ? [] : [["parent", origin]],
      measure: { count: recs.length },
      words: { kind: "unknown", family: list[0], icons: "", text: recs[0].string, next: "", files: "" },
    });
  }
}

// installed reports whether words come out differently with the family than with
// what is used in its place.
function installed(family) {
  const context = new OffscreenCanvas(1, 1).getContext("2d"), words = "mmmMMMwwwlliI0123 Rota";
  return ["monospace", "serif", "sans-serif"].some((base) => {
    context.font = `72px ${base}`;
    const plain = context.measureText(words).width;
    context.font = `72px ${JSON.stringify(family)}, ${base}`;
    return context.measureText(words).width !== plain;
  });
}
