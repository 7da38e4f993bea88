// Glances: what the page looked like at the moments before the last. They stay
// on this script until the page is loaded anew.

const glances = [], moments = [];

// A glance costs as much as a reading: pages with more elements go without.
const GLANCE_ELEMENTS = 1500;

// glanceAt remembers where everything is now.
function glanceAt(limits) {
  moments.push(performance.now());
  if (!dom.root(document) || dom.all(document, "*").length > GLANCE_ELEMENTS) return;
  return keepScroll(() => {
    const page = measurePage(limits);
    readText(page);
    glances.push(page);
  });
}

// grownUp reports whether the page has had the time to come in. Without a script
// there is nothing to wait for but animations, which are seen as such.
function grownUp(page) {
  if (moments.length) return performance.now() - moments[0] >= page.limits.appearMs;
  return !dom.all(document, "script:not([type*=json]), [onload]").length;
}
