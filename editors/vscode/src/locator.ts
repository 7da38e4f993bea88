// Finds the binary: what the setting names, else the workspace's own, else the one
// that came with the extension, else the one on the PATH. Pure but for looking at
// files.
import { access, chmod, constants, stat } from "node:fs/promises";
import path from "node:path";

export type Origin = "setting" | "workspace" | "bundled" | "path";

export interface Binary {
  path: string;
  origin: Origin;
}

/** Where to look. */
export interface Places {
  /** The setting relook.path; "" if it is not set. */
  setting: string;
  /** The workspace's folders; none when it is not trusted: it must not choose what runs. */
  folders: readonly string[];
  /** The folder of the extension. */
  extension: string;
  /** The PATH. */
  search: string;
  home: string;
  platform: NodeJS.Platform;
}

/** Finds the binary. undefined if there is none anywhere. */
export async function locate(places: Places): Promise<Binary | undefined> {
  if (places.setting) return { path: resolve(places.setting, places), origin: "setting" };
  const name = executable(places.platform);
  for (const folder of places.folders) {
    for (const dir of [path.join("node_modules", ".bin"), "bin"]) {
      const file = path.join(folder, dir, name);
      if (await isFile(file)) return { path: file, origin: "workspace" };
    }
  }
  const bundled = path.join(places.extension, "bin", name);
  if (await isFile(bundled)) {
    await mendMode(bundled, places.platform);
    return { path: bundled, origin: "bundled" };
  }
  for (const dir of places.search.split(path.delimiter)) {
    // A relative folder in the PATH would lead into the workspace.
    if (!path.isAbsolute(dir)) continue;
    const file = path.join(dir, name);
    if (await isFile(file)) return { path: file, origin: "path" };
  }
  return undefined;
}

export function executable(platform: NodeJS.Platform): string {
  return platform === "win32" ? "relook.exe" : "relook";
}

/** What a person may write in the setting: "~", "${workspaceFolder}", or relative to the first folder. */
function resolve(setting: string, places: Places): string {
  const first = places.folders[0];
  let file = setting.replace(/^~(?=$|[\\/])/, () => places.home);
  if (first !== undefined) {
    file = file.replaceAll(`\${workspaceFolder}`, () => first);
    if (!path.isAbsolute(file)) file = path.join(first, file);
  }
  return file;
}

async function isFile(file: string): Promise<boolean> {
  try {
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

/** Some unpackers lose the exec bit of the extension's own file. */
async function mendMode(file: string, platform: NodeJS.Platform): Promise<void> {
  if (platform === "win32") return;
  try {
    await access(file, constants.X_OK);
  } catch {
    await makeExecutable(file).catch(() => undefined); // starting it tells
  }
}

export async function makeExecutable(file: string): Promise<void> {
  await chmod(file, ((await stat(file)).mode & 0o777) | 0o111);
}

/** What keeps a binary from starting. */
export type Failure = "missing" | "not-executable" | "other-machine" | "refused";

/** Reads the error of a process that did not start. */
export function failure(error: unknown): Failure {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return "missing";
    case "EACCES":
    case "EPERM":
      return "not-executable";
    case "ENOEXEC":
    case "EFTYPE":
      return "other-machine";
    case "UNKNOWN": // Windows says so of what is no program for it
      return process.platform === "win32" ? "other-machine" : "refused";
    default:
      return "refused";
  }
}
