// Takes pictures of the panel in all its states: `node test/panel/run.mjs look`.
import { mkdirSync } from "node:fs";
import path from "node:path";
import { folder } from "./pages.ts";
import { Server } from "./server.ts";
import { launch, root, Stage, type Theme } from "./stage.ts";

const out = process.env.SHOTS ?? path.join(root, "out/shots");
mkdirSync(out, { recursive: true });
const only = process.env.ONLY ?? "";
const { dir, remove } = folder();
const server = new Server(dir);
const browser = await launch();
const snap = async (s: Stage, name: string, full = false) => {
  await s.page.waitForFunction(() =>
    [...document.querySelectorAll("canvas")].every(
      (c) => (c.width > 1 && c.width !== 300) || c.getBoundingClientRect().top > innerHeight,
    ),
  );
  await s.page.screenshot({ path: path.join(out, `${name}.png`), fullPage: full });
  console.log(name, s.errors.join(" | "));
};
try {
  await server.start();
  const uri = await server.open("pricing.html");
  await server.open("moving.html");
  await server.open("fine.html");
  await server.open("empty.html");
  const repaired = (m: { preview: { repair?: unknown; profile?: string } }) => m.preview.repair !== undefined;
  for (const [theme, width] of [
    ["light", 900],
    ["dark", 900],
    ["dark", 300],
    ["high-contrast", 300],
    ["high-contrast-light", 900],
  ] as [Theme, number][]) {
    const at = `${theme}-${width}`;
    if (only && !at.includes(only)) continue;
    const s = await Stage.open(browser, server, uri, { theme, width, height: 800, still: true });
    await s.painted(repaired);
    await snap(s, `${at}-1-before`);
    await s.page.locator(".row").nth(1).click();
    await s.page.mouse.move(0, 0);
    await snap(s, `${at}-2-chosen`);
    await s.page.keyboard.press("Escape");
    await s.page.evaluate(() => scrollTo(0, 0));
    await s.page.getByRole("radio", { name: "Slider" }).check();
    await snap(s, `${at}-3-slider`);
    await s.page.getByRole("radio", { name: "Difference" }).check();
    await s.painted((m) => m.preview.views.some((v) => v.difference));
    await snap(s, `${at}-4-difference`);
    await s.page.getByRole("radio", { name: "After" }).check();
    await s.page.locator("summary").nth(1).click();
    await s.until("what was tried", () => s.told.some((m) => m.type === "trace"));
    await s.page.locator("summary").nth(0).click();
    await snap(s, `${at}-5-all`, true);
    await s.close();
  }
  const moving = await Stage.open(browser, server, server.uri("moving.html"), {
    theme: "dark",
    width: 600,
    height: 700,
  });
  await moving.painted();
  await snap(moving, "moving-dark");
  await moving.page.locator("select").first().selectOption("light");
  await moving.painted((m) => m.want.scheme === "light" && m.preview.views[0]?.view.scheme === "light");
  await snap(moving, "moving-light");
  await moving.close();
  const fine = await Stage.open(browser, server, server.uri("fine.html"), {
    theme: "light",
    width: 600,
    height: 500,
  });
  await fine.painted();
  await snap(fine, "fine");
  await fine.close();
  const empty = await Stage.open(browser, server, server.uri("empty.html"), {
    theme: "light",
    width: 300,
    height: 400,
  });
  await empty.until("an answer", () => empty.heard.some((m) => m.type === "painted"));
  await snap(empty, "empty");
  await empty.close();
  const waiting = await Stage.open(browser, null, uri, { theme: "dark", width: 400, height: 300 });
  waiting.link.uri = uri;
  waiting.tell({ type: "page", uri, name: "pricing.html" });
  await snap(waiting, "waiting");
  for (const kind of ["starting", "stopped", "browser", "untrusted", "failed"] as const) {
    waiting.tell({
      type: "trouble",
      trouble: { kind, message: "No Chromium found: `relook setup --browser` installs one." },
    });
    await waiting.page.waitForSelector(`.${kind}`);
    await snap(waiting, `trouble-${kind}`);
  }
} finally {
  await browser.close();
  await server.stop();
  remove();
}
