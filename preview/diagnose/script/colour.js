// Colours as [red, green, blue, alpha] with 0 to 255 and 0 to 1.

const colours = new Map();

function colour(css) {
  let c = colours.get(css);
  if (!c) colours.set(css, (c = parseColour(css)));
  return c;
}

// parseColour reads what getComputedStyle writes. Anything but rgb() is left to
// a canvas, which knows every colour space and maps it to what is painted.
function parseColour(css) {
  const m = /^rgba?\(([\d.]+), ([\d.]+), ([\d.]+)(?:, ([\d.]+))?\)$/.exec(css);
  if (m) return [+m[1], +m[2], +m[3], m[4] === undefined ? 1 : +m[4]];
  const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  context.fillStyle = "rgba(0, 0, 0, 0)";
  context.fillStyle = css;
  context.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
  return [r, g, b, a / 255];
}

// ink, ground and backdrop are what a record paints its letters with and what it
// paints behind them; each is read once.
const ink = (rec) => (rec.ink ??= colour(rec.cs.webkitTextFillColor));
const ground = (rec) => (rec.ground ??= colour(rec.cs.backgroundColor));
const backdrop = (rec) => (rec.backdrop ??= rec.cs.backgroundImage);

// over paints top on bottom.
function over(top, bottom) {
  const a = top[3] + bottom[3] * (1 - top[3]);
  if (a === 0) return [0, 0, 0, 0];
  const mix = (i) => (top[i] * top[3] + bottom[i] * bottom[3] * (1 - top[3])) / a;
  return [mix(0), mix(1), mix(2), a];
}

const faded = (c, opacity) => [c[0], c[1], c[2], c[3] * opacity];

const hex = (c) => "#" + [0, 1, 2].map((i) => Math.round(c[i]).toString(16).padStart(2, "0")).join("");

// luminance and ratio are those of WCAG 2.x.
function luminance(c) {
  const linear = (v) => {
    const s = v / 255;
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2]);
}

function contrast(a, b) {
  const x = luminance(a), y = luminance(b);
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}
