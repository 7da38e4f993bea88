// Stands in for frames at page time in browsers that draw by the real clock: it
// sets every animation to where page time has it, and waits for one real frame.
(now) => {
  // An element with the id "starts" is a property of the global object too.
  if (!Object.hasOwn(globalThis, "starts")) globalThis.starts = new WeakMap();
  for (const animation of Document.prototype.getAnimations.call(document)) {
    if (!starts.has(animation)) {
      if (animation.playState !== "running") continue;
      starts.set(animation, now);
      animation.pause();
    }
    if (animation.playState !== "paused") continue;
    const at = now - starts.get(animation);
    if (at >= animation.effect.getComputedTiming().endTime) animation.finish();
    else animation.currentTime = at;
  }
  return new Promise((done) => requestAnimationFrame(() => done(null)));
}
