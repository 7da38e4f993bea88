// broken-image: a picture that the page shows did not load. Whether its file
// was refused by relook or is really missing is judged from the events.

checks["broken-image"] = {
  // probe is 1 while the background has the picture.
  probe: (page, [el], others, url) => (addressesIn(getComputedStyle(el).backgroundImage).includes(url) ? 1 : 0),

  run(page, report) {
    for (const rec of page.recs) {
      if (!rec.vis || area(rec) <= 4) continue;
      if (rec.tag === "img") brokenImage(rec, report);
      for (const url of backgroundURLs(rec)) {
        if (!url.startsWith("data:")) report({ elements: [[rec]], others: parentOf(rec), measure: { width_px: width(rec), height_px: height(rec) }, words: { url, background: "yes" } });
      }
    }
  },
};

const parentOf = (rec) => (rec.parent && rec.parent.tag !== "html" ? [["parent", rec.parent]] : []);

// An image that waits to be scrolled to is not complete; one without an address
// is filled by a script or stays empty by design.
function brokenImage(rec, report) {
  const { el } = rec, src = dom.attr(el, "src") || dom.attr(el, "srcset");
  if (!el.complete || el.naturalWidth > 0) return;
  if ((!src || !src.trim()) && !el.currentSrc) return;
  report({
    elements: [[rec]], others: parentOf(rec),
    measure: { natural_px: el.naturalWidth, width_px: width(rec), height_px: height(rec) },
    words: { url: el.currentSrc || el.src, src: src || el.currentSrc, alt: dom.attr(el, "alt") || "" },
  });
}

// backgroundURLs lists the pictures of a record's background.
const backgroundURLs = (rec) => addressesIn(backdrop(rec));

function addressesIn(image) {
  if (!image.includes("url(")) return [];
  return [...image.matchAll(/url\("((?:[^"\\]|\\.)*)"\)/g)].map((m) => m[1]).slice(0, 8);
}
