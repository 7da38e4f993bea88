// The extension as a person has it: the packed VSIX, installed from its file into a
// real editor that a real browser shows. Pictures of every step and the figures lie
// in out/e2e. Arguments name the parts to run; without any all are.
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Editor } from "./e2e/editor.mjs";
import { chromium, editor as getEditor } from "./e2e/tools.mjs";

const here = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const root = path.resolve(here, "../..");
const out = path.join(here, "out", "e2e");
const only = process.argv.slice(2);
const parts = ["page", "panel", "host", "trouble", "trust"];

const vsix = path.join(
  here,
  "out",
  "vsix",
  readdirSync(path.join(here, "out", "vsix")).find((name) =>
    name.includes(`${process.platform}-${process.arch}`),
  ),
);
const extensions = path.join(out, "extensions", only.join("-") || "all");
for (const name of [path.relative(out, extensions), ...(only.length > 0 ? only : parts)]) {
  rmSync(path.join(out, name), { recursive: true, force: true });
}
mkdirSync(extensions, { recursive: true });
const tools = getEditor();
Editor.install({ tools, vsix, extensions, dir: out });
const relook = path.join(
  extensions,
  readdirSync(extensions).find((name) => name.startsWith("relook.relook-")),
  "bin",
  "relook",
);
const figures = { "VSIX, MB": statSync(vsix).size / 1e6 };
const kit = { tools, chromium: chromium(relook), extensions, root, here, relook, figures };

for (const name of only.length > 0 ? only : parts) {
  const { run } = await import(`./e2e/${name}.mjs`);
  const start = Date.now();
  const dir = path.join(out, name);
  mkdirSync(dir, { recursive: true });
  const opened = [];
  try {
    await run({
      ...kit,
      dir,
      open: async (options) => {
        const editor = await Editor.open({ ...kit, dir, ...options });
        opened.push(editor);
        return editor;
      },
      step: (words) => console.log(`  ${words}`),
    });
    console.log(`ok ${name} (${((Date.now() - start) / 1000).toFixed(0)} s)`);
  } catch (error) {
    console.error(`FAILED ${name}: ${error.stack.slice(0, 2000)}`);
    for (const editor of opened) await editor.picture("failed").catch(() => undefined);
    process.exitCode = 1;
  } finally {
    for (const editor of opened) await editor.close();
  }
}
for (const [name, value] of Object.entries(figures)) console.log(`${name}: ${Math.round(value * 10) / 10}`);
writeFileSync(path.join(out, "figures.json"), JSON.stringify(figures, null, 2));
