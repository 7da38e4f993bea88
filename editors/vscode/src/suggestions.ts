// After a save with relook.onSave "suggest": a repair is ready. A notification that
// waits, never a dialog; the server suggests the same only once.
import * as vscode from "vscode";
import type { Suggestion } from "../../../docs/schema/lsp.d.ts";
import type { PreviewPanels } from "./preview.ts";
import type { Session } from "./session.ts";
import type { Notes } from "./voice.ts";

export function offerSuggestions(session: Session, panels: PreviewPanels, notes: Notes): vscode.Disposable {
  return session.onNotification("relook/suggestion", async (suggestion: Suggestion) => {
    const look = vscode.l10n.t("Show Before and After");
    const apply = vscode.l10n.t("Apply");
    const chosen = await vscode.window.showInformationMessage(words(suggestion), look, apply);
    try {
      if (chosen === look) await panels.compare(vscode.Uri.parse(suggestion.uri));
      if (chosen === apply) {
        const { uri: page, number, fix } = suggestion;
        await session.execute("relook.apply", { page, number, fix });
      }
    } catch (error) {
      // That a repair was not applied the server tells by itself.
      if (chosen === look) notes.failed(error);
    }
  });
}

function words({ uri, repaired, left }: Suggestion): string {
  const page = vscode.workspace.asRelativePath(vscode.Uri.parse(uri));
  if (left === 0) {
    return repaired === 1
      ? vscode.l10n.t("relook can repair the defect of {0}.", page)
      : vscode.l10n.t("relook can repair all {0} defects of {1}.", repaired, page);
  }
  return vscode.l10n.t("relook can repair {0} of {1} defects of {2}.", repaired, repaired + left, page);
}
