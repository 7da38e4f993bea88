import assert from "node:assert/strict";
import { test } from "node:test";
import { mendOf } from "../../src/mends.ts";
import { fit } from "../../src/versions.ts";

test("versions that fit", () => {
  for (const [version, want] of [
    ["dev", "fits"],
    ["v0.0.0-20261123101010-abcdefabcdef+dirty", "fits"],
    ["0.2.0", "fits"],
    ["v0.2.7", "fits"],
    ["0.2.1-rc.1", "fits"],
    ["0.1.9", "old"],
    ["", "old"],
    [undefined, "old"],
    ["0.3.0", "new"],
    ["1.0.0", "new"],
    ["two", "unknown"],
    ["0.2", "unknown"],
  ] as const) {
    assert.equal(fit(version, "0.2.0"), want, String(version));
  }
  assert.equal(fit("1.4.0", "1.2.0"), "fits");
  assert.equal(fit("2.0.0", "1.2.0"), "new");
});

test("what would mend it is read from a message", () => {
  assert.deepEqual(mendOf("No Chromium found. `relook setup --browser` installs one."), {
    kind: "setup",
    args: ["--browser"],
  });
  assert.deepEqual(mendOf("try `relook setup --ollama --model qwen2.5-coder:1.5b`"), {
    kind: "setup",
    args: ["--ollama", "--model", "qwen2.5-coder:1.5b"],
  });
  assert.deepEqual(mendOf("relook: setting relook.model.name: expected a text"), {
    kind: "setting",
    key: "relook.model.name",
  });
  assert.equal(mendOf("3 defects repaired."), undefined);
});

test("a message chooses nothing else that runs", () => {
  assert.equal(mendOf("`relook setup --config /tmp/x --browser`"), undefined);
  assert.equal(mendOf("`relook setup --model --config`"), undefined);
  assert.equal(mendOf("`relook setup`"), undefined);
  assert.equal(mendOf("`relook setup --browser; rm -rf /`"), undefined);
});
