// Builds the panel and its tests, and runs them: `npm run test:panel`.
// RELOOK is the binary that is driven, bin/relook if it is not set; CHROMIUM the
// browser that shows the panel, the one that relook uses if it is not set.
import { execFileSync, spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, "../..");
const out = path.join(root, "out/panel");
const given = process.argv.slice(2);
const names = given.length > 0 ? given : ["model.test", "link.test", "app.test", "panel.test"];
const relook = path.resolve(process.env.RELOOK ?? path.join(root, "../../bin/relook"));

const chromium =
  process.env.CHROMIUM ??
  JSON.parse(execFileSync(relook, ["doctor", "--json"], { encoding: "utf8" }))
    .checks.find((c) => c.name === "browser")
    .found.replace(/^.* at /, "");

execFileSync(process.execPath, ["esbuild.mjs"], { cwd: root, stdio: "inherit" });
rmSync(out, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: names.map((name) => `test/panel/${name}.ts`),
  outdir: out,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  sourcemap: "inline",
  external: ["playwright-core", "axe-core", "vscode-jsonrpc", "@vscode/l10n"],
  logLevel: "warning",
});
const files = names.map((name) => path.join(out, `${name}.mjs`));
const how =
  names[0] === "look"
    ? []
    : [
        "--test",
        "--test-reporter=spec",
        ...(process.env.ONLY ? [`--test-name-pattern=${process.env.ONLY}`] : []),
      ];
const done = spawnSync(process.execPath, [...how, ...files], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, RELOOK: relook, CHROMIUM: chromium, PANEL_ROOT: root },
});
process.exit(done.status ?? 1);
