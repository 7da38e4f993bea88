// Tells how wide and high the document is, and whether anything on it moves by itself. It
// reads through the prototypes, as a form's fields may hide the properties of
// what they stand in.
() => {
  const get = (proto, name, of) => Object.getOwnPropertyDescriptor(proto, name).get.call(of);
  const root = get(Document.prototype, "documentElement", document);
  const all = (selector) => Document.prototype.querySelectorAll.call(document, selector);
  const running = Document.prototype.getAnimations.call(document).some((a) => a.playState === "running" || a.playState === "paused");
  const moving = "canvas, video, iframe, object, embed, marquee, animate, animateMotion, animateTransform, set";
  const animated = /\.(gif|webp|avif|apng)\b|^data:image\/(gif|webp|avif|apng)/i;
  return {
    width: root ? get(Element.prototype, "scrollWidth", root) : 1,
    height: root ? Math.max(get(Element.prototype, "scrollHeight", root), 1) : 1,
    moves: running || all(moving).length > 0 ||
      Array.from(all("img")).some((i) => animated.test(get(HTMLImageElement.prototype, "currentSrc", i))),
  };
}
