// Packs the extension: one VSIX for each platform with the binary inside, and a
// plain one. Arguments name some of them ("linux-x64", "plain", "host"); without
// any it packs all. They lie in out/vsix.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { check } from "./check.mjs";

const here = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const root = path.resolve(here, "../..");
const { version } = JSON.parse(readFileSync(path.join(here, "package.json"), "utf8"));
const goos = { linux: "linux", darwin: "darwin", win32: "windows" };
const goarch = { x64: "amd64", arm64: "arm64" };
const every = Object.keys(goos).flatMap((os) => Object.keys(goarch).map((arch) => `${os}-${arch}`));

const asked = process.argv
  .slice(2)
  .map((name) => (name === "host" ? `${process.platform}-${process.arch}` : name));
const targets = asked.length > 0 ? asked : [...every, "plain"];
const bin = path.join(here, "bin");
const out = path.join(here, "out", "vsix");
mkdirSync(out, { recursive: true });
copyFileSync(path.join(root, "LICENSE"), path.join(here, "LICENSE"));
execFileSync(process.execPath, ["esbuild.mjs"], { cwd: here, stdio: "inherit" });

for (const target of targets) {
  if (target !== "plain" && !every.includes(target))
    throw new Error(`${target} is none of ${every.join(", ")}, plain, host`);
  rmSync(bin, { recursive: true, force: true });
  if (target !== "plain") build(target);
  await check(pack(target), target);
}
rmSync(bin, { recursive: true, force: true });

function build(target) {
  const [os, arch] = target.split("-");
  const file = path.join(bin, os === "win32" ? "relook.exe" : "relook");
  execFileSync(
    "go",
    ["build", "-trimpath", "-ldflags", `-s -w -X main.release=${version}`, "-o", file, "./cmd/relook"],
    {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, CGO_ENABLED: "0", GOOS: goos[os], GOARCH: goarch[arch] },
    },
  );
}

function pack(target) {
  const file = path.join(
    out,
    target === "plain" ? `relook-${version}.vsix` : `relook-${target}-${version}.vsix`,
  );
  const args = ["package", "--no-dependencies", "--allow-missing-repository", "--out", file];
  if (target !== "plain") args.push("--target", target);
  const vsce = path.join(here, "node_modules", "@vscode", "vsce", "vsce");
  execFileSync(process.execPath, [vsce, ...args], { cwd: here, stdio: ["ignore", "ignore", "inherit"] });
  console.log(`${path.relative(root, file)}: ${(statSync(file).size / 1e6).toFixed(1)} MB`);
  return file;
}
