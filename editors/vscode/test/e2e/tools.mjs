// Gets a real VS Code into the user's cache: code-server from npm, with the Node
// that it needs, from npm too. Also finds the browser that relook's own tests use.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

const codeServer = "4.139.1";
const nodeVersion = "24.21.0";

/** The user's cache folder, as Go's os.UserCacheDir has it. */
function cache() {
  if (process.platform === "darwin") return path.join(os.homedir(), "Library", "Caches");
  return process.env.XDG_CACHE_HOME || path.join(os.homedir(), ".cache");
}

/** Installs code-server if it is not there yet; says with what it is started. */
export function editor() {
  const dir = path.join(cache(), "relook", "npm", `code-server-${codeServer}`);
  const nodePackage = `node-${process.platform}-${process.arch}`;
  const node = path.join(dir, "node", "node_modules", nodePackage);
  const found = {
    node: path.join(node, "bin", "node"),
    entry: path.join(dir, "node_modules", "code-server", "out", "node", "entry.js"),
  };
  const done = path.join(dir, "installed"); // written last, so that a folder half filled is filled again
  const want = `code-server@${codeServer}\nnode@${nodeVersion}`;
  if (existsSync(done) && readFileSync(done, "utf8") === want) return found;
  console.log(`getting code-server ${codeServer} (about 3 minutes, once)`);
  mkdirSync(dir, { recursive: true });
  kerberos();
  const npm = (args, env = {}) =>
    execFileSync("npm", [...args, "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: dir,
      stdio: "inherit",
      env: { ...process.env, ...env },
    });
  npm(["install", "--prefix", path.join(dir, "node"), `${nodePackage}@${nodeVersion}`]);
  // Its native modules are built against the headers of the Node that runs it.
  npm(["install", "--prefix", dir, `code-server@${codeServer}`], {
    PATH: `${path.join(node, "bin")}${path.delimiter}${process.env.PATH}`,
    npm_config_nodedir: node,
  });
  writeFileSync(done, want);
  return found;
}

/** A native module of code-server is built with Kerberos's headers. */
function kerberos() {
  if (
    process.platform !== "linux" ||
    existsSync("/usr/include/gssapi.h") ||
    existsSync("/usr/include/gssapi/gssapi.h")
  )
    return;
  const apt = (...args) => spawnSync("apt-get", args, { stdio: "inherit" }).status === 0;
  const install = [
    "install",
    "-y",
    "-qq",
    "--no-install-recommends",
    "libkrb5-dev",
    "g++",
    "make",
    "python3",
  ];
  if (apt(...install) || (apt("update", "-qq") && apt(...install))) return;
  throw new Error("code-server can't be built: install libkrb5-dev, g++, make and python3");
}

/** The Chromium that relook's tests use. */
export function chromium(relook) {
  const { stdout } = spawnSync(relook, ["doctor", "--json"], { encoding: "utf8" });
  const check = JSON.parse(stdout).checks.find(({ name }) => name === "browser");
  const file = / at (.*)$/.exec(check?.found ?? "")?.[1];
  if (!file) throw new Error(`no browser was found: ${check?.missing ?? stdout}`);
  return file;
}
