// Safe access to the document. In an isolated world the page's scripts can't
// replace prototypes, but markup still clobbers names: <input name="children">
// in a form, <img name="body"> in the document. So every property of a node is
// read through the prototype's own accessor and never as node.name.

// free makes f(this, ...args) of a method.
const free = (f) => Function.prototype.call.bind(f);
const getter = (proto, name) => free(Object.getOwnPropertyDescriptor(proto, name).get);
const setter = (proto, name) => free(Object.getOwnPropertyDescriptor(proto, name).set);
const method = (proto, name) => free(proto[name]);

const dom = {
  parent: getter(Node.prototype, "parentNode"),
  first: getter(Node.prototype, "firstChild"),
  next: getter(Node.prototype, "nextSibling"),
  type: getter(Node.prototype, "nodeType"),
  text: getter(Node.prototype, "textContent"),
  contains: method(Node.prototype, "contains"),
  data: getter(CharacterData.prototype, "data"),
  setData: setter(CharacterData.prototype, "data"),
  localName: getter(Element.prototype, "localName"),
  attr: method(Element.prototype, "getAttribute"),
  has: method(Element.prototype, "hasAttribute"),
  setAttr: method(Element.prototype, "setAttribute"),
  dropAttr: method(Element.prototype, "removeAttribute"),
  matches: method(Element.prototype, "matches"),
  closest: method(Element.prototype, "closest"),
  rect: method(Element.prototype, "getBoundingClientRect"),
  rects: method(Element.prototype, "getClientRects"),
  control: getter(HTMLLabelElement.prototype, "control"),
  shadow: getter(Element.prototype, "shadowRoot"),
  classes: getter(Element.prototype, "classList"),
  scrollWidth: getter(Element.prototype, "scrollWidth"),
  scrollHeight: getter(Element.prototype, "scrollHeight"),
  clientWidth: getter(Element.prototype, "clientWidth"),
  scrollLeft: getter(Element.prototype, "scrollLeft"),
  scrollTop: getter(Element.prototype, "scrollTop"),
  scrollTo: method(Element.prototype, "scrollTo"),
  intoView: method(Element.prototype, "scrollIntoView"),
  rendered: method(Element.prototype, "checkVisibility"),
  assigned: method(HTMLSlotElement.prototype, "assignedNodes"),
  root: getter(Document.prototype, "documentElement"),
  body: getter(Document.prototype, "body"),
  scroller: getter(Document.prototype, "scrollingElement"),
  byId: method(Document.prototype, "getElementById"),
  children: getter(Element.prototype, "children"),
  rootNode: method(Node.prototype, "getRootNode"),
  all: method(Document.prototype, "querySelectorAll"),
  allIn: method(Element.prototype, "querySelectorAll"),
  allShadow: method(ShadowRoot.prototype, "querySelectorAll"),
  range: method(Document.prototype, "createRange"),
  animations: method(Document.prototype, "getAnimations"),
  sheets: getter(Document.prototype, "adoptedStyleSheets"),
  setSheets: setter(Document.prototype, "adoptedStyleSheets"),
  shadowSheets: getter(ShadowRoot.prototype, "adoptedStyleSheets"),
  styleSheets: getter(Document.prototype, "styleSheets"),
  shadowStyleSheets: getter(ShadowRoot.prototype, "styleSheets"),
  at: method(Document.prototype, "elementFromPoint"),
  stackAt: method(Document.prototype, "elementsFromPoint"),
  atShadow: method(ShadowRoot.prototype, "elementFromPoint"),
};

const ELEMENT = 1, TEXT = 3, FRAGMENT = 11;

// checks holds one check a rule: run(page, report) finds defects, and probe, for
// those whose cause can be proved, measures one again in the page as it is now.
const checks = {};

// composedParent is the node that el hangs on, across shadow roots.
const composedParent = (el) => {
  const up = dom.parent(el);
  if (up && dom.type(up) === FRAGMENT && up instanceof ShadowRoot) return up.host;
  return up;
};

// flatChildren lists the nodes that are laid out inside el: those of an open
// shadow root in place of its own, and what is slotted in place of a slot's own.
function flatChildren(el) {
  const shadow = dom.shadow(el);
  const from = shadow || el;
  if (!shadow && el instanceof HTMLSlotElement) {
    const assigned = dom.assigned(el);
    if (assigned.length) return assigned;
  }
  const out = [];
  for (let n = dom.first(from); n; n = dom.next(n)) out.push(n);
  return out;
}

const px = (s) => parseFloat(s) || 0;
const round = (n) => Math.round(n * 100) / 100;
const fold = (s) => s.replace(/\s+/g, " ").trim();
