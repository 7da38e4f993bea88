// The built panel in a real browser, with a real server behind it, under the real
// colours of VS Code's themes.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import type { Preview } from "../../../../docs/schema/lsp";
import { plainWant, type ToPanel } from "../../panel/messages.ts";
import { document } from "../../panel/page.ts";
import { folder } from "./pages.ts";
import { Server } from "./server.ts";
import { launch, root, Stage, themeNames, themeOf } from "./stage.ts";

type Shown = Extract<ToPanel, { type: "preview" }>;
const repaired = (m: Shown) => (m.preview.repair?.fixes.length ?? 0) > 0;
const axe = readFileSync(
  createRequire(path.join(root, "package.json")).resolve("axe-core/axe.min.js"),
  "utf8",
);

let browser: Browser;
let server: Server;
let pages: ReturnType<typeof folder>;
let pricing: string;

before(async () => {
  pages = folder();
  server = new Server(pages.dir);
  [browser] = await Promise.all([launch(), server.start()]);
  pricing = await server.open("pricing.html");
});
after(async () => {
  await browser?.close();
  await server?.stop();
  pages?.remove();
});

const open = (uri: string, o?: Parameters<typeof Stage.open>[3]) =>
  Stage.open(browser, server, uri, { still: true, ...o });

test("a click on a box leads to its cause, and the cursor at a cause lights the box", async () => {
  const s = await open(pricing);
  await s.painted();
  const key = await s.page.locator(".tag").first().getAttribute("data-key");
  const box = (await s.page.locator(`.outline[data-key="${key}"]`).first().boundingBox())!;
  await s.page.mouse.click(box.x + box.width - 3, box.y + box.height - 3);
  const to = await s.until("a cause", () => s.gone.at(-1));
  assert.match(to.uri, /pricing\.html$/);
  await s.page.keyboard.press("Escape");
  assert.equal(await s.page.locator(".outline.lit").count(), 0);
  s.link.light((u) => u === to.uri, to.range.start);
  await s.page.waitForSelector(".outline.lit");
  assert.ok(await s.page.locator(".inspector").isVisible());
  assert.deepEqual(s.errors, []);
  await s.close();
});

test("all of it is reached by the keyboard", async () => {
  const s = await open(pricing);
  await s.painted(repaired);
  const names = new Set<string>();
  for (let i = 0; i < 60; i++) {
    await s.page.keyboard.press("Tab");
    const at = await s.page.evaluate(() => {
      const e = window.document.activeElement as HTMLElement | null;
      return e
        ? `${e.tagName} ${e.getAttribute("aria-label") ?? e.closest("label")?.textContent ?? e.textContent}`
            .replace(/\s+/g, " ")
            .trim()
        : "";
    });
    if (at.startsWith("BODY") && names.size > 0) break;
    names.add(at);
  }
  const all = [...names].join("\n");
  for (const want of [
    "Accept",
    "Reject",
    "Next",
    "Before",
    "Colour scheme",
    "State of the controls",
    "Smaller",
    "Larger",
    "Outlines",
    "BUTTON Defect 1:",
    "What was tried",
  ])
    assert.ok(all.includes(want), `${want} among\n${all}`);
  // Among the tags of a picture the arrows move; Enter chooses.
  const tags = s.page.locator(".view").nth(1).locator(".tag");
  await tags.first().focus();
  await s.page.keyboard.press("ArrowRight");
  await s.page.keyboard.press("Enter");
  assert.equal(await tags.nth(1).getAttribute("aria-current"), "true");
  assert.equal(
    await s.page.evaluate(() => (window.document.activeElement as HTMLElement).dataset.key),
    await tags.nth(1).getAttribute("data-key"),
  );
  await s.close();
});

