// Bundles the extension: src/main.ts for the extension host, panel/main.ts for the webview.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { build, context } from "esbuild";

// The client compares the editor's version with a range, which engines.vscode has
// done before; the library for it would be 20 KB.
const versions = {
  name: "versions",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^semver\/functions\/(parse|satisfies)$/ }, ({ path }) => ({
      path,
      namespace: "versions",
    }));
    onLoad({ filter: /.*/, namespace: "versions" }, ({ path }) => ({
      contents: path.endsWith("parse")
        ? "module.exports = (v) => ({ version: v, prerelease: [] })"
        : "module.exports = () => true",
    }));
  },
};

// The client matches paths against patterns only for servers that are told of moved
// files, and for document selectors with patterns: relook has neither. The library's
// licence is none of those that relook takes.
const patterns = {
  name: "patterns",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^minimatch$/ }, ({ path }) => ({ path, namespace: "patterns" }));
    onLoad({ filter: /.*/, namespace: "patterns" }, () => ({
      contents:
        "exports.Minimatch = class { constructor() { throw new Error('patterns of paths are not bundled') } }",
    }));
  },
};

/** The licences that relook takes. */
const fine = ["MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "MPL-2.0"];
/** Most bytes of all that is bundled. */
const most = 500_000;

const watch = process.argv.includes("--watch");
const common = {
  bundle: true,
  minify: !watch,
  sourcemap: watch ? "linked" : false,
  legalComments: "none",
  logLevel: "warning",
};

const bundles = [
  {
    ...common,
    entryPoints: { main: "src/main.ts" },
    outdir: "dist",
    platform: "node",
    format: "cjs",
    // The oldest editor that engines.vscode allows runs Node 20.
    target: "node20",
    mainFields: ["module", "main"],
    external: ["vscode"],
    plugins: [versions, patterns],
  },
  {
    ...common,
    entryPoints: { panel: "panel/main.ts" },
    outdir: "dist",
    platform: "browser",
    format: "iife",
    target: "es2022",
  },
];

if (watch) {
  for (const one of bundles) await (await context(one)).watch();
} else {
  const built = await Promise.all(bundles.map((one) => build({ ...one, metafile: true })));
  writeFileSync("dist/licenses.txt", licenses(built.flatMap(({ metafile }) => inputs(metafile))));
  let bytes = 0;
  for (const name of ["main.js", "panel.js", "panel.css"]) {
    const { size } = statSync(`dist/${name}`);
    bytes += size;
    console.log(`dist/${name}: ${Math.round(size / 1000)} KB`);
  }
  if (bytes > most) throw new Error(`${bytes} bytes are bundled, more than ${most}`);
}

/** The files that end up in a bundle: not all that were read do. */
function inputs({ outputs }) {
  return Object.values(outputs).flatMap((one) => Object.keys(one.inputs));
}

/** The licences of what is bundled. */
function licenses(files) {
  const packages = new Set(files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []));
  return [...packages]
    .sort()
    .map((dir) => {
      const { name, version, license, author, repository } = JSON.parse(
        readFileSync(path.join(dir, "package.json"), "utf8"),
      );
      if (!fine.includes(license)) throw new Error(`${name} has the licence ${license}`);
      const file = readdirSync(dir).find((entry) => /^licen[cs]e/i.test(entry));
      // @vscode/l10n is published without the text of its licence.
      if (!file && license !== "MIT") throw new Error(`${name} comes without its licence`);
      if (!file) return `${name} ${version} (${license}), by ${author?.name ?? author}, ${repository?.url}\n`;
      return `${name} ${version} (${license})\n\n${readFileSync(path.join(dir, file), "utf8").trim()}\n`;
    })
    .join("\n----\n\n");
}
