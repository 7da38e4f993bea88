// Puts the parts together: one session with the server, and what shows it.
import os from "node:os";
import * as vscode from "vscode";
import { Commands } from "./commands.ts";
import { type Binary, failure, locate } from "./locator.ts";
import { showMenu } from "./menu.ts";
import { PreviewPanels } from "./preview.ts";
import { ServerSession, type Session } from "./session.ts";
import { serverKeys } from "./settings.ts";
import { setUp } from "./setup.ts";
import { markAgain, StatusItem } from "./status.ts";
import { offerSuggestions } from "./suggestions.ts";
import { registerTools } from "./tools.ts";
import { fit } from "./versions.ts";
import { Notes } from "./voice.ts";

export class Extension {
  readonly #log = vscode.window.createOutputChannel("relook", { log: true });
  readonly #notes = new Notes(this.#log, () => this.#binary);
  readonly #session: ServerSession;
  readonly #panels: PreviewPanels;
  #binary: Binary | undefined;
  #starting: Promise<void> = Promise.resolve();

  constructor(private readonly context: vscode.ExtensionContext) {
    const keys = serverKeys(context.extension.packageJSON);
    this.#session = new ServerSession(this.#log, this.#notes, keys, (command, argument) =>
      this.#instead(command, argument),
    );
    this.#panels = new PreviewPanels(context, this.#session, this.#log);
    const status = new StatusItem(this.#session, () => this.#binary);
    context.subscriptions.push(
      this.#log,
      this.#session,
      this.#panels,
      status,
      new Commands(this.#session, this.#panels, this.#notes),
      offerSuggestions(this.#session, this.#panels, this.#notes),
      registerTools(this.#session),
      vscode.window.registerWebviewPanelSerializer("relook.preview", this.#panels),
      vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => this.#panels.reveal(textEditor)),
      this.#session.onReady(() => this.#greet()),
      ...this.#ownCommands(status),
      ...this.#listeners(),
    );
  }

  /** What other extensions and tests may use. */
  get api(): { session: Session; pid: () => number | undefined; started: () => Promise<void> } {
    return { session: this.#session, pid: () => this.#session.pid, started: () => this.#starting };
  }

  /** Starts the server in the background: the editor does not wait for it. */
  start(): void {
    this.#starting = this.#starting
      .then(() => this.#start())
      .catch((error) => this.#log.error(`starting: ${error}`));
  }

  async #start(): Promise<void> {
    if (!vscode.workspace.getConfiguration("relook").get("enable", true)) {
      await this.#session.stop();
      return;
    }
    this.#binary = await this.#locate();
    if (!this.#binary) {
      this.#notes.noBinary();
      return;
    }
    try {
      await this.#session.start(this.#binary.path);
    } catch (error) {
      this.#notes.notStarted(this.#binary, failure(error), error);
    }
  }

  #locate(): Promise<Binary | undefined> {
    const folders = vscode.workspace.isTrusted ? (vscode.workspace.workspaceFolders ?? []) : [];
    return locate({
      setting: vscode.workspace.getConfiguration("relook").get("path", ""),
      folders: folders.map(({ uri }) => uri.fsPath),
      extension: this.context.extensionPath,
      search: process.env.PATH ?? "",
      home: os.homedir(),
      platform: process.platform,
    });
  }

  #greet(): void {
    const { version } = this.#session;
    this.#log.info(`relook ${version}, ${this.#binary?.path} (${this.#binary?.origin})`);
    const how = fit(version);
    if (this.#binary && how !== "fits") this.#notes.misfit(this.#binary, version, how);
  }

  /** Previews are shown in the editor and not in a browser. */
  #instead(command: string, argument: unknown): boolean {
    const uri = (argument as { uri?: string } | undefined)?.uri;
    if (command !== "relook.showPreview" || !uri) return false;
    void this.#panels.show(vscode.Uri.parse(uri), vscode.ViewColumn.Beside);
    return true;
  }

  #ownCommands(status: StatusItem): vscode.Disposable[] {
    const on = vscode.commands.registerCommand;
    return [
      on("relook.menu", () => showMenu(status)),
      on("relook.restartServer", () => this.start()),
      on("relook.showLog", () => this.#log.show()),
      on("relook.setUpBrowser", () => setUp(this.#binary, ["--browser"])),
      on("relook.setUpModel", () => setUp(this.#binary, ["--ollama"])),
      on("relook.choosePath", () => this.#choosePath()),
      on("relook.openSettings", () =>
        vscode.commands.executeCommand("workbench.action.openSettings", `@ext:${this.context.extension.id}`),
      ),
      on("relook.openWalkthrough", () => this.#openWalkthrough()),
      on("relook.openExample", () => this.#openExample()),
    ];
  }

  async #openWalkthrough(): Promise<void> {
    await vscode.commands.executeCommand(
      "workbench.action.openWalkthrough",
      `${this.context.extension.id}#start`,
    );
    await markAgain();
  }

  /** Opens a copy: the extension's own files are not to be changed. */
  async #openExample(): Promise<void> {
    const { globalStorageUri, extensionUri } = this.context;
    const copy = vscode.Uri.joinPath(globalStorageUri, "example", "example.html");
    await vscode.workspace.fs.copy(vscode.Uri.joinPath(extensionUri, "media", "example.html"), copy, {
      overwrite: true,
    });
    await vscode.window.showTextDocument(copy, { preview: false });
  }

  async #choosePath(): Promise<void> {
    const [file] = (await vscode.window.showOpenDialog({ title: "relook", canSelectMany: false })) ?? [];
    if (!file) return;
    // The change of the setting starts the server anew.
    await vscode.workspace
      .getConfiguration("relook")
      .update("path", file.fsPath, vscode.ConfigurationTarget.Global);
  }

  #listeners(): vscode.Disposable[] {
    return [
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration("relook.path") || event.affectsConfiguration("relook.enable"))
          this.start();
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#trusted()),
    ];
  }

  async #trusted(): Promise<void> {
    // Settings of the workspace that count from now on: the server asks for them
    // when the editor tells that they changed. Its own binary counts too.
    const before = this.#binary?.path;
    if (this.#session.ready) await this.#session.notify("relook/trust", { trusted: true });
    if ((await this.#locate())?.path !== before) this.start();
  }

  async stop(): Promise<void> {
    await this.#session.stop();
  }
}
