// stretched-image: a picture is drawn far from its own proportions, and it can
// be seen.

checks["stretched-image"] = {
  run(page, report) {
    for (const rec of page.recs) {
      if (!rec.vis || !/^(?:img|video)$/.test(rec.tag) || rec.cs.objectFit !== "fill" || rec.turned) continue;
      const s = stretchOf(rec.el, rec.cs);
      if (!s || s.by < page.limits.stretchedPart || Math.min(s.width, s.height) < page.limits.stretchedPx) continue;
      if (dom.closest(rec.el, "[data-nimg=fill]") || !inReach(page, rec, rec.clip, rec.fixed) || !stretchShows(rec, s)) continue;
      report({
        group: signatureOf(rec), elements: [[rec]], others: parentOf(rec),
        measure: { stretch_percent: 100 * s.by, width_px: s.width, height_px: s.height, natural_width_px: s.nw, natural_height_px: s.nh, count: 1 },
        words: { axis: s.ratio > 1 ? "wide" : "high", url: s.url },
      });
    }
  },

  probe(page, elements) {
    const s = stretchOf(elements[0], getComputedStyle(elements[0]));
    return s ? s.by : 0;
  },
};

const natural = (el) => el instanceof HTMLVideoElement ? [el.videoWidth, el.videoHeight] : el instanceof HTMLImageElement ? [el.naturalWidth, el.naturalHeight] : [0, 0];

// stretchOf compares the proportions of the content box with those of the
// picture; by is 0 when they agree, 1 when one side is twice too long. A vector
// picture keeps its proportions inside of any box.
function stretchOf(el, cs) {
  const [nw, nh] = natural(el), url = el.currentSrc || "";
  if (nw < 2 || nh < 2 || /\.svgz?(?:[?#]|$)|^data:image\/svg/i.test(url)) return null;
  const inner = (size, ...edges) => px(size) - (cs.boxSizing === "border-box" ? edges.reduce((sum, e) => sum + px(e), 0) : 0);
  const w = inner(cs.width, cs.paddingLeft, cs.paddingRight, cs.borderLeftWidth, cs.borderRightWidth);
  const h = inner(cs.height, cs.paddingTop, cs.paddingBottom, cs.borderTopWidth, cs.borderBottomWidth);
  if (w < 1 || h < 1 || cs.objectFit !== "fill") return null;
  const ratio = w / h / (nw / nh);
  return { width: w, height: h, nw, nh, url, ratio, by: Math.max(ratio, 1 / ratio) - 1 };
}

const SAMPLE = 32; // px a side of the small copy that is looked at

// stretchShows draws a small copy: a picture of one colour, a shade or a run of
// bars is the same however it is stretched along them. One that can't be read,
// because it comes from elsewhere, counts as a picture of something.
function stretchShows({ el }, { ratio, nw, nh }) {
  const w = Math.min(SAMPLE, nw), h = Math.min(SAMPLE, nh), context = new OffscreenCanvas(w, h).getContext("2d", { willReadFrequently: true });
  let data;
  try {
    context.drawImage(el, 0, 0, w, h);
    data = context.getImageData(0, 0, w, h).data;
  } catch {
    return true;
  }
  const step = ratio > 1 ? 4 : 4 * w; // along the side that is too long
  let edges = 0;
  for (let i = 0; i + step < data.length; i += 4) {
    if (ratio > 1 && (i / 4) % w === w - 1) continue;
    const by = Math.max(...[0, 1, 2, 3].map((c) => Math.abs(data[i + c] - data[i + step + c])));
    if (by > EDGE) edges++;
  }
  return edges > w * h * EDGES;
}

// A step of more than EDGE of 255 from one pixel to the next can be seen; a
// picture in which less than EDGES of the pixels have one shows no shapes.
const EDGE = 24, EDGES = 0.005;

// oversized-image: the file has far more pixels than are ever drawn. All large
// pictures are reported: whether one is too large is judged over all views.
checks["oversized-image"] = {
  run(page, report) {
    const files = new Map();
    for (const rec of page.recs) if (rec.vis && rec.tag === "img") addLargeFile(page, files, rec);
    for (const [url, f] of files) {
      report({
        group: url, elements: f.recs.map((r) => [r]), others: [],
        measure: { pixels_times: f.times, file_kb: f.kb, natural_width_px: f.nw, natural_height_px: f.nh, width_px: width(f.rec), height_px: height(f.rec), count: f.recs.length },
        words: { url },
      });
    }
  },
};

// addLargeFile adds a picture to those of its file; the one that is drawn
// largest counts.
function addLargeFile(page, files, rec) {
  const { el } = rec, [nw, nh] = natural(el), url = el.currentSrc || "";
  if (nw * nh < 100 * 100 || /\.svgz?(?:[?#]|$)|^data:/i.test(url) || width(rec) < 1 || height(rec) < 1) return;
  const kb = bytesOf(url) / 1000;
  if (Math.max(nw, nh) <= page.limits.oversizedPx && kb <= page.limits.oversizedKB) return;
  // What object-fit cuts off is needed all the same.
  const scale = Math.max(width(rec) / nw, height(rec) / nh), times = 1 / (scale * scale);
  const f = files.get(url) || { recs: [], times: Infinity, kb, nw, nh };
  if (times < f.times) (f.times = times), (f.rec = rec);
  f.recs.push(rec);
  files.set(url, f);
}

function bytesOf(url) {
  const [entry] = performance.getEntriesByName(url, "resource");
  return entry ? entry.encodedBodySize || 0 : 0;
}
