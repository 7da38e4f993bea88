"use strict";
// The report works without this script: pictures then stand side by side.
(() => {
  const root = document.documentElement;
  const views = document.querySelector(".views");
  if (!views) return;
  const figures = [...views.querySelectorAll("figure")];
  const tools = document.querySelector(".tools");
  const outlines = document.getElementById("outlines");
  root.classList.add("live");
  tools.hidden = false;
  views.dataset.mode = "compare";

  // Tags on the side that the slider hides must not catch clicks or focus.
  function settle(figure) {
    const split = Number(figure.dataset.split || 50) / 100;
    const mode = views.dataset.mode;
    for (const side of figure.querySelectorAll(".frame > .before, .frame > .after")) {
      const before = side.classList.contains("before");
      const edge = split * side.clientWidth;
      for (const tag of side.querySelectorAll(".tag")) {
        const left = tag.offsetLeft + Number(tag.dataset.nudge || 0);
        const shown = before ? left + tag.offsetWidth <= edge : left >= edge;
        const alone = !figure.querySelector(".after") || mode === (before ? "before" : "after");
        tag.style.visibility = alone || (mode === "compare" && shown) ? "" : "hidden";
      }
    }
  }

  // Tags that would lie on each other move aside, as many as needed.
  function spread(side) {
    const gap = 28;
    const placed = [];
    for (const tag of side.querySelectorAll(".tag")) {
      let x = tag.offsetLeft, y = tag.offsetTop;
      const clash = () => placed.some((p) => Math.abs(p.x - x) < gap && Math.abs(p.y - y) < gap);
      while (clash()) {
        x += gap;
        if (x + gap > side.clientWidth) { x = 0; y += gap; }
        if (y > side.clientHeight) break;
      }
      placed.push({ x, y });
      tag.dataset.nudge = x - tag.offsetLeft;
      tag.style.setProperty("--nudge-x", x - tag.offsetLeft + "px");
      tag.style.setProperty("--nudge-y", y - tag.offsetTop + "px");
    }
  }

  function layout() {
    for (const figure of figures) {
      if (figure.hidden) continue;
      figure.querySelectorAll(".frame > .before, .frame > .after").forEach(spread);
      settle(figure);
    }
  }

  function slide(figure, percent) {
    const value = Math.max(0, Math.min(100, percent));
    figure.dataset.split = value;
    figure.style.setProperty("--split", value + "%");
    const input = figure.querySelector(".slide input");
    input.value = value;
    settle(figure);
  }

  function choose(name, value) {
    const input = tools.querySelector(`input[name=${name}][value=${value}]`);
    if (input) input.checked = true;
    if (name === "mode") views.dataset.mode = value;
    if (name === "view") for (const f of figures) f.hidden = value !== "all" && f.id !== value;
    layout();
  }

  function pair(figure) {
    const frame = figure.querySelector(".frame");
    const input = figure.querySelector(".slide input");
    if (!input) return;
    frame.classList.add("paired");
    input.parentElement.hidden = false;
    input.addEventListener("input", () => slide(figure, Number(input.value)));
    const follow = (e) => {
      const box = frame.getBoundingClientRect();
      slide(figure, ((e.clientX - box.left) / box.width) * 100);
    };
    frame.addEventListener("pointerdown", (e) => {
      if (views.dataset.mode !== "compare" || e.target.closest("a")) return;
      frame.setPointerCapture(e.pointerId);
      follow(e);
    });
    frame.addEventListener("pointermove", (e) => {
      if (frame.hasPointerCapture(e.pointerId)) follow(e);
    });
    slide(figure, 50);
  }

  // A link to a tag shows the view and the side that the tag is on.
  function reveal(tag) {
    const figure = tag.closest("figure");
    if (figure.hidden) choose("view", figure.id);
    if (!outlines.checked) outlines.click();
    if (figure.querySelector(".after")) choose("mode", tag.closest(".before") ? "before" : "after");
    tag.focus({ preventScroll: true });
    tag.scrollIntoView({ block: "center" });
  }

  tools.addEventListener("change", (e) => {
    if (e.target === outlines) views.classList.toggle("plain", !outlines.checked);
    else choose(e.target.name, e.target.value);
  });
  document.addEventListener("click", (e) => {
    const link = e.target.closest("a[href^='#mark']");
    const tag = link && document.getElementById(link.hash.slice(1));
    if (!tag) return;
    e.preventDefault();
    reveal(tag);
  });
  figures.forEach(pair);
  if (figures.length > 1 && matchMedia("(max-width: 720px)").matches) choose("view", figures[0].id);
  addEventListener("resize", layout);
  addEventListener("load", layout);
  layout();
})();
