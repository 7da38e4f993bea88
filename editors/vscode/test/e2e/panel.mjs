// The preview panel in the editor: it follows what is typed, a box leads to its
// cause, what it accepts can be undone, and it is there after a reload.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { copyOf, until } from "./editor.mjs";

const changes = 12; // of the page, to see how soon they show

export async function run({ dir, here, open, step, figures }) {
  const folder = path.join(dir, "site");
  mkdirSync(folder);
  copyOf(path.join(here, "media", "example.html"), path.join(folder, "index.html"));
  const editor = await open({ folder });
  const { page } = editor;
  await editor.file("index.html");

  step("open the preview beside the editor");
  await editor.command("relook: Open Preview to the Side");
  let panel = await webview(page);
  await says(panel, "3 defects at 3 widths, all can be repaired.");
  await until("the pictures are drawn", async () => (await drawn(panel)).every(Boolean));
  await editor.picture("preview");

  step("a box leads to its cause");
  await panel.locator('.tag[data-key^="sideways-scroll"]').first().click();
  await panel.locator(".inspector button", { hasText: "Go to the cause" }).click();
  await page.locator(".statusbar-item", { hasText: /Ln 9,/ }).waitFor();
  await editor.picture("cause");

  step("the cursor lights up the box");
  await editor.goTo(11, 12);
  await until("the box of the pale text is lit", () =>
    panel.locator('.tag.lit[data-key^="low-contrast"]').first().isVisible(),
  );

  step("type, and see it");
  const times = [];
  for (let i = 0; i < changes; i++) {
    const pale = i % 2 === 0;
    await editor.goTo(11, 18);
    await page.keyboard.press("Shift+End");
    const rest = pale ? "#444444; }" : "#b8c0cc; }";
    await page.keyboard.type(rest.slice(0, -1));
    await page.keyboard.type(rest.slice(-1));
    const typed = Date.now();
    await says(panel, pale ? "2 defects" : "3 defects");
    times.push(Date.now() - typed);
  }
  times.sort((a, b) => a - b);
  figures["last key to the panel, p50, ms"] = times[Math.floor(times.length / 2)];
  figures["last key to the panel, worst, ms"] = times.at(-1);

  step("accept, undo in one step");
  await says(panel, "3 defects at 3 widths, all can be repaired.");
  await panel.locator(".review button", { hasText: "Accept" }).click();
  await page.locator(".view-line", { hasText: "max-width: 900px" }).waitFor();
  await says(panel, "Nothing is wrong");
  await editor.picture("accepted");
  await page.locator(".tab", { hasText: "index.html" }).first().click();
  await editor.goTo(1, 1);
  await page.keyboard.press("Control+Z");
  await editor.line("{ width: 900px").waitFor();

  step("it is there after a reload");
  await page.reload();
  panel = await webview(page);
  await says(panel, "at 3 widths"); // what was not saved may come back a little older
  await until("the pictures are drawn again", async () => (await drawn(panel)).every(Boolean));
  await editor.picture("reloaded");
  assert.equal(await page.locator(".tab", { hasText: "Preview index.html" }).count(), 1);
}

/** The document of the panel, two frames deep. */
function webview(page) {
  return until("the panel is there", async () => {
    for (const frame of page.frames()) {
      if (
        await frame
          .locator("body[data-texts]")
          .count()
          .catch(() => 0)
      )
        return frame;
    }
    return undefined;
  });
}

const says = (panel, words) =>
  until(`the panel says "${words}"`, async () => {
    const said = await panel.locator("h1").innerText({ timeout: 1000 });
    return said.includes(words);
  });

/** Whether something is painted on each of the pictures. */
function drawn(panel) {
  return panel.locator("canvas.before").evaluateAll((list) =>
    list.map((canvas) => {
      const { width, height } = canvas;
      const copy = new OffscreenCanvas(Math.max(width, 1), Math.max(height, 1)).getContext("2d");
      copy.drawImage(canvas, 0, 0);
      return new Set(new Uint32Array(copy.getImageData(0, 0, width, height).data.buffer)).size > 2;
    }),
  );
}
