// The preview panels: one for each page, beside the editor. What they show and
// say is in panel/; here it is tied to the editor and the server.
import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import type { Preview, Range, Status } from "../../../docs/schema/lsp";
import { Link, type Pair } from "../panel/link.ts";
import { type Act, type Mend, readSaved } from "../panel/messages.ts";
import { document } from "../panel/page.ts";
import { Shelf } from "../panel/shelf.ts";
import type { Session } from "./session.ts";

/** viewType is that of the panels; keys can be bound to `activeWebviewPanelId == relook.preview`. */
export const viewType = "relook.preview";

/** shelfBytes is how much of pictures is kept for panels that are shown again. */
const shelfBytes = 24 << 20;

interface Open {
  link: Link;
  panel: vscode.WebviewPanel;
}

export class PreviewPanels implements vscode.Disposable, vscode.WebviewPanelSerializer {
  readonly #open = new Set<Open>();
  readonly #shelf = new Shelf(shelfBytes);
  readonly #disposables: vscode.Disposable[];
  #started = false;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly session: Session,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.#started = session.ready;
    this.#disposables = [
      session.onNotification("relook/previewChanged", (p: Preview) => {
        for (const o of this.#open) o.link.previewed(p);
      }),
      session.onNotification("relook/status", (s: Status) => {
        for (const o of this.#open) o.link.status(s);
      }),
      session.onReady(() => {
        this.#started = true;
        for (const o of this.#open) o.link.restarted();
      }),
    ];
  }

  /** open are the pages that have a panel. */
  get open(): readonly vscode.Uri[] {
    return [...this.#open].map((o) => vscode.Uri.parse(o.link.uri));
  }

  /** show opens the panel of a page, or brings it to the front. */
  async show(page: vscode.Uri, column: vscode.ViewColumn = vscode.ViewColumn.Beside): Promise<void> {
    this.#panelOf(page, column);
  }

  /** compare shows a page before and after its repair, under a slider. */
  async compare(page: vscode.Uri): Promise<void> {
    this.#panelOf(page, vscode.ViewColumn.Beside).link.mode("slider");
  }

  /** act has the panel that is in front do what its buttons do. */
  act(what: Act): void {
    for (const o of this.#open) if (o.panel.active) o.link.act(what);
  }

  /** reveal lights up the boxes of the defects under whose cause the cursor stands. */
  reveal(editor: vscode.TextEditor): void {
    const shown = editor.document.uri.toString();
    const is = (uri: string) => vscode.Uri.parse(uri).toString() === shown;
    for (const o of this.#open) o.link.light(is, editor.selection.active);
  }

  /** deserializeWebviewPanel gives a panel back after the window was reloaded. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const { uri } = readSaved(state);
    if (uri === "") return panel.dispose();
    this.#fill(panel, vscode.Uri.parse(uri));
  }

  dispose(): void {
    for (const d of this.#disposables) d.dispose();
    for (const o of [...this.#open]) o.panel.dispose();
  }

  #panelOf(page: vscode.Uri, column: vscode.ViewColumn): Open {
    for (const o of this.#open) {
      if (vscode.Uri.parse(o.link.uri).toString() !== page.toString()) continue;
      o.panel.reveal(undefined, true);
      return o;
    }
    const panel = vscode.window.createWebviewPanel(viewType, "", { viewColumn: column, preserveFocus: true });
    return this.#fill(panel, page);
  }

  #fill(panel: vscode.WebviewPanel, page: vscode.Uri): Open {
    const link = new Link(
      page.toString(),
      {
        request: (method, params, signal) => this.#request(method, params, signal),
        execute: (command, argument) => this.session.execute(command, argument),
        ready: () => this.session.ready || (this.#started ? false : null),
        post: (message) => void panel.webview.postMessage(message),
        goto: (uri, range, focus) => void this.#goto(panel, uri, range, focus),
        mend: (mend) => void this.#mend(mend),
        diff: (pairs) => void this.#diff(pairs),
        named: (uri) => this.#named(o, vscode.Uri.parse(uri)),
        debug: (text) => this.log.debug(text),
        error: (text) => this.log.error(text),
      },
      this.#shelf,
    );
    const o: Open = { link, panel };
    this.#open.add(o);
    panel.title = titleOf(page);
    panel.webview.options = { enableScripts: true, enableForms: false, localResourceRoots: [this.#dist()] };
    panel.webview.onDidReceiveMessage((m: unknown) => link.hear(m));
    panel.onDidChangeViewState(() => {
      if (!panel.visible) link.hidden();
    });
    panel.onDidDispose(() => {
      this.#open.delete(o);
      link.hidden();
    });
    panel.webview.html = this.#html(panel.webview, page);
    return o;
  }

  /** named gives a panel the page that its document belongs to. There is one panel
   * for a page: a second goes. */
  #named(o: Open, page: vscode.Uri): void {
    o.panel.title = titleOf(page);
    for (const other of this.#open) {
      if (other === o || vscode.Uri.parse(other.link.uri).toString() !== page.toString()) continue;
      other.panel.reveal(undefined, true);
      o.panel.dispose();
      other.link.refresh(); // the other's end was also its own
      return;
    }
  }

  async #request<T>(method: string, params: object, signal: AbortSignal): Promise<T> {
    const cancel = new vscode.CancellationTokenSource();
    const stop = () => cancel.cancel();
    signal.addEventListener("abort", stop);
    try {
      return await this.session.request<T>(method, params, cancel.token);
    } finally {
      signal.removeEventListener("abort", stop);
      cancel.dispose();
    }
  }

  async #goto(panel: vscode.WebviewPanel, uri: string, range: Range, focus: boolean): Promise<void> {
    const file = vscode.Uri.parse(uri);
    const seen = vscode.window.visibleTextEditors.find((e) => e.document.uri.toString() === file.toString());
    const beside = vscode.window.visibleTextEditors.find(
      (e) => e.viewColumn !== undefined && e.viewColumn !== panel.viewColumn,
    );
    const viewColumn =
      seen?.viewColumn ??
      beside?.viewColumn ??
      (panel.viewColumn === vscode.ViewColumn.One ? vscode.ViewColumn.Beside : vscode.ViewColumn.One);
    const selection = new vscode.Range(
      range.start.line,
      range.start.character,
      range.end.line,
      range.end.character,
    );
    try {
      await vscode.window.showTextDocument(file, { viewColumn, selection, preserveFocus: !focus });
    } catch (err) {
      this.log.error(`showing ${uri}: ${err}`);
      void vscode.window.showWarningMessage(
        vscode.l10n.t("The file with the cause can't be opened: {0}", String(err)),
      );
    }
  }

  async #mend(mend: Exclude<Mend, "again">): Promise<void> {
    switch (mend) {
      case "browser":
        return void vscode.commands.executeCommand("relook.setUpBrowser");
      case "browserPath":
        return void vscode.commands.executeCommand("workbench.action.openSettings", "relook.browser.path");
      case "trust":
        return void vscode.commands.executeCommand("workbench.trust.manage");
      case "restart":
        return void vscode.commands.executeCommand("relook.restartServer");
      case "log":
        return this.log.show();
    }
  }

