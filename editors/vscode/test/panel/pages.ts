// The pages that the tests look at, in a folder of their own.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { root } from "./stage.ts";

export const moving = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Moves</title>
<style>
  body { margin: 0; font: 18px/1.5 sans-serif; color: #222; background: #fff }
  main { padding: 24px }
  .bar { height: 24px; width: 10%; background: #2a6; animation: grow 2s linear forwards }
  @keyframes grow { to { width: 90% } }
  @media (prefers-color-scheme: dark) { body { background: #111; color: #eee } }
  button:hover { background: #fd0 }
</style>
<main><h1>Loading</h1><div class="bar"></div><p>The bar grows for two seconds.</p><button type="button">Stop it now</button></main>
</html>
`;

export const fine = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Fine</title>
<style>body { margin: 0; padding: 24px; font: 18px/1.5 sans-serif; color: #222; background: #fff }</style>
<h1>All is well</h1><p>There is nothing to repair on this page.</p>
</html>
`;

/** folder makes a workspace and gives its path and what removes it. */
export function folder(config = ""): { dir: string; remove: () => void } {
  const dir = mkdtempSync(path.join(os.tmpdir(), "relook-panel-"));
  cpSync(path.join(root, "../../examples"), dir, { recursive: true });
  writeFileSync(path.join(dir, "moving.html"), moving);
  writeFileSync(path.join(dir, "fine.html"), fine);
  writeFileSync(path.join(dir, "empty.html"), "");
  writeFileSync(
    path.join(dir, "throws.html"),
    "<!doctype html><title>x</title><script>document.documentElement.remove()</script>",
  );
  if (config) writeFileSync(path.join(dir, "relook.toml"), config);
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}