test("the slider, the difference and one repair by itself", async () => {
  const s = await open(pricing);
  await s.painted(repaired);
  await s.page.getByRole("radio", { name: "Slider" }).check();
  assert.equal(await s.page.locator("canvas.after").count(), 3);
  // It is drawn, and not just there: something dark stands in it.
  await s.page.waitForFunction(() => {
    const canvas = window.document.querySelector<HTMLCanvasElement>("canvas.after")!;
    if (canvas.width < 10) return false;
    const g = Object.assign(window.document.createElement("canvas"), {
      width: canvas.width,
      height: canvas.height,
    }).getContext("2d")!;
    g.drawImage(canvas, 0, 0);
    return g
      .getImageData(0, 0, canvas.width, canvas.height)
      .data.some((v, at) => at % 4 === 0 && v < 100 && v > 0);
  });
  await s.page.locator(".slide input").focus();
  await s.page.keyboard.press("Home");
  assert.equal(
    await s.page.evaluate(() =>
      getComputedStyle(window.document.querySelector("canvas.after")!).clipPath.includes("0%"),
    ),
    true,
  );
  await s.page.getByRole("radio", { name: "Difference" }).check();
  await s.painted((m) => m.preview.views.some((v) => v.difference));
  const clear = await s.page
    .locator("canvas.changed")
    .first()
    .evaluate((img: HTMLCanvasElement) => {
      const c = Object.assign(window.document.createElement("canvas"), {
        width: img.width,
        height: img.height,
      });
      const g = c.getContext("2d")!;
      g.drawImage(img, 0, 0);
      const d = g.getImageData(0, 0, c.width, c.height).data;
      let n = 0;
      for (let i = 3; i < d.length; i += 4) if (d[i] === 0) n++;
      return n / (d.length / 4);
    });
  assert.ok(clear > 0.2 && clear < 1, `${clear} of the difference is transparent`);
  await s.page.getByRole("button", { name: "Next", exact: true }).click();
  const one = await s.until("one repair", () => {
    const m = s.told.filter((t) => t.type === "preview").at(-1);
    return (
      m &&
      m.want.fix !== "all" &&
      m.preview.repair?.repaired !==
        s.told.filter((t) => t.type === "preview").find(repaired)?.preview.repair?.repaired &&
      m
    );
  });
  assert.ok(one.preview.views.every((v) => v.after.length > 0));
  assert.match(await s.page.locator(".review .at").innerText(), /^1 of \d+$/);
  assert.deepEqual(s.errors, []);
  await s.close();
});

test("another colour scheme and a forced state are shown, and follow what is typed", async () => {
  const uri = await server.open("moving.html");
  const s = await open(uri);
  await s.painted();
  await s.page.getByLabel("Colour scheme").selectOption("dark");
  await s.painted((m) => m.preview.views[0]?.view.scheme === "dark");
  await s.page.getByLabel("State of the controls").selectOption("hover");
  await s.painted((m) => m.preview.views[0]?.view.state === "hover");
  const number = s.told.filter((m) => m.type === "preview").at(-1)!.preview.number;
  server.change(uri, server.texts.get(uri)!.text.replace("Loading", "Loaded"));
  await s.painted((m) => m.preview.number > number && m.preview.views[0]?.view.state === "hover");
  // Moments: three pictures that differ, one step for those who avoid movement.
  assert.equal(await s.page.locator(".strip").first().locator("canvas").count(), 3);
  await s.page.getByRole("button", { name: "Play the moments" }).click();
  assert.equal(await s.page.getByRole("radio", { name: "0 s" }).isChecked(), true);
  assert.deepEqual(s.errors, []);
  await s.close();
});