  async #diff(pairs: Pair[]): Promise<void> {
    for (const { before, after } of pairs) {
      const file = vscode.Uri.parse(before);
      await vscode.commands.executeCommand(
        "vscode.diff",
        file,
        vscode.Uri.parse(after),
        vscode.l10n.t("{0}: as it is and repaired", nameOf(file)),
        { preview: true },
      );
    }
  }

  #dist(): vscode.Uri {
    return vscode.Uri.joinPath(this.context.extensionUri, "dist");
  }

  #html(webview: vscode.Webview, page: vscode.Uri): string {
    const file = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(this.#dist(), name)).toString();
    return document({
      nonce: randomBytes(18).toString("base64"),
      language: vscode.env.language,
      source: webview.cspSource,
      style: file("panel.css"),
      script: file("panel.js"),
      title: titleOf(page),
      texts: texts(),
      state: { uri: page.toString() },
    });
  }
}

/** texts are the panel's words in the person's language; null for English. */
function texts(): Record<string, string> | null {
  const bundle = vscode.l10n.bundle as Record<string, string | { message: string }> | undefined;
  return bundle
    ? Object.fromEntries(
        Object.entries(bundle).map(([key, t]) => [key, typeof t === "string" ? t : t.message]),
      )
    : null;
}

const nameOf = (uri: vscode.Uri): string => uri.path.slice(uri.path.lastIndexOf("/") + 1);

const titleOf = (page: vscode.Uri): string => vscode.l10n.t("Preview {0}", nameOf(page));
