// What the person is told, with a button that mends it. The same is told once.
import * as vscode from "vscode";
import { type Binary, type Failure, makeExecutable } from "./locator.ts";
import { mendOf } from "./mends.ts";
import type { Voice } from "./session.ts";
import { setUp } from "./setup.ts";
import { type Fit, oldest } from "./versions.ts";

type Kind = "error" | "warning" | "info";
interface Button {
  title: string;
  do: () => unknown;
}

export class Notes implements Voice {
  readonly #showing = new Set<string>();

  constructor(
    private readonly log: vscode.LogOutputChannel,
    /** The binary that runs, for what it sets up. */
    private readonly binary: () => Binary | undefined,
  ) {}

  say(kind: Kind, text: string): void {
    const buttons: Button[] = [];
    const mend = mendOf(text);
    if (mend?.kind === "setting") buttons.push(openSetting(mend.key));
    if (mend?.kind === "setup") {
      buttons.push({
        title: vscode.l10n.t("Run `relook setup {0}`", mend.args.join(" ")),
        do: () => setUp(this.binary(), mend.args),
      });
    }
    if (kind === "error") buttons.push(this.#showLog());
    void this.#note(kind, text, buttons);
  }

  async choose(text: string, titles: string[]): Promise<string | undefined> {
    return vscode.window.showQuickPick(titles, { title: "relook", placeHolder: text, ignoreFocusOut: true });
  }

  gaveUp(): void {
    void this.#note("error", vscode.l10n.t("relook ended several times within minutes. Its log says why."), [
      command(vscode.l10n.t("Start Again"), "relook.restartServer"),
      this.#showLog(),
    ]);
  }

  /** A command failed. */
  failed(error: unknown): void {
    if (error instanceof vscode.CancellationError) return;
    const { code, message } = error as { code?: number; message?: string };
    // Cancelled, or of a text that has changed: the person did that.
    if (code === -32800 || code === -32801 || code === -32802) return;
    this.say("warning", sentence(message ?? String(error)));
  }

  noBinary(): void {
    void this.#note(
      "error",
      vscode.l10n.t("relook was not found: not in the workspace, not in this extension, not on the PATH."),
      [
        command(vscode.l10n.t("Choose the File"), "relook.choosePath"),
        command(vscode.l10n.t("How to Get It"), "relook.openWalkthrough"),
      ],
    );
  }

  /** A binary does not start. */
  notStarted(binary: Binary, why: Failure, error: unknown): void {
    this.log.error(`starting ${binary.path} (${binary.origin}): ${error}`);
    const choose = command(vscode.l10n.t("Choose Another File"), "relook.choosePath");
    const other = { title: vscode.l10n.t("Use Another"), do: useAnother };
    const buttons = binary.origin === "setting" ? [other, openSetting("relook.path")] : [choose];
    buttons.push(this.#showLog());
    if (why === "not-executable") {
      buttons.unshift({
        title: vscode.l10n.t("Make It Executable"),
        do: async () => {
          await makeExecutable(binary.path);
          await vscode.commands.executeCommand("relook.restartServer");
        },
      });
    }
    void this.#note("error", words(binary, why, error), buttons);
  }

  /** The server runs, and does not get along with the extension. */
  misfit(binary: Binary, version: string | undefined, how: Fit): void {
    const of = version || vscode.l10n.t("an unknown version");
    const text =
      how === "new"
        ? vscode.l10n.t(
            "{0} is relook {1}, newer than this extension knows. Update the extension.",
            binary.path,
            of,
          )
        : vscode.l10n.t("{0} is relook {1}; this extension needs {2} or newer.", binary.path, of, oldest);
    void this.#note("warning", text, [
      binary.origin === "setting"
        ? openSetting("relook.path")
        : command(vscode.l10n.t("Choose Another File"), "relook.choosePath"),
      this.#showLog(),
    ]);
  }

  async #note(kind: Kind, text: string, buttons: Button[]): Promise<void> {
    if (this.#showing.has(text)) return;
    this.#showing.add(text);
    const show = {
      error: vscode.window.showErrorMessage,
      warning: vscode.window.showWarningMessage,
      info: vscode.window.showInformationMessage,
    }[kind];
    const chosen = await show(text, ...buttons.map((button) => button.title));
    this.#showing.delete(text);
    await buttons.find((button) => button.title === chosen)?.do();
  }

  #showLog(): Button {
    return { title: vscode.l10n.t("Show Log"), do: () => this.log.show() };
  }
}

/** An error's message as a sentence. */
function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?`]$/.test(text) ? "" : ".");
}

function words(binary: Binary, why: Failure, error: unknown): string {
  switch (why) {
    case "missing":
      return vscode.l10n.t("{0} is not there.", binary.path);
    case "not-executable":
      return vscode.l10n.t("{0} may not be run.", binary.path);
    case "other-machine":
      return vscode.l10n.t(
        "{0} is not made for this kind of machine ({1}).",
        binary.path,
        `${process.platform}-${process.arch}`,
      );
    case "refused":
      return vscode.l10n.t(
        "{0} does not start: {1}",
        binary.path,
        (error as Error)?.message ?? String(error),
      );
  }
}

/** Takes the setting away that names a binary: it is looked for elsewhere then. */
async function useAnother(): Promise<void> {
  const settings = vscode.workspace.getConfiguration("relook");
  const at = settings.inspect("path");
  const { ConfigurationTarget: target } = vscode;
  for (const [value, where] of [
    [at?.workspaceFolderValue, target.WorkspaceFolder],
    [at?.workspaceValue, target.Workspace],
    [at?.globalValue, target.Global],
  ] as const) {
    if (value !== undefined) return settings.update("path", undefined, where);
  }
}

function openSetting(key: string): Button {
  return {
    title: vscode.l10n.t("Open the Setting"),
    do: () => vscode.commands.executeCommand("workbench.action.openSettings", `@id:${key}`),
  };
}

function command(title: string, id: string): Button {
  return { title, do: () => vscode.commands.executeCommand(id) };
}