test("accept changes the text, and the panel shows the page as it became", async () => {
  const uri = await server.open("accept.html", readFileSync(path.join(pages.dir, "pricing.html"), "utf8"));
  const was = server.texts.get(uri)!.text;
  const s = await open(uri);
  await s.painted(repaired);
  const shown = s.told.filter((m) => m.type === "preview").at(-1)!.preview;
  await s.page.getByRole("button", { name: "Reject", exact: true }).click();
  assert.equal(server.texts.get(uri)!.text, was, "reject changes nothing");
  await s.page.getByRole("button", { name: "Show them again" }).click();
  await s.page.getByRole("button", { name: "Accept", exact: true }).click();
  await s.until("the edit", () => s.told.some((m) => m.type === "done" && m.applied));
  assert.notEqual(server.texts.get(uri)!.text, was);
  await s.painted((m) => m.preview.number > shown.number && m.preview.defects.length < shown.defects.length);
  await s.close();
});

test("what was chosen is there after a reload; a panel that is hidden is left alone", async () => {
  const s = await open(pricing);
  await s.painted(repaired);
  await s.page.getByRole("radio", { name: "Slider" }).check();
  await s.page.getByRole("button", { name: "Larger", exact: true }).click();
  const kept = await s.page.evaluate(() => (window as unknown as { kept(): unknown }).kept());
  await s.close();
  const again = await open(pricing, { state: kept });
  await again.painted(repaired);
  assert.equal(await again.page.getByRole("radio", { name: "Slider" }).isChecked(), true);
  assert.notEqual(await again.page.locator(".zoom .fit").innerText(), "Fit");
  await again.close();
});

