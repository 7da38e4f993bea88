// What goes wrong: the binary may not be run, a setting is wrong, the browser is
// killed, a model takes too long. Each is said once, with a button that mends it.
import assert from "node:assert/strict";
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { copyOf, descendants, read, until } from "./editor.mjs";

export async function run(kit) {
  const slow = await slowModel();
  try {
    await trouble(kit, slow);
  } finally {
    slow.close();
  }
}

async function trouble({ dir, here, relook, open, step }, slow) {
  const folder = path.join(dir, "site");
  mkdirSync(folder);
  copyOf(path.join(here, "media", "example.html"), path.join(folder, "index.html"));
  const broken = path.join(dir, "relook");
  copyFileSync(relook, broken);
  chmodSync(broken, 0o644);

  const editor = await open({
    folder,
    settings: {
      "relook.path": broken,
      "relook.model.host": slow.address,
      "relook.views": ["390 by 844"],
    },
  });
  const { page } = editor;

  step("a binary without exec bit: a button mends it");
  await editor.file("index.html");
  const refused = page.locator(".notification-toast", { hasText: "may not be run" });
  await refused.waitFor();
  await editor.picture("not-executable");
  await refused.locator(".monaco-button", { hasText: "Make It Executable" }).click();

  step("a setting that can't be taken: named once, with a button, and the rest works");
  const wrong = page.locator(".notification-toast", { hasText: "relook.views" });
  await wrong.waitFor();
  await editor.picture("wrong-setting");
  assert.equal(await wrong.count(), 1);
  assert.equal(await wrong.locator(".monaco-button", { hasText: "Open the Setting" }).count(), 1);
  const squiggle = page.locator(".editor-group-container.active .squiggly-error").first();
  await squiggle.waitFor();
  await editor.command("Notifications: Clear All Notifications");

  step("kill the browser: the next look starts another");
  const browsers = () =>
    descendants(editor.server.pid).filter(([, args]) => /chrom/i.test(args) && !args.includes("--type="));
  await until("relook's browser runs", () => browsers().length > 0);
  const [[pid]] = browsers();
  process.kill(pid, "SIGKILL");
  await until("it is gone", () => browsers().every(([other]) => other !== pid));
  await page.locator(".tab", { hasText: "index.html" }).first().click();
  await editor.command("relook: Look at This Page Thoroughly");
  await until("another browser runs", () => browsers().some(([other]) => other !== pid));
  await squiggle.waitFor();
  await editor.picture("browser-back");

  step("switch the model");
  await editor.command("relook: Choose a Model...");
  const models = page.locator(".quick-input-list .monaco-list-row");
  await until("the models are listed", async () =>
    (await models.allInnerTexts()).some((row) => row.includes("other:latest")),
  );
  await editor.picture("models");
  await models.filter({ hasText: "slow:latest" }).click();
  // The menu tells what was known when it was opened.
  await until("the menu names the model", async () => {
    await editor.status.click();
    const choose = models.filter({ hasText: "Choose a Model" });
    await choose.waitFor();
    const named = (await choose.innerText()).includes("slow:latest");
    await page.keyboard.press("Escape");
    await choose.waitFor({ state: "hidden" });
    return named;
  });

  step("cancel what a model is asked");
  await page.locator(".tab", { hasText: "index.html" }).first().click();
  await editor.command("relook: Repair with an Instruction...");
  await page.locator(".quick-input-widget:visible input[type=text]").first().fill("make the heading blue");
  await page.keyboard.press("Enter");
  const progress = page.locator(".notification-toast", { hasText: "relook: Repairing" });
  await progress.waitFor();
  await until("the model is asked", () => slow.asked > 0);
  await editor.picture("progress");
  await progress.locator(".monaco-button", { hasText: "Cancel" }).click();
  await progress.waitFor({ state: "detached" });
  await until("the question to the model is given up", () => slow.givenUp > 0);
  await editor.picture("cancelled");

  step("a setting that is wrong from outside: said once, with a button");
  const missing = path.join(dir, "nowhere", "relook");
  // The editor in a browser does not watch the person's own settings, but the workspace's.
  mkdirSync(path.join(folder, ".vscode"));
  const settings = path.join(folder, ".vscode", "settings.json");
  writeFileSync(settings, JSON.stringify({ "relook.path": missing }));
  const nowhere = page.locator(".notification-toast", { hasText: missing });
  await nowhere.waitFor();
  await editor.picture("wrong-path");
  assert.equal(await nowhere.count(), 1);
  await nowhere.locator(".monaco-button", { hasText: "Use Another" }).click();
  await until("the setting is gone", () => !read(settings).includes(missing));
  await until("the server answers again", async () => !/not running/.test(await editor.state()));
}

/** A model that thinks for ever: it answers what is asked before, and never the question. */
async function slowModel() {
  const model = { asked: 0, givenUp: 0 };
  const entry = (name) => ({ name, model: name, size: 1, digest: "0", details });
  const details = { format: "gguf", family: "slow", parameter_size: "1B", quantization_level: "Q4_0" };
  const server = http.createServer((request, response) => {
    const json = (value) => response.end(JSON.stringify(value));
    response.setHeader("Content-Type", "application/json");
    if (request.url === "/api/version") return json({ version: "0.17.4" });
    if (request.url === "/api/tags") return json({ models: [entry("slow:latest"), entry("other:latest")] });
    if (request.url === "/api/ps") return json({ models: [] });
    if (request.url === "/api/show")
      return json({ details, model_info: {}, capabilities: ["completion"], template: "" });
    if (request.method !== "POST") return response.end("Ollama is running");
    model.asked++;
    response.on("close", () => model.givenUp++);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  model.address = `http://127.0.0.1:${server.address().port}`;
  model.close = () => {
    server.closeAllConnections();
    server.close();
  };
  return model;
}
