// Shows what the server sends of a page: its views side by side at true relative
// widths, the defects drawn where they are, before and after under a slider.
const el = (id) => document.getElementById(id);
const pictures = new Map(); // data addresses by id
let page = null;
let moment = null; // in ms; null is the last

const make = (name, attributes = {}, ...children) => {
  const space = ["svg", "rect", "a", "title"].includes(name) && attributes.svg ? "http://www.w3.org/2000/svg" : "http://www.w3.org/1999/xhtml";
  const node = document.createElementNS(space, name);
  for (const [key, value] of Object.entries(attributes)) if (key !== "svg") node.setAttribute(key, value);
  node.append(...children);
  return node;
};

const plural = (n, what) => `${n} ${what}${n === 1 ? "" : "s"}`;

const summary = () => {
  if (!page.valid) return page.reason ? `The page can't be judged: ${page.reason}.` : "Looking at the page.";
  let text = `${plural(page.defects.length, "defect")} at ${plural(page.views.length, "width")}`;
  if (page.repair) text += `, ${page.repair.repaired} can be repaired, ${page.repair.left} left`;
  return text + ".";
};

const shotAt = (shots, at) => shots.find((s) => s.at === at) ?? shots.at(-1);

const overlay = (view, shot) => {
  const svg = make("svg", { svg: true, viewBox: `0 0 ${shot.width} ${shot.height}`, role: "group", "aria-label": `Defects at ${view.name}` });
  for (const d of page.defects) {
    const boxes = d.elements.filter((e) => e.view === view.name);
    if (boxes.length === 0) continue;
    const link = make("a", { svg: true, href: `#d${d.number}`, class: d.severity, "data-number": d.number, "aria-label": `Defect ${d.number}: ${d.rule}` });
    for (const { box } of boxes) link.append(make("rect", { svg: true, x: box.x, y: box.y, width: Math.max(1, box.width), height: Math.max(1, box.height) }));
    svg.append(link);
  }
  return svg;
};

// tags are the numbers of the defects, at the corners of their outlines.
const tags = (view, shot) => {
  const layer = make("div", { class: "tags", "aria-hidden": "true" });
  for (const d of page.defects) {
    const first = d.elements.find((e) => e.view === view.name);
    if (!first) continue;
    const tag = make("span", { class: d.severity }, String(d.number));
    tag.style.left = `${100 * Math.max(0, first.box.x) / shot.width}%`;
    tag.style.top = `${100 * Math.max(0, first.box.y) / shot.height}%`;
    layer.append(tag);
  }
  return layer;
};

// words sets what stands between code marks as code.
const words = (text) => text.split("`").map((part, i) => i % 2 ? make("code", {}, part) : part);

const drawView = (view) => {
  const shot = shotAt(view.before, moment);
  const figure = make("figure", {}, make("figcaption", {}, view.name));
  figure.style.flex = `${view.view.width} 1 0`;
  const frame = make("div", { class: "frame" });
  const wrong = page.defects.filter((d) => d.elements.some((e) => e.view === view.name)).map((d) => d.rule);
  if (shot && pictures.has(shot.id)) {
    frame.append(make("img", { src: pictures.get(shot.id), alt: `The page at ${view.name}. ${wrong.length ? "Wrong: " + wrong.join(", ") : "Nothing is wrong"}.` }));
    const after = view.after.at(-1);
    if (after && pictures.has(after.id)) frame.append(make("img", { class: "after", src: pictures.get(after.id), alt: `The page at ${view.name}, repaired.` }));
    frame.append(overlay(view, shot), tags(view, shot));
  }
  figure.append(frame);
  return figure;
};

const slide = () => {
  const part = Number(el("slider").value);
  for (const img of document.querySelectorAll("img.after")) img.style.clipPath = `inset(0 ${100 - part}% 0 0)`;
  for (const svg of document.querySelectorAll(".frame svg, .tags")) svg.toggleAttribute("hidden", !el("marks").checked || part > 50);
};

const drawMoments = () => {
  const times = [...new Set(page.views.flatMap((v) => v.before.map((s) => s.at)))].sort((a, b) => a - b);
  el("moments").hidden = times.length < 2;
  el("moments").replaceChildren(...times.map((at) => {
    const pressed = moment === at || moment === null && at === times.at(-1);
    const button = make("button", { type: "button", "aria-pressed": pressed }, `${at / 1000} s`);
    button.addEventListener("click", () => { moment = at; draw(); });
    return button;
  }));
};

const light = (number, on) => {
  for (const a of document.querySelectorAll(`.frame a[data-number="${number}"]`)) a.classList.toggle("lit", on);
};

const drawDefects = () => {
  el("defects").replaceChildren(...page.defects.map((d) => {
    const more = [d.rule, d.repaired ? "gone after the repair" : ""].filter(Boolean).join(" · ");
    const item = make("li", { id: `d${d.number}`, class: d.severity, tabindex: 0 },
      make("span", { class: "number", "aria-hidden": "true" }, String(d.number)),
      make("div", {}, make("p", {}, ...words(d.message)), make("small", {}, more)));
    for (const [on, lit] of [["mouseenter", true], ["focus", true], ["mouseleave", false], ["blur", false]]) item.addEventListener(on, () => light(d.number, lit));
    return item;
  }));
};

const draw = () => {
  document.title = `${page.name} - relook`;
  el("name").textContent = page.name;
  el("summary").textContent = summary();
  el("views").replaceChildren(...page.views.map(drawView));
  drawMoments();
  drawDefects();
  const repaired = page.views.some((v) => v.after.length > 0);
  el("compare").hidden = !repaired;
  if (repaired && location.hash === "#after") el("slider").value = 100;
  if (!repaired) el("slider").value = 0;
  el("repair").hidden = !page.repair?.diff;
  el("diff").textContent = page.repair?.diff ?? "";
  slide();
};

el("slider").addEventListener("input", slide);
el("marks").addEventListener("change", slide);
el("controls").addEventListener("submit", (e) => e.preventDefault());

const source = new EventSource("preview" + location.search);
source.addEventListener("message", (event) => {
  page = JSON.parse(event.data);
  for (const v of page.views) for (const s of [...v.before, ...v.after]) if (s.png) pictures.set(s.id, "data:image/png;base64," + s.png);
  draw();
});
source.addEventListener("error", () => { el("summary").textContent = "relook is no longer there: the editor may have ended it."; });
