// A workspace that is not trusted: it is looked at without its scripts, chooses
// nothing that runs, and is looked at anew once it is trusted.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { until } from "./editor.mjs";

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Not trusted</title>
<main id="main"><h1>A page with a script</h1></main>
<script>
  document.getElementById("main").insertAdjacentHTML("beforeend", "<div style='width:900px;background:#456'>wide</div>");
</script>
</html>
`;

export async function run({ dir, open, step }) {
  const folder = path.join(dir, "site");
  mkdirSync(path.join(folder, ".vscode"), { recursive: true });
  mkdirSync(path.join(folder, "bin"));
  writeFileSync(path.join(folder, "index.html"), page);
  const ran = path.join(dir, "ran");
  const trap = `#!/bin/sh\ntouch '${ran}'\nexit 1\n`;
  writeFileSync(path.join(folder, "trap"), trap, { mode: 0o755 });
  writeFileSync(path.join(folder, "bin", "relook"), trap, { mode: 0o755 });
  writeFileSync(
    path.join(folder, ".vscode", "settings.json"),
    JSON.stringify({
      "relook.path": path.join(folder, "trap"),
      "relook.browser.path": path.join(folder, "trap"),
    }),
  );
  const editor = await open({ folder, trust: false });

  step("looked at without scripts, and the workspace chooses nothing that runs");
  await editor.file("index.html");
  await until("the status says that it is not trusted", async () => /not trusted/.test(await editor.state()));
  await editor.picture("untrusted");
  assert.equal(await editor.page.locator(".squiggly-error").count(), 0, "a script has run");
  assert.ok(!existsSync(ran), "the workspace chose what runs");
  await editor.status.click();
  await editor.page
    .locator(".quick-input-list .monaco-list-row", { hasText: "Trust This Workspace" })
    .waitFor();
  assert.equal(
    await editor.page.locator(".quick-input-list .monaco-list-row", { hasText: "Instruction" }).count(),
    0,
  );
  await editor.picture("untrusted-menu");

  step("trusted: looked at anew");
  // What the workspace chooses would count from now on, and it is a trap.
  writeFileSync(path.join(folder, ".vscode", "settings.json"), "{}");
  rmSync(path.join(folder, "bin"), { recursive: true });
  await editor.page
    .locator(".quick-input-list .monaco-list-row", { hasText: "Trust This Workspace" })
    .click();
  await editor.page
    .locator(".workspace-trust-editor .monaco-button", { hasText: /^Trust$/ })
    .first()
    .click();
  await editor.page.locator(".tab", { hasText: "index.html" }).first().click();
  await editor.page.locator(".squiggly-error, .squiggly-warning").first().waitFor();
  await editor.picture("trusted");
}
