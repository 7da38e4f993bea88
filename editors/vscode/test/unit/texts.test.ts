// Every text that people see is there in every language.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

const here = process.cwd(); // the extension's folder: test/unit.mjs sees to it
const json = (name: string): Record<string, string> =>
  JSON.parse(readFileSync(path.join(here, name), "utf8"));
const places = (text: string): string[] => (text.match(/\{\d\}/g) ?? []).sort();

function sources(dir: string): string[] {
  return readdirSync(path.join(here, dir), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), "utf8"));
}

test("every text of the code is translated, and nothing else is", () => {
  const used = new Set<string>();
  for (const source of [...sources("src"), ...sources("panel")]) {
    for (const [, text = ""] of source.matchAll(/l10n\.t\(\s*("(?:[^"\\]|\\.)*")/g))
      used.add(JSON.parse(text));
    const calls = source.match(/l10n\.t\(/g)?.length ?? 0;
    const read = source.match(/l10n\.t\(\s*"/g)?.length ?? 0;
    assert.equal(read, calls, "a text is not written as one plain string");
  }
  const german = json("l10n/bundle.l10n.de.json");
  assert.deepEqual([...used].sort(), Object.keys(german).sort());
  for (const [text, translated] of Object.entries(german))
    assert.deepEqual(places(translated), places(text), text);
});

test("every text of package.json is there in every language", () => {
  const used = [...readFileSync(path.join(here, "package.json"), "utf8").matchAll(/"%([^%"]+)%"/g)].map(
    ([, key]) => key,
  );
  assert.ok(used.length > 50);
  for (const file of ["package.nls.json", "package.nls.de.json"]) {
    assert.deepEqual(Object.keys(json(file)).sort(), [...new Set(used)].sort(), file);
  }
});
