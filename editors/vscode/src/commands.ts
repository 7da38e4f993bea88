// The commands of the palette and the menus. What they do, the server does.
import * as vscode from "vscode";
import type { Outcome, Trace } from "../../../docs/schema/lsp.d.ts";
import type { PreviewPanels } from "./preview.ts";
import { languages, type Session } from "./session.ts";
import { mark } from "./status.ts";
import type { Notes } from "./voice.ts";

interface Pair {
  before: string;
  after: string;
}

export class Commands implements vscode.Disposable {
  readonly #registered: vscode.Disposable[] = [];

  constructor(
    private readonly session: Session,
    private readonly panels: PreviewPanels,
    private readonly notes: Notes,
  ) {
    this.#on("openPreview", (uri) => this.panels.show(uri, vscode.ViewColumn.Beside));
    this.#on("compareRepair", (uri) => this.panels.compare(uri));
    this.#on("showDiff", (uri) => this.#diff(uri));
    this.#on("look", async (uri) => {
      await this.session.execute("relook.diagnose", { uri: uri.toString() });
      await mark("pageSeen");
    });
    this.#on("repairEverything", (uri) => this.#repair("relook.repairPage", { uri: uri.toString() }));
    this.#on("repairHere", (uri) => this.#repairHere(uri));
    this.#on("repairInWords", (uri) => this.#repairInWords(uri));
    this.#on("showTried", (uri) => this.#tried(uri));
    this.#command("pickModel", () => this.session.execute("relook.chooseModel", {}));
  }

  /** Registers a command that is about a file: the one it was chosen on, or the active editor's. */
  #on(name: string, run: (uri: vscode.Uri) => Promise<unknown>): void {
    this.#command(name, async (given?: unknown) => {
      const uri = given instanceof vscode.Uri ? given : active();
      if (!uri) {
        this.notes.say("info", vscode.l10n.t("Open an HTML, CSS or script file first."));
        return;
      }
      await run(uri);
    });
  }

  #command(name: string, run: (...args: unknown[]) => Promise<unknown>): void {
    this.#registered.push(
      vscode.commands.registerCommand(`relook.${name}`, async (...args: unknown[]) => {
        try {
          await run(...args);
        } catch (error) {
          this.notes.failed(error);
        }
      }),
    );
  }

  async #repair(command: string, argument: object): Promise<void> {
    const outcome = await this.session.execute<Outcome>(command, argument);
    if (outcome.applied) await mark("repaired");
  }

  async #repairHere(uri: vscode.Uri): Promise<void> {
    const editor = vscode.window.visibleTextEditors.find(
      ({ document }) => document.uri.toString() === uri.toString(),
    );
    if (!editor) return;
    const { start, end } = editor.selection;
    await this.#repair("relook.repairSelection", {
      uri: uri.toString(),
      range: {
        start: { line: start.line, character: start.character },
        end: { line: end.line, character: end.character },
      },
    });
  }

  async #repairInWords(uri: vscode.Uri): Promise<void> {
    const instruction = await vscode.window.showInputBox({
      title: vscode.l10n.t("Repair with an Instruction"),
      prompt: vscode.l10n.t(
        "What shall a model on your machine change? The page is rendered before you get it.",
      ),
      placeHolder: vscode.l10n.t("such as: make the header sticky"),
      ignoreFocusOut: true,
      validateInput: (value) =>
        Buffer.byteLength(value) > 4000 ? vscode.l10n.t("At most 4,000 bytes.") : undefined,
    });
    if (!instruction?.trim()) return;
    await this.#repair("relook.repairWithInstruction", { uri: uri.toString(), instruction });
  }

  /** Shows what the repair of everything would change, as the editor's own diff. */
  async #diff(uri: vscode.Uri): Promise<void> {
    const { files } = await this.session.execute<{ files: Pair[] }>("relook.compare", {
      uri: uri.toString(),
    });
    const pairs = files.map(
      ({ before, after }) => [vscode.Uri.parse(before), vscode.Uri.parse(after)] as const,
    );
    const title = (file: vscode.Uri): string =>
      vscode.l10n.t("{0}: as it is ↔ repaired", vscode.workspace.asRelativePath(file));
    const [first] = pairs;
    if (pairs.length === 1 && first) {
      await vscode.commands.executeCommand("vscode.diff", ...first, title(first[0]));
    } else {
      const list = pairs.map(([before, after]) => [before, before, after]);
      await vscode.commands.executeCommand("vscode.changes", title(uri), list);
    }
  }

  /** Shows what was tried and why it was rejected, as a text that is nowhere stored. */
  async #tried(uri: vscode.Uri): Promise<void> {
    const trace = await this.session.request<Trace>("relook/trace", {
      textDocument: { uri: uri.toString() },
    });
    const content = tell(trace, vscode.workspace.asRelativePath(vscode.Uri.parse(trace.uri)));
    const document = await vscode.workspace.openTextDocument({ language: "markdown", content });
    await vscode.window.showTextDocument(document, { preview: true, viewColumn: vscode.ViewColumn.Beside });
  }

  dispose(): void {
    vscode.Disposable.from(...this.#registered).dispose();
  }
}

function active(): vscode.Uri | undefined {
  const editors = [vscode.window.activeTextEditor, ...vscode.window.visibleTextEditors];
  return editors.find(
    (editor) => editor?.document.uri.scheme === "file" && languages.includes(editor.document.languageId),
  )?.document.uri;
}

function tell(trace: Trace, page: string): string {
  const lines = [`# ${page}`, ""];
  if (trace.passes.length === 0) lines.push(vscode.l10n.t("Nothing was tried yet."));
  trace.passes.forEach((pass, n) => {
    lines.push(`## ${vscode.l10n.t("Pass {0}", n + 1)} (${pass.policy})`, "");
    for (const attempt of pass.attempts) {
      const verdict = attempt.admitted ? vscode.l10n.t("admitted") : vscode.l10n.t("rejected");
      lines.push(`- **${verdict}**: ${attempt.why}. ${attempt.reason}`);
    }
    for (const dropped of pass.dropped) lines.push(`- **${vscode.l10n.t("not usable")}**: ${dropped}`);
    lines.push("");
  });
  return lines.join("\n");
}
