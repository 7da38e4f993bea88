// What the editor loads. Nothing else is exported, so that the rest can be tested
// without an editor's start.
import type * as vscode from "vscode";
import { Extension } from "./extension.ts";

let extension: Extension | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  extension = new Extension(context);
  await extension.start();
}

export async function deactivate(): Promise<void> {
  await extension?.stop();
  extension = undefined;
}
