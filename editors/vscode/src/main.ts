// What the editor loads.
import type * as vscode from "vscode";
import { Extension } from "./extension.ts";

let extension: Extension | undefined;

export function activate(context: vscode.ExtensionContext): Extension["api"] {
  extension = new Extension(context);
  extension.start();
  return extension.api;
}

export async function deactivate(): Promise<void> {
  await extension?.stop();
  extension = undefined;
}
