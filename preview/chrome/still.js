// Ends the transitions that a tried edit set off: page time stands still, so
// they would stay at their first instant. Those that run anyway are left alone.
(arg) => {
  const all = Document.prototype.getAnimations.call(document).filter((a) => a instanceof CSSTransition);
  if (arg.note) globalThis.running = new WeakSet(all);
  else for (const a of all) if (!running.has(a)) a.finish();
}
