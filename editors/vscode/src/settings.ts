// The settings as the server wants them: only what the person has set, because
// defaults would win over relook.toml.
import * as vscode from "vscode";

/** Settings that are the extension's own. */
const own = new Set(["enable", "path", "trace.server"]);

/** The keys of all settings that the server reads, without "relook.". */
export function serverKeys(packageJSON: {
  contributes: { configuration: { properties: Record<string, unknown> }[] };
}): string[] {
  return packageJSON.contributes.configuration
    .flatMap((group) => Object.keys(group.properties))
    .map((key) => key.replace(/^relook\./, ""))
    .filter((key) => !own.has(key));
}

/** What the person, or a workspace that is trusted as far as a setting needs it, has set for a file or folder. */
export function explicit(keys: readonly string[], scope: vscode.Uri | undefined): Record<string, unknown> {
  const configuration = vscode.workspace.getConfiguration("relook", scope ?? null);
  const set: [string, unknown][] = [];
  for (const key of keys) {
    const at = configuration.inspect(key);
    const given = [
      at?.globalValue,
      at?.workspaceValue,
      at?.workspaceFolderValue,
      at?.globalLanguageValue,
      at?.workspaceLanguageValue,
      at?.workspaceFolderLanguageValue,
    ];
    // get leaves out what a workspace that is not trusted may not set.
    if (given.some((value) => value !== undefined)) set.push([key, configuration.get(key)]);
  }
  return nest(set);
}

/** Makes {"model": {"name": "x"}} of "model.name". */
export function nest(entries: readonly [string, unknown][]): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  for (const [key, value] of entries) {
    const [head, ...rest] = key.split(".");
    if (head === undefined || value === undefined || value === "") continue;
    const tail = rest.join(".");
    if (tail === "") all[head] = value;
    else all[head] = { ...(all[head] as object | undefined), [tail]: value };
  }
  return all;
}
