// Runs the tests of what needs no editor with Node's own test runner. They are
// bundled first: the oldest Node that they run on reads no TypeScript.
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
process.chdir(here);
rmSync("out/unit", { recursive: true, force: true });
const tests = readdirSync("test/unit").filter((name) => name.endsWith(".test.ts"));
await build({
  entryPoints: tests.map((name) => `test/unit/${name}`),
  outdir: "out/unit",
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  external: ["vscode"],
  logLevel: "warning",
});
const files = tests.map((name) => path.join("out/unit", name.replace(/\.ts$/, ".mjs")));
const { status } = spawnSync(process.execPath, ["--test", ...files], { stdio: "inherit" });
process.exitCode = status ?? 1;
