// Runs inside the extension host, with the extension installed beside it: its parts
// that only an editor can try. Writes what came of it to RELOOK_TEST_RESULT.
const vscode = require("vscode");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");

const folder = () => vscode.workspace.workspaceFolders[0].uri;
const at = (name) => vscode.Uri.joinPath(folder(), name);

async function until(what, check, ms = 40_000) {
  const end = Date.now() + ms;
  for (;;) {
    const found = await check();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const problems = (uri) => vscode.languages.getDiagnostics(uri).filter(({ source }) => source === "relook");
// The editor cancels a request for actions when an extension registers another provider meanwhile, and asks anew.
const quickFixes = async (uri, range) => {
  try {
    return await vscode.commands.executeCommand("vscode.executeCodeActionProvider", uri, range, "quickfix");
  } catch (error) {
    if (error?.name === "Canceled") return [];
    throw error;
  }
};
const running = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const tests = {
  async "activates quickly, and before any page is open only by a command"(figures) {
    const extension = vscode.extensions.getExtension("relook.relook");
    assert.ok(extension, "the extension is not installed");
    assert.equal(extension.isActive, false);
    const start = performance.now();
    const api = await extension.activate();
    figures["activation, ms"] = performance.now() - start;
    await until("the server answers", () => api.session.ready);
    figures["server answers after activation, ms"] = performance.now() - start;
  },

  async "finds problems of a page and offers repairs"(figures) {
    const document = await vscode.workspace.openTextDocument(at("index.html"));
    const start = performance.now();
    await vscode.window.showTextDocument(document);
    const list = await until(
      "there are problems",
      () => problems(document.uri).length && problems(document.uri),
    );
    figures["first diagnostics, ms"] = performance.now() - start;
    assert.ok(list.some(({ code }) => (code.value ?? code) === "sideways-scroll"));
    assert.match(String(list[0].code.target), /^http:\/\/127\.0\.0\.1:\d+\//);
    const actions = await until("a repair is ready", async () => {
      const range = list.find(({ code }) => code.value === "sideways-scroll").range;
      const found = await quickFixes(document.uri, range);
      return found.some(({ title }) => title.startsWith("Repair:")) && found;
    });
    assert.ok(actions.every(({ kind }) => !vscode.CodeActionKind.SourceFixAll.contains(kind)));
  },

  async "repairs the whole page in one step of undo"(_, api) {
    const document = await vscode.workspace.openTextDocument(at("index.html"));
    const before = document.getText();
    const outcome = await api.session.execute("relook.repairPage", { uri: document.uri.toString() });
    assert.equal(outcome.applied, true);
    assert.notEqual(document.getText(), before);
    assert.equal(document.isDirty, true);
    await vscode.commands.executeCommand("undo");
    assert.equal(document.getText(), before);
  },

  async "refuses what is stale, and leaves the text alone"(_, api) {
    const document = await vscode.workspace.openTextDocument(at("index.html"));
    const before = document.getText();
    await assert.rejects(
      api.session.execute("relook.apply", { page: document.uri.toString(), number: 1, fix: "all" }),
    );
    assert.equal(document.getText(), before);
  },

  async "sends only what the person has set"() {
    const configuration = vscode.workspace.getConfiguration("relook");
    await configuration.update("maxDefects", 1, vscode.ConfigurationTarget.Workspace);
    await until("the setting counts", () => problems(at("index.html")).length === 2); // one, and that there are more
    await configuration.update("maxDefects", undefined, vscode.ConfigurationTarget.Workspace);
    await until("relook.toml counts again", () => problems(at("index.html")).length > 2);
  },

  async "gives the agent's tools pictures"() {
    const call = (name, input) => vscode.lm.invokeTool(name, { input, toolInvocationToken: undefined });
    for (const round of [1, 2]) {
      const result = await call("relook_diagnose", { file: "index.html" });
      const words = result.content.filter((part) => part instanceof vscode.LanguageModelTextPart);
      const pictures = result.content.filter((part) => part instanceof vscode.LanguageModelDataPart);
      assert.match(words[0].value, /index\.html: \d visible defects/);
      assert.match(words[0].value, /index\.html:9 error \[sideways-scroll\]/);
      assert.ok(pictures.length > 0, `no picture in round ${round}`);
      assert.deepEqual([...pictures[0].data.slice(1, 4)], [...Buffer.from("PNG")]);
    }
    await assert.rejects(call("relook_render", { file: "/etc/passwd" }), /no file/);
    await assert.rejects(call("relook_render", { file: "../outside.html" }), /no file/);
  },

  async "shows the repaired text of a file"(_, api) {
    const uri = at("index.html").toString();
    const { files } = await until("a repair is known", () =>
      api.session.execute("relook.compare", { uri }).catch(() => undefined),
    );
    const after = await vscode.workspace.openTextDocument(vscode.Uri.parse(files[0].after));
    assert.match(after.getText(), /max-width: 900px/);
  },

  async "looks after a second root, and lets it go"() {
    const second = vscode.Uri.file(path.join(path.dirname(folder().fsPath), "second"));
    const page = vscode.Uri.joinPath(second, "other.html");
    // A second root in a window of one folder restarts the extensions, so the window has two from the start.
    const document = await vscode.workspace.openTextDocument(page);
    await vscode.window.showTextDocument(document);
    await until("the second root's page has problems", () => problems(page).length > 0);
    assert.equal(vscode.workspace.getWorkspaceFolder(page).name, "second");
  },

  async "comes back when the server is killed"(figures, api) {
    const pid = api.pid();
    const answered = new Promise((resolve) => api.session.onReady(resolve));
    const start = performance.now();
    process.kill(pid, "SIGKILL");
    await answered;
    figures["server back after being killed, ms"] = performance.now() - start;
    assert.notEqual(api.pid(), pid);
    await until("the old process is gone", () => !running(pid));
    const outcome = await api.session.execute("relook.diagnose", { uri: at("index.html").toString() });
    assert.ok(outcome.defects > 0);
  },
};

exports.run = async () => {
  const figures = {};
  const failed = [];
  for (const [name, test] of Object.entries(tests)) {
    try {
      const extension = vscode.extensions.getExtension("relook.relook");
      await test(figures, extension?.isActive ? extension.exports : undefined);
    } catch (error) {
      failed.push(`${name}: ${error?.stack ?? error}`);
    }
  }
  fs.writeFileSync(
    process.env.RELOOK_TEST_RESULT,
    JSON.stringify({ figures, failed, ran: Object.keys(tests) }),
  );
};
