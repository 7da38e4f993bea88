// What a person does first: open a page, see a problem, look at it, repair it, undo,
// save, take a suggestion; ask for something in words; cancel.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { copyOf, read, until } from "./editor.mjs";

export async function run({ dir, here, open, step, figures }) {
  const folder = path.join(dir, "site");
  mkdirSync(folder);
  const file = path.join(folder, "index.html");
  copyOf(path.join(here, "media", "example.html"), file);
  // The best model is none here: what is said then is what most people see first.
  const editor = await open({ folder, settings: { "relook.model.host": "http://127.0.0.1:9" } });
  const { page } = editor;

  step("open a page, see problems");
  await page.locator(".explorer-folders-view .monaco-list-row", { hasText: "index.html" }).waitFor();
  const opened = Date.now();
  await editor.file("index.html");
  const squiggle = page.locator(
    ".editor-group-container.active .squiggly-error, .editor-group-container.active .squiggly-warning",
  );
  await squiggle.first().waitFor();
  figures["first problems after opening, cold, ms"] = Date.now() - opened;
  await page.keyboard.press("Control+Shift+M");
  const problems = page.locator(".markers-panel .monaco-list-row", { hasText: "scrolls sideways" });
  await problems.first().waitFor();
  await editor.picture("problems");
  assert.match(await problems.first().innerText(), /relook/);
  await page.keyboard.press("Control+J"); // closes the panel

  const pictures = 'img[src^="data:image/jpeg"]';
  step("hover, see the pictures before and after");
  // The word that is underlined is hovered over until its repair is known.
  const hover = page.locator(".monaco-hover:visible", { hasText: "sideways-scroll" }).first();
  await until("the hover text shows two pictures", async () => {
    await page.mouse.move(5, 400);
    const word = editor.line("width: 900px").locator("span", { hasText: "900" }).last();
    const box = await word.boundingBox();
    await page.mouse.move(box.x + box.width / 2 - 2, box.y + box.height / 2);
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await hover.waitFor({ timeout: 3000 });
    return (await hover.locator(pictures).count()) >= 2;
  });
  for (const image of await hover.locator(pictures).all()) {
    const width = await image.evaluate((img) => (img.complete ? img.naturalWidth : 0));
    assert.ok(width > 40, `a picture of the hover text is not shown: ${width} px`);
  }
  await editor.picture("hover");
  assert.ok((await hover.locator("a", { hasText: "What sideways-scroll means" }).count()) === 1);
  await page.mouse.move(5, 400);

  step("press the light bulb, accept, undo in one step");
  const before = await text(page);
  await editor.goTo(9, 14);
  const action = page.locator(".action-widget .monaco-list-row", { hasText: /^Repair:/ }).first();
  await until("the light bulb offers a repair", async () => {
    await page.keyboard.press("Control+.");
    if (await action.isVisible().catch(() => false)) return true;
    await action.waitFor({ timeout: 1500 }).catch(() => undefined);
    if (await action.isVisible()) return true;
    await page.keyboard.press("Escape");
    return false;
  });
  await editor.picture("lightbulb");
  await action.click();
  await until("the repair is in the text", async () => (await text(page)) !== before);
  assert.match(await text(page), /max-width: 900px/);
  assert.equal(read(file), read(path.join(here, "media", "example.html")), "nothing is written to disk");
  await editor.picture("repaired");
  await page.keyboard.press("Control+Z");
  await until("undo brings it back in one step", async () => (await text(page)) === before);

  step("the repair of everything as a diff");
  await until("a diff is shown", async () => {
    await editor.command("relook: Show the Repair as a Diff");
    return page
      .locator(".monaco-diff-editor .char-insert, .monaco-diff-editor .line-insert")
      .first()
      .waitFor({ timeout: 5000 })
      .then(
        () => true,
        () => false,
      );
  });
  await editor.picture("diff");
  await editor.command("View: Close Editor");
  await page.locator(".monaco-diff-editor").waitFor({ state: "detached" });

  step("save: a suggestion, once");
  writeFileSync(path.join(folder, "relook.toml"), '[editor]\non_save = "suggest"\n');
  await page.locator(".tab", { hasText: "index.html" }).first().click();
  await editor.goTo(1, 1);
  await editor.line("<!doctype html>").waitFor();
  await page.keyboard.press("Control+End");
  await page.keyboard.type("\n<!-- saved -->");
  await page.keyboard.press("Control+S");
  await until("it is saved", async () => read(file).includes("<!-- saved -->"));
  const suggestion = editor.notification("relook can repair");
  await suggestion.waitFor();
  await editor.picture("suggestion");
  await suggestion.locator(".monaco-button", { hasText: "Apply" }).click();
  await until("the suggestion is applied", async () => (await text(page)).includes("max-width: 900px"));
  assert.ok(!read(file).includes("max-width: 900px"), "nothing is saved unasked");
  await page.keyboard.press("Control+Z");
  await until("it is taken back", async () => !(await text(page)).includes("max-width: 900px"));
  await page.keyboard.press("Control+S");

  step("an instruction without a model: what is missing, and a button");
  await editor.command("relook: Repair with an Instruction...");
  const words = page.locator(".quick-input-widget:visible input[type=text]").first();
  await words.fill("make the heading blue");
  await editor.picture("instruction");
  await page.keyboard.press("Enter");
  const missing = page.locator(".notification-toast", { hasText: /Ollama|model/i }).first();
  await missing.waitFor();
  await editor.picture("no-model");
  console.log(`    ${(await missing.innerText()).replaceAll("\n", " | ")}`);
  assert.ok(
    (await page.locator(".notification-toast", { hasText: "relook can repair" }).count()) === 0,
    "it was suggested twice",
  );
  await page.keyboard.press("Escape");

  step("the menu of the status item");
  await editor.status.click();
  await page.locator(".quick-input-list .monaco-list-row", { hasText: "Restart Browser" }).waitFor();
  await editor.picture("menu");
  await page.keyboard.press("Escape");

  step("the walkthrough");
  await editor.command("relook: First Steps");
  await page.locator(".getting-started-step", { hasText: "A browser" }).waitFor();
  await page
    .locator(".getting-started-step", { hasText: "A browser" })
    .locator(".codicon-getting-started-step-checked")
    .first()
    .waitFor();
  await editor.picture("walkthrough");
}

/** The text of the active editor, as it is painted: the page is short enough to be shown whole. */
async function text(page) {
  const lines = await page
    .locator(".editor-group-container.active .view-lines .view-line")
    .evaluateAll((list) =>
      list
        .map((line) => [Number.parseFloat(line.style.top), line.innerText.replaceAll("\u00a0", " ")])
        .sort(([a], [b]) => a - b)
        .map(([, words]) => words),
    );
  return lines.join("\n");
}