test("pages that show nothing are answered with a sentence", async () => {
  for (const [name, want] of [
    ["empty.html", /^The page is empty\.$/],
    ["throws.html", /^The page can't be judged/],
    ["fine.html", /^Nothing is wrong at 3 widths\.$/],
  ] as const) {
    const s = await open(await server.open(name), { width: 300 });
    await s.until("an answer", () => s.heard.some((m) => m.type === "painted"));
    assert.match(await s.page.locator("h1").innerText(), want, name);
    assert.deepEqual(s.errors, []);
    await s.close();
  }
  const lost = await open(server.uri("none.css"));
  await lost.page.waitForSelector(".trouble.failed");
  assert.match(await lost.page.locator(".trouble").innerText(), /belongs to no page that relook knows/);
  await lost.close();
});

test("without trust no script runs and the panel says so; without a browser it tells what mends it", async () => {
  const untrusted = new Server(pages.dir);
  await untrusted.start({ trusted: false });
  const s = await Stage.open(browser, untrusted, await untrusted.open("pricing.html"), { still: true });
  await s.painted();
  await s.page.waitForSelector(".trouble.untrusted");
  await untrusted.notify("relook/trust", { trusted: true });
  await s.page.waitForSelector(".trouble", { state: "detached" });
  await s.close();
  await untrusted.stop();
  const without = new Server(pages.dir);
  await without.start({ settings: { browser: { path: path.join(pages.dir, "no-such-browser") } } });
  const t = await Stage.open(browser, without, await without.open("pricing.html"), { still: true });
  await t.page.waitForSelector(".trouble.browser");
  await t.page.getByRole("button", { name: "Choose a browser" }).click();
  await t.until("a mend", () => t.mended.includes("browserPath"));
  await t.close();
  await without.stop();
});

test("axe and relook find nothing wrong with the panel, narrow and wide, in every theme", async () => {
  const dir = mkdtempSync(path.join(os.tmpdir(), "relook-itself-"));
  cpSync(path.join(root, "dist/panel.css"), path.join(dir, "panel.css"));
  cpSync(path.join(root, "dist/panel.js"), path.join(dir, "panel.js"));
  for (const theme of themeNames) {
    const s = await open(pricing, { theme, width: 300 });
    await s.painted(repaired);
    await s.page.getByRole("radio", { name: "Slider" }).check();
    await s.page.locator(".row").first().click();
    await s.page.addScriptTag({ content: axe }).catch(() => s.page.evaluate(axe));
    for (const width of [300, 900]) {
      await s.page.setViewportSize({ width, height: 800 });
      const found = await s.page.evaluate(async () => {
        const run = (
          window as unknown as {
            axe: {
              run(): Promise<{
                violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
              }>;
            };
          }
        ).axe.run;
        return (await run()).violations.map(
          (v) => `${v.id}: ${v.nodes.map((n) => `${n.html} ${n.failureSummary}`).join("; ")}`,
        );
      });
      assert.deepEqual(found, [], `axe, ${theme} at ${width} px`);
    }
    writeFileSync(path.join(dir, `${theme}.html`), standing(s, theme));
    await s.close();
  }
  const found = check(dir);
  rmSync(dir, { recursive: true });
  assert.deepEqual(found, []);
});

/** standing is the panel as a page by itself, which is told again what it was told. */
function standing(s: Stage, theme: (typeof themeNames)[number]): string {
  const told = s.told.map((m) =>
    m.type === "preview"
      ? {
          ...m,
          pictures: m.pictures.map((p) => ({ id: p.id, base64: Buffer.from(p.bytes).toString("base64") })),
        }
      : m,
  );
  const vars = Object.entries(themeOf(theme).vars)
    .map(([n, v]) => `${n}: ${v};`)
    .join(" ");
  const html = document({
    nonce: "x",
    language: "en",
    source: "'self'",
    style: "panel.css",
    script: "panel.js",
    title: "Preview",
    texts: null,
    state: {
      mode: "slider",
      selected: s.told.flatMap((m) => (m.type === "preview" ? m.preview.defects : []))[0]?.key,
    },
  });
  const fake = `<style>:root { ${vars} }</style><script>
    window.acquireVsCodeApi = () => ({ postMessage(m) { if (m.type === "ready") queueMicrotask(tell) }, getState() {}, setState() {} });
    const told = ${JSON.stringify(told).replaceAll("<", "\\u003c")};
    const tell = () => { for (const m of told) {
      for (const p of m.pictures ?? []) p.bytes = Uint8Array.from(atob(p.base64), (c) => c.charCodeAt(0));
      window.dispatchEvent(new MessageEvent("message", { data: m }));
    } };
  </script>`;
  return html
    .replace(/<meta http-equiv[^>]*>/, fake)
    .replace("<body", `<body class="${themeOf(theme).class}"`);
}

/** check is what relook finds wrong with the pages of a folder, in words. */
function check(dir: string): string[] {
  // The pictures are shown smaller than they are on purpose: the zoom shows all of them.
  writeFileSync(path.join(dir, "relook.toml"), '[rules]\noff = ["oversized-image"]\n');
  const args = [
    "check",
    "--format",
    "json",
    "--view",
    "300x800,900x800",
    "--timeout",
    "60s",
    "--profile",
    "fast",
    ".",
  ];
  let out: string;
  try {
    out = execFileSync(process.env.RELOOK!, args, { cwd: dir, encoding: "utf8" });
  } catch (err) {
    out = (err as { stdout: string }).stdout;
  }
  const pages = (
    JSON.parse(out) as {
      files: {
        path: string;
        valid: boolean;
        invalidReason?: string;
        defects: { rule: string; message: string }[];
      }[];
    }
  ).files;
  assert.equal(pages.length, themeNames.length);
  return pages.flatMap((p) => [
    ...(p.valid ? [] : [`${p.path}: ${p.invalidReason}`]),
    ...p.defects.map((d) => `${p.path}: ${d.rule}: ${d.message}`),
  ]);
}

test("every colour that the panel asks for is one that VS Code has", () => {
  const used = new Set(
    readFileSync(path.join(root, "panel/panel.css"), "utf8")
      .match(/var\(--vscode-[\w-]+\)/g)
      ?.map((v) => v.slice(4, -1)),
  );
  assert.ok(used.size > 20);
  for (const theme of themeNames)
    assert.deepEqual(
      [...used].filter((v) => !themeOf(theme).vars[v] && !optional.has(v)),
      [],
      theme,
    );
});

/** optional are those that not every theme sets: without them what they colour is
 * told by a border, a sign or the text itself. */
const optional = new Set([
  "--vscode-button-secondaryBackground",
  "--vscode-button-secondaryHoverBackground",
  "--vscode-contrastActiveBorder",
  "--vscode-contrastBorder",
  "--vscode-diffEditor-insertedTextBackground",
  "--vscode-diffEditor-removedTextBackground",
  "--vscode-list-inactiveSelectionBackground",
  "--vscode-list-inactiveSelectionForeground",
  "--vscode-toolbar-hoverBackground",
]);

test("a change is on the screen soon after its message, and thirty views take little memory", async (t) => {
  // relook looks at 20 views in one run at most: the thirty are of two.
  const list = Array.from({ length: 30 }, (_, i) => `"${320 + i * 40}x800"`);
  const halves = [await viewed(list.slice(0, 15)), await viewed(list.slice(15))] as const;
  const all = new Map<string, Uint8Array>();
  const whole = { ...halves[0], views: halves.flatMap((p) => p.views) };
  for (const { id, png } of whole.views.flatMap((v) => v.before))
    if (png) all.set(id, Buffer.from(png, "base64"));
  const own = await launch(); // a renderer of its own, that holds nothing else
  try {
    const s = await Stage.open(own, null, whole.uri, { still: true });
    // Ten changes, in each of which every picture is a new one.
    for (let n = 1; n <= 10; n++) {
      const fresh = whole.views.map((v) => ({
        ...v,
        before: v.before.map(({ png: _, ...shot }) => ({ ...shot, id: `${shot.id}-${n}` })),
      }));
      const pictures = [...all].map(([id, bytes]) => ({ id: `${id}-${n}`, bytes }));
      s.tell({ type: "preview", preview: { ...whole, number: n, views: fresh }, pictures, want: plainWant });
      await s.painted((m) => m.preview.number === n);
      await s.page.mouse.wheel(0, n * 200);
    }
    const cdp = await own.newBrowserCDPSession();
    // What the test itself handed over, as text, is rubbish by now.
    const page = await s.page.context().newCDPSession(s.page);
    await page.send("HeapProfiler.collectGarbage");
    const heap = (await page.send("Runtime.getHeapUsage")).usedSize / 1e6;
    const { processInfo } = await cdp.send("SystemInfo.getProcessInfo");
    const memory = Math.max(...processInfo.filter((p) => p.type === "renderer").map((p) => resident(p.id)));
    const shown = await s.page.locator("canvas.before").count();
    assert.equal(shown, 30);
    const ms = s.heard
      .flatMap((m) => (m.type === "painted" ? [m.ms] : []))
      .slice(-10)
      .sort((a, b) => a - b);
    t.diagnostic(
      `30 views, message to painted: p50 ${ms[5]!.toFixed(0)} ms, worst ${ms[9]!.toFixed(0)} ms; the panel's process holds ${memory} MB of its own with ${shown} views, of it ${heap.toFixed(0)} MB of objects`,
    );
    assert.ok(memory < 150, `the panel takes ${memory} MB`);
    assert.ok(ms[5]! < 400, `p50 is ${ms[5]} ms`);
  } finally {
    await own.close();
  }
});

/** viewed is a real preview of the example at views. */
async function viewed(views: string[]): Promise<Preview> {
  const { dir, remove } = folder(`views = [${views.join(", ")}]\n`);
  const one = new Server(dir);
  try {
    await one.start();
    const preview = await one.request<Preview>("relook/preview", {
      textDocument: { uri: await one.open("pricing.html") },
    });
    assert.equal(preview.views.length, views.length);
    return preview;
  } finally {
    await one.stop();
    remove();
  }
}

/** resident is what a process has in memory that no other shares, in MB. */
function resident(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const kb = ["Private_Clean", "Private_Dirty"].map((n) =>
    Number(new RegExp(`${n}:\\s+(\\d+)`).exec(text)?.[1] ?? 0),
  );
  return Math.round(kb.reduce((a, b) => a + b, 0) / 1000);
}
