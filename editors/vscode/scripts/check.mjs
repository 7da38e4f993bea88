// Looks into a packed extension: it must hold what it needs and, for a platform,
// the binary for that platform, which may be run.
import { createRequire } from "node:module";
import { promisify } from "node:util";

// The library with which vsce writes archives reads them too.
const vsce = createRequire(createRequire(import.meta.url).resolve("@vscode/vsce/package.json"));
const yauzl = vsce("yauzl");

/** What a program of a platform begins with: a name, where its machine is told, and as what. */
const programs = {
  "linux-x64": elf(62),
  "linux-arm64": elf(183),
  "darwin-x64": macho(0x01000007),
  "darwin-arm64": macho(0x0100000c),
  "win32-x64": pe(0x8664),
  "win32-arm64": pe(0xaa64),
};

/** Bounds of the compressed file, in bytes: without the binary, and with it. */
const most = { plain: 1e6, packed: 25e6 };

const needed = ["package.json", "readme.md", "changelog.md", "LICENSE.txt", "media/icon.png"]
  .concat(["main.js", "panel.js", "panel.css", "licenses.txt"].map((name) => `dist/${name}`))
  .concat("l10n/bundle.l10n.de.json", "package.nls.json", "package.nls.de.json");

/** Fails when a VSIX is not what its platform needs. */
export async function check(file, target) {
  const zip = await promisify(yauzl.open)(file, { lazyEntries: true, autoClose: false });
  const entries = await list(zip);
  const bad = (what) => {
    throw new Error(`${file}: ${what}`);
  };
  for (const name of needed) if (!entries.has(`extension/${name}`)) bad(`${name} is missing`);
  const size = [...entries.values()].reduce((sum, entry) => sum + entry.compressedSize, 0);
  if (size > (target === "plain" ? most.plain : most.packed)) bad(`${size} bytes are too many`);
  const binaries = [...entries.keys()].filter((name) => name.startsWith("extension/bin/"));
  const wanted =
    target === "plain" ? [] : [`extension/bin/relook${target.startsWith("win32") ? ".exe" : ""}`];
  if (binaries.join() !== wanted.join()) bad(`it has the binaries ${binaries.join() || "none"}`);
  for (const name of wanted) {
    const entry = entries.get(name);
    const mode = entry.externalFileAttributes >>> 16;
    if (!target.startsWith("win32") && (mode & 0o111) === 0)
      bad(`${name} may not be run: mode ${mode.toString(8)}`);
    const head = await begin(zip, entry);
    if (!programs[target](head)) bad(`${name} is no program for ${target}`);
  }
  zip.close();
}

function list(zip) {
  return new Promise((resolve, reject) => {
    const entries = new Map();
    zip.on("entry", (entry) => {
      entries.set(entry.fileName, entry);
      zip.readEntry();
    });
    zip.on("end", () => resolve(entries));
    zip.on("error", reject);
    zip.readEntry();
  });
}

/** The first bytes of an entry. */
async function begin(zip, entry) {
  const stream = await promisify(zip.openReadStream.bind(zip))(entry);
  for await (const chunk of stream) return chunk;
  return Buffer.alloc(0);
}

function elf(machine) {
  return (head) => head.toString("latin1", 0, 4) === "\x7fELF" && head.readUInt16LE(18) === machine;
}

function macho(machine) {
  return (head) => head.readUInt32LE(0) === 0xfeedfacf && head.readUInt32LE(4) === machine;
}

function pe(machine) {
  return (head) => {
    const at = head.toString("latin1", 0, 2) === "MZ" ? head.readUInt32LE(60) : 0;
    return head.toString("latin1", at, at + 4) === "PE\0\0" && head.readUInt16LE(at + 4) === machine;
  };
}
