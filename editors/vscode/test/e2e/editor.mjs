// A real editor in a real browser, and what a person does with it.
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { chromium as playwright } from "playwright-core";

/** How long anything may take, in ms: generous, because two cores are shared. */
const patience = 60_000;

export class Editor {
  steps = 0;

  /** Installs the VSIX from its file into extensions of its own, once for all editors. */
  static install({ tools, vsix, extensions, dir }) {
    const args = [tools.entry, "--extensions-dir", extensions, "--user-data-dir", path.join(dir, "install")];
    const { status, stdout, stderr } = spawnSync(tools.node, [...args, "--install-extension", vsix], {
      encoding: "utf8",
      env: { ...process.env, EXTENSIONS_GALLERY: "{}" },
    });
    if (status !== 0) throw new Error(`installing ${vsix}: ${stdout}${stderr}`);
  }

  static async open({
    tools,
    chromium,
    extensions,
    dir,
    folder,
    settings = {},
    trust = true,
    env = {},
    tests,
  }) {
    const editor = new Editor();
    editor.dir = dir;
    const user = path.join(dir, "user");
    mkdirSync(path.join(user, "User"), { recursive: true });
    writeFileSync(path.join(user, "User", "settings.json"), JSON.stringify({ ...quiet, ...settings }));
    editor.port = await freePort();
    const args = ["--auth", "none", "--bind-addr", `127.0.0.1:${editor.port}`, "--user-data-dir", user];
    args.push("--extensions-dir", extensions, "--disable-telemetry", "--disable-update-check");
    if (trust) args.push("--disable-workspace-trust");
    editor.server = spawn(tools.node, [tools.entry, ...args], {
      detached: true, // so that all of its processes can be ended together
      stdio: [
        "ignore",
        openSync(path.join(dir, "code-server.log"), "w"),
        openSync(path.join(dir, "code-server.err"), "w"),
      ],
      env: { ...process.env, EXTENSIONS_GALLERY: "{}", ...env },
    });
    await until("the editor's server answers", () => alive(editor.port));
    editor.browser = await playwright.launch({
      executablePath: chromium,
      args: [
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets,LocalNetworkAccessChecksWebRTC",
      ],
    });
    editor.page = await editor.browser.newPage({ viewport: { width: 1280, height: 800 } });
    editor.page.setDefaultTimeout(patience);
    if (tests) await editor.#develop(tests);
    const query = folder.endsWith(".code-workspace") ? "workspace" : "folder";
    await editor.page.goto(`http://127.0.0.1:${editor.port}/?${query}=${folder}`);
    // Keys that are pressed before are lost.
    await editor.page.locator(".explorer-folders-view .monaco-list-row").first().waitFor();
    return editor;
  }

  /** Has the extension host load an extension with tests: what is built ignores the address that does it. */
  async #develop({ extension, main }) {
    const uri = (file) => ({
      $mid: 1,
      scheme: "vscode-remote",
      authority: `127.0.0.1:${this.port}`,
      path: file,
    });
    await this.page.route(
      (url) => url.pathname === "/" && (url.searchParams.has("folder") || url.searchParams.has("workspace")),
      async (route) => {
        const response = await route.fetch();
        const body = (await response.text()).replace(
          /(id="vscode-workbench-web-configuration" data-settings=")([^"]*)"/,
          (_, before, json) => {
            const options = JSON.parse(json.replaceAll("&quot;", '"').replaceAll("&amp;", "&"));
            options.developmentOptions = {
              ...options.developmentOptions,
              extensions: [uri(extension)],
              extensionTestsPath: uri(main),
            };
            return `${before}${JSON.stringify(options).replaceAll("&", "&amp;").replaceAll('"', "&quot;")}"`;
          },
        );
        await route.fulfill({ response, body });
      },
    );
    await this.page.exposeFunction("codeAutomationExit", () => {});
    await this.page.exposeFunction("codeAutomationLog", () => {});
  }

  async picture(name, clip) {
    this.steps++;
    const file = path.join(this.dir, `${String(this.steps).padStart(2, "0")}-${name}.png`);
    await this.page.screenshot({ path: file, ...(clip ? { clip } : {}) });
    return file;
  }

  /** Opens the field in which commands and files are looked up: keys pressed early are lost. */
  async #field(key) {
    const input = this.page.locator(".quick-input-widget:visible input[type=text]").first();
    await until("the field is there", async () => {
      await this.page.keyboard.press(key);
      return input.waitFor({ timeout: 3000 }).then(
        () => true,
        () => false,
      );
    });
    return input;
  }

  /** Runs a command of the palette by the words of its title. */
  async command(title) {
    await (await this.#field("F1")).fill(`>${title}`);
    await this.page.locator(".quick-input-list .monaco-list-row", { hasText: title }).first().click();
  }

  /** Opens a file of the folder by its name. */
  async file(name) {
    await (await this.#field("Control+P")).fill(name);
    await this.page
      .locator(".quick-input-list .monaco-list-row", { hasText: path.basename(name) })
      .first()
      .click();
    await this.page.locator(".tab.active", { hasText: path.basename(name) }).waitFor();
    await this.page.locator(".editor-group-container.active .view-lines .view-line").first().waitFor();
  }

  async goTo(line, column = 1) {
    await (await this.#field("Control+G")).fill(`:${line}:${column}`);
    await this.page.keyboard.press("Enter");
    await this.page
      .locator(".quick-input-widget:visible")
      .waitFor({ state: "detached" })
      .catch(() => undefined);
  }

  line(text) {
    return this.page.locator(".editor-group-container.active .view-line", { hasText: text }).first();
  }

  notification(text) {
    return this.page.locator(".notification-toast, .notifications-center", { hasText: text }).first();
  }

  get status() {
    return this.page.locator('.statusbar-item[id*="relook.status"]');
  }

  /** What the status item says to a screen reader. */
  async state() {
    return (await this.status.locator("[aria-label]").first().getAttribute("aria-label")) ?? "";
  }

  async close() {
    await this.browser?.close();
    try {
      process.kill(-this.server.pid, "SIGTERM");
    } catch {
      // it has ended
    }
  }
}

/** What would cover the pages of the test. */
const quiet = {
  "workbench.startupEditor": "none",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "chat.disableAIFeatures": true,
  "workbench.tips.enabled": false,
  "security.workspace.trust.startupPrompt": "never",
  "security.workspace.trust.banner": "never",
  "editor.minimap.enabled": false,
  "files.autoSave": "off",
  "editor.accessibilitySupport": "off",
  "git.enabled": false,
  "workbench.reduceMotion": "on",
  "workbench.editor.useModal": "off",
  "telemetry.telemetryLevel": "off",
};

/** A copy of a folder that a test may change. */
export function copyOf(folder, to) {
  cpSync(folder, to, { recursive: true });
  return to;
}

export async function until(what, check, ms = patience) {
  const end = Date.now() + ms;
  let last;
  for (;;) {
    try {
      last = await check();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`waited in vain until ${what} (${last})`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function alive(port) {
  return (await fetch(`http://127.0.0.1:${port}/healthz`)).ok;
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** The processes that descend from one, newest first: [pid, command line]. Linux alone. */
export function descendants(pid) {
  const { stdout } = spawnSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" });
  const all = stdout
    .split("\n")
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter(Boolean);
  const list = [];
  const visit = (parent) => {
    for (const [, child, of, args] of all) {
      if (Number(of) !== parent) continue;
      list.unshift([Number(child), args]);
      visit(Number(child));
    }
  };
  visit(pid);
  return list;
}

export const read = (file) => readFileSync(file, "utf8");
