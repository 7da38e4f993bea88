import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { failure, locate, type Places } from "../../src/locator.ts";

let dir: string;
let places: Places;
beforeEach(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), "relook-locator-"));
  places = {
    setting: "",
    folders: [path.join(dir, "a"), path.join(dir, "b")],
    extension: path.join(dir, "extension"),
    search: [path.join(dir, "p"), "relative", path.join(dir, "q")].join(path.delimiter),
    home: path.join(dir, "home"),
    platform: "linux",
  };
});
afterEach(() => rm(dir, { recursive: true }));

async function put(...names: string[]): Promise<string> {
  const file = path.join(dir, ...names);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, "", { mode: 0o755 });
  return file;
}

test("nothing is found where nothing is", async () => {
  await mkdir(path.join(dir, "p", "relook"), { recursive: true }); // a folder is no binary
  assert.equal(await locate(places), undefined);
});

test("the setting wins over the workspace, that over the extension's own, that over the PATH", async () => {
  const onPath = await put("q", "relook");
  assert.deepEqual(await locate(places), { path: onPath, origin: "path" });
  const bundled = await put("extension", "bin", "relook");
  assert.deepEqual(await locate(places), { path: bundled, origin: "bundled" });
  const built = await put("b", "bin", "relook");
  assert.deepEqual(await locate(places), { path: built, origin: "workspace" });
  const installed = await put("a", "node_modules", ".bin", "relook");
  assert.deepEqual(await locate(places), { path: installed, origin: "workspace" });
  assert.deepEqual(await locate({ ...places, setting: "/x/relook" }), {
    path: "/x/relook",
    origin: "setting",
  });
});

test("a workspace that is not trusted chooses nothing", async () => {
  await put("a", "bin", "relook");
  assert.equal(await locate({ ...places, folders: [] }), undefined);
});

test("a relative folder of the PATH is not searched", async () => {
  assert.equal(await locate({ ...places, search: "relative:.:" }), undefined);
});

test("the setting may name the home and the workspace", async () => {
  const at = async (setting: string) => (await locate({ ...places, setting }))?.path;
  assert.equal(await at("~/bin/relook"), path.join(dir, "home", "bin", "relook"));
  // biome-ignore lint/suspicious/noTemplateCurlyInString: that is what people write
  assert.equal(await at("${workspaceFolder}/tools/relook"), path.join(dir, "a", "tools", "relook"));
  assert.equal(await at("tools/relook"), path.join(dir, "a", "tools", "relook"));
  assert.equal(await at("~other/relook"), path.join(dir, "a", "~other", "relook"));
});

test("on Windows it is an .exe", async () => {
  await put("p", "relook");
  const exe = await put("q", "relook.exe");
  assert.deepEqual(await locate({ ...places, platform: "win32" }), { path: exe, origin: "path" });
});

test("the extension's own binary gets its lost exec bit back, others don't", async () => {
  const bundled = await put("extension", "bin", "relook");
  await chmod(bundled, 0o644);
  await locate(places);
  assert.equal((await stat(bundled)).mode & 0o777, 0o755);
  const built = await put("a", "bin", "relook");
  await chmod(built, 0o644);
  await locate(places);
  assert.equal((await stat(built)).mode & 0o777, 0o644);
});

test("what keeps a process from starting is told apart", () => {
  const of = (code: string) => failure(Object.assign(new Error(code), { code }));
  assert.equal(of("ENOENT"), "missing");
  assert.equal(of("EACCES"), "not-executable");
  assert.equal(of("ENOEXEC"), "other-machine");
  assert.equal(failure(new Error("the server did not answer")), "refused");
  assert.equal(failure(undefined), "refused");
});
