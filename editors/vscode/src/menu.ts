// The menu of the status item: the same commands as the palette's, those that fit.
import * as vscode from "vscode";
import type { StatusItem } from "./status.ts";

interface Entry extends vscode.QuickPickItem {
  command?: string;
}

export async function showMenu(status: StatusItem): Promise<void> {
  const now = status.status;
  const entry = (icon: string, label: string, command: string, description?: string): Entry => ({
    label: `$(${icon}) ${label}`,
    command,
    ...(description === undefined ? {} : { description }),
  });
  const group = (label: string): Entry => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const entries: Entry[] = [];
  if (now && now.tasks.length > 0) {
    entries.push(entry("stop-circle", vscode.l10n.t("Cancel"), "relook.cancel", now.tasks.join(", ")));
  }
  if (now?.browser === "missing") {
    entries.push(
      entry("cloud-download", vscode.l10n.t("Get a Browser"), "relook.setUpBrowser", now.problem ?? ""),
    );
  }
  if (now && !now.trusted) {
    entries.push(entry("shield", vscode.l10n.t("Trust This Workspace"), "workbench.trust.manage"));
  }
  if (now) {
    entries.push(
      group(vscode.l10n.t("page")),
      entry("open-preview", vscode.l10n.t("Open Preview"), "relook.openPreview"),
      entry("diff-multiple", vscode.l10n.t("Show Before and After"), "relook.compareRepair"),
      entry("wand", vscode.l10n.t("Repair Everything on This Page"), "relook.repairEverything"),
    );
    if (now.trusted) {
      entries.push(
        entry("edit-sparkle", vscode.l10n.t("Repair with an Instruction"), "relook.repairInWords"),
      );
    }
    entries.push(entry("list-tree", vscode.l10n.t("Show What Was Tried"), "relook.showTried"));
  }
  entries.push(group("relook"));
  if (now?.trusted) {
    entries.push(
      entry(
        "chip",
        vscode.l10n.t("Choose a Model"),
        "relook.pickModel",
        now.model || vscode.l10n.t("none is asked"),
      ),
    );
  }
  if (now) entries.push(entry("browser", vscode.l10n.t("Restart Browser"), "relook.restartBrowser"));
  entries.push(
    entry("debug-restart", vscode.l10n.t("Restart Server"), "relook.restartServer"),
    entry("output", vscode.l10n.t("Show Log"), "relook.showLog"),
    entry("gear", vscode.l10n.t("Settings"), "relook.openSettings"),
    entry("book", vscode.l10n.t("First Steps"), "relook.openWalkthrough"),
  );
  const chosen = await vscode.window.showQuickPick(entries, { title: "relook" });
  if (chosen?.command) await vscode.commands.executeCommand(chosen.command);
}
