// The tests that run inside the extension host (test/host).
import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { copyOf, read, until } from "./editor.mjs";

export async function run({ dir, here, open, step, figures }) {
  const example = path.join(here, "media", "example.html");
  for (const name of ["first", "second"]) mkdirSync(path.join(dir, name));
  copyOf(example, path.join(dir, "first", "index.html"));
  copyOf(example, path.join(dir, "second", "other.html"));
  const workspace = path.join(dir, "two.code-workspace");
  writeFileSync(workspace, JSON.stringify({ folders: [{ path: "first" }, { path: "second" }] }));
  const result = path.join(dir, "result.json");
  const extension = path.join(here, "test", "host");
  await open({
    folder: workspace,
    env: { RELOOK_TEST_RESULT: result },
    tests: { extension, main: path.join(extension, "index.js") },
  });
  await until("the tests have run", () => existsSync(result) && read(result), 150_000);
  const { figures: measured, failed, ran } = JSON.parse(read(result));
  Object.assign(figures, measured);
  for (const name of ran)
    step(`${failed.some((line) => line.startsWith(`${name}:`)) ? "FAILED " : ""}${name}`);
  assert.deepEqual(failed, []);
}
