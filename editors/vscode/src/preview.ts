// A placeholder: the preview panel is built beside this.
import type * as vscode from "vscode";
import type { Session } from "./session.ts";

export class PreviewPanels implements vscode.Disposable, vscode.WebviewPanelSerializer {
  readonly open: readonly vscode.Uri[] = [];

  constructor(
    _context: vscode.ExtensionContext,
    private readonly session: Session,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  async show(page: vscode.Uri, _column?: vscode.ViewColumn): Promise<void> {
    await this.session.execute("relook.showPreview", { uri: page.toString() });
  }

  async compare(page: vscode.Uri): Promise<void> {
    await this.show(page);
  }

  reveal(editor: vscode.TextEditor): void {
    this.log.trace(`reveal ${editor.document.uri}`);
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    panel.dispose();
  }

  dispose(): void {}
}
