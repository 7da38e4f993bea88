// Puts the parts together: one session with the server, and what shows it.
import * as vscode from "vscode";
import { PreviewPanels } from "./preview.ts";
import { ServerSession } from "./session.ts";

export class Extension {
  readonly #log: vscode.LogOutputChannel;
  readonly #session: ServerSession;

  constructor(private readonly context: vscode.ExtensionContext) {
    this.#log = vscode.window.createOutputChannel("relook", { log: true });
    this.#session = new ServerSession(this.#log);
    context.subscriptions.push(this.#log, this.#session);
  }

  async start(): Promise<void> {
    const panels = new PreviewPanels(this.context, this.#session, this.#log);
    this.context.subscriptions.push(
      panels,
      vscode.commands.registerCommand("relook.openPreview", async (page?: vscode.Uri) => {
        const uri = page ?? vscode.window.activeTextEditor?.document.uri;
        if (uri) await panels.show(uri, vscode.ViewColumn.Beside);
      }),
    );
    // Until the locator stands: the binary on the PATH.
    await this.#session.start("relook");
  }

  async stop(): Promise<void> {
    await this.#session.stop();
  }
}
