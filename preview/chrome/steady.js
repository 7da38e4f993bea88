// Whether a page that was brought to a size is as one that was loaded at it: it
// has the size, shows something and nothing moves. Transitions that the change of
// size set off are ended: page time stands still, so they would stay at their
// first instant. The first time, with the addresses of all that was asked for, the
// page must have asked for all that it may need at any size, and each picture
// that is not to be had must be one of the document: a style sheet may ask for it
// at some sizes only.
(arg) => {
  const get = (proto, name, of) => Object.getOwnPropertyDescriptor(proto, name).get.call(of);
  const all = (selector) => Array.from(Document.prototype.querySelectorAll.call(document, selector));
  const attr = (el, name) => Element.prototype.getAttribute.call(el, name);
  const base = get(Node.prototype, "baseURI", document);
  if (innerWidth !== arg.width || innerHeight !== arg.height || scrollX || scrollY) return false;
  get(Element.prototype, "scrollHeight", get(Document.prototype, "documentElement", document)); // has the layout done
  for (const a of Document.prototype.getAnimations.call(document)) {
    if (!(a instanceof CSSTransition) || arg.asked) return false;
    a.finish();
  }
  if (blank()) return false;
  if (!arg.asked) return true;

  const asked = new Set(arg.asked), pictures = new Set(all("img").map((i) => get(HTMLImageElement.prototype, "src", i)));
  const known = (url, from) => /^(#|data:)/i.test(url) || (!url.includes("\\") && URL.canParse(url, from) && asked.has(new URL(url, from).href));
  const loaded = (css, from) => [...css.matchAll(/url\("?([^")]*)"?\)/gi)].every(([, url]) => known(url, from));
  const sheet = (s) => {
    const from = s.href || base;
    return Array.from(s.cssRules).every((rule) => {
      if (rule instanceof CSSImportRule && rule.styleSheet && !sheet(rule.styleSheet)) return false;
      return rule instanceof CSSFontFaceRule || loaded(rule.cssText, from);
    });
  };
  try {
    return arg.missing.every((url) => pictures.has(url)) &&
      Array.from(get(Document.prototype, "styleSheets", document)).every(sheet) &&
      Array.from(get(Document.prototype, "fonts", document)).every((f) => f.status !== "unloaded") &&
      all("[style]").every((e) => loaded(attr(e, "style").replaceAll("'", '"'), base)) &&
      all("[background]").every((e) => known(attr(e, "background"), base)) &&
      all("use, image, feImage, link[media][rel~=preload]").length === 0;
  } catch {
    return false; // a sheet of another origin may not be read
  }
}
