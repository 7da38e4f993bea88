// Whether the page shows nothing at all: no text, no picture, no control and no
// painted box. The background of the page itself does not count: it is there
// when nothing else came.
() => {
  const get = (proto, name) => { const f = Object.getOwnPropertyDescriptor(proto, name).get; return (n) => f.call(n); };
  const shadowOf = get(Element.prototype, "shadowRoot"), nameOf = get(Element.prototype, "localName");
  const rectOf = Element.prototype.getBoundingClientRect;
  const replaced = /^(img|svg|canvas|video|audio|iframe|embed|object|input|button|select|textarea|meter|progress|hr)$/;
  const clear = (colour) => colour === "transparent" || /^rgba\(.*, 0\)$|\/ 0\)$/.test(colour);
  const painted = (style) => !clear(style.backgroundColor) || style.backgroundImage !== "none" || style.boxShadow !== "none"
    || ["Top", "Right", "Bottom", "Left"].some((side) => parseFloat(style[`border${side}Width`]) > 0 && !clear(style[`border${side}Color`]));
  const range = new Range();
  const shows = (root) => {
    const walker = Document.prototype.createTreeWalker.call(document, root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(), n = 0; node && n < 50000; node = walker.nextNode(), n++) {
      if (node.nodeType === Node.TEXT_NODE) {
        if (!/\S/.test(node.data)) continue;
        range.selectNode(node);
        const box = Range.prototype.getBoundingClientRect.call(range);
        if (box.width * box.height > 0 && getComputedStyle(node.parentNode).visibility === "visible") return true;
        continue;
      }
      const shadow = shadowOf(node);
      if (shadow && shows(shadow)) return true;
      const name = nameOf(node), box = rectOf.call(node);
      if (name === "html" || name === "body" || box.width * box.height === 0) continue;
      const style = getComputedStyle(node);
      if (style.visibility === "visible" && (replaced.test(name) || painted(style))) return true;
      for (const pseudo of ["::before", "::after"]) {
        const content = getComputedStyle(node, pseudo).content;
        if (content !== "none" && content !== "normal" && content !== '""') return true;
      }
    }
    return false;
  };
  const page = [get(Document.prototype, "documentElement")(document), get(Document.prototype, "body")(document)];
  return !page.some((e) => e && getComputedStyle(e).backgroundImage !== "none") && !shows(document);
}
