// Lets the editor's own agent ask relook to render, diagnose and repair a page, and
// see the pictures.
import path from "node:path";
import * as vscode from "vscode";
import type { Outcome, Preview, PreviewDefect, PreviewShot } from "../../../docs/schema/lsp.d.ts";
import type { Session } from "./session.ts";

interface Input {
  file: string;
  views?: string[];
  instruction?: string;
}

/** Bounds of what is handed to a model. */
const most = { pictures: 6, defects: 40 };

export function registerTools(session: Session): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.lm.registerTool<Input>("relook_render", new Tool(session, render, false)),
    vscode.lm.registerTool<Input>("relook_diagnose", new Tool(session, diagnose, false)),
    vscode.lm.registerTool<Input>("relook_repair", new Tool(session, repair, true)),
  );
}

type Parts = (vscode.LanguageModelTextPart | vscode.LanguageModelDataPart)[];
type Work = (
  session: Session,
  uri: vscode.Uri,
  input: Input,
  token: vscode.CancellationToken,
) => Promise<Parts>;

class Tool implements vscode.LanguageModelTool<Input> {
  constructor(
    private readonly session: Session,
    private readonly work: Work,
    private readonly changes: boolean,
  ) {}

  prepareInvocation({
    input,
  }: vscode.LanguageModelToolInvocationPrepareOptions<Input>): vscode.PreparedToolInvocation {
    const file = path.basename(input.file);
    if (!this.changes) return { invocationMessage: vscode.l10n.t("Looking at {0}", file) };
    const what = input.instruction
      ? vscode.l10n.t("Ask relook to change {0}: {1}", file, input.instruction)
      : vscode.l10n.t("Ask relook to repair the visible defects of {0}. Nothing is saved.", file);
    return {
      invocationMessage: vscode.l10n.t("Repairing {0}", file),
      confirmationMessages: { title: vscode.l10n.t("Repair the page"), message: what },
    };
  }

  async invoke(
    { input }: vscode.LanguageModelToolInvocationOptions<Input>,
    token: vscode.CancellationToken,
  ): Promise<vscode.LanguageModelToolResult> {
    const uri = await find(input.file);
    await this.#awake();
    return new vscode.LanguageModelToolResult(await this.work(this.session, uri, input, token));
  }

  /** Waits for the server, which an agent may be faster than. */
  async #awake(): Promise<void> {
    if (this.session.ready) return;
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => {
        wait.dispose();
        reject(new Error("relook is not running: see its log in the output panel"));
      }, 10_000);
      const wait = this.session.onReady(() => {
        clearTimeout(late);
        wait.dispose();
        resolve();
      });
    });
  }
}

/** Finds a file of the workspace, and none beside it: an agent must not have the page of another project rendered. */
async function find(file: string): Promise<vscode.Uri> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const tries = path.isAbsolute(file)
    ? [vscode.Uri.file(path.normalize(file))]
    : folders.map((folder) => vscode.Uri.joinPath(folder.uri, file));
  for (const uri of tries) {
    if (!vscode.workspace.getWorkspaceFolder(uri)) continue;
    const there = await vscode.workspace.fs.stat(uri).then(
      ({ type }) => type & vscode.FileType.File,
      () => 0,
    );
    if (there) return uri;
  }
  throw new Error(`there is no file ${file} in the workspace`);
}

const ask = (session: Session, uri: vscode.Uri, token: vscode.CancellationToken): Promise<Preview> =>
  session.request<Preview>(
    "relook/preview",
    { textDocument: { uri: uri.toString() }, complete: true },
    token,
  );

async function render(
  session: Session,
  uri: vscode.Uri,
  input: Input,
  token: vscode.CancellationToken,
): Promise<Parts> {
  const page = await ask(session, uri, token);
  return [text(about(page)), ...pictures(page, "before", input.views)];
}

async function diagnose(
  session: Session,
  uri: vscode.Uri,
  _: Input,
  token: vscode.CancellationToken,
): Promise<Parts> {
  const page = await ask(session, uri, token);
  return [text(`${about(page)}\n${list(page)}`), ...pictures(page, "before", faulty(page))];
}

async function repair(
  session: Session,
  uri: vscode.Uri,
  input: Input,
  token: vscode.CancellationToken,
): Promise<Parts> {
  const outcome = await (input.instruction
    ? session.execute<Outcome>(
        "relook.repairWithInstruction",
        { uri: uri.toString(), instruction: input.instruction },
        token,
      )
    : session.execute<Outcome>("relook.repairPage", { uri: uri.toString() }, token));
  const page = await ask(session, uri, token);
  const done = outcome.applied ? "Applied to the open buffers, not saved." : "Nothing was changed.";
  return [text(`${outcome.message} ${done}\n${about(page)}\n${list(page)}`), ...pictures(page, "before")];
}

const text = (value: string): vscode.LanguageModelTextPart => new vscode.LanguageModelTextPart(value);

function about(page: Preview): string {
  if (!page.valid) return `${page.name} can't be judged: ${page.reason ?? "it paints nothing"}.`;
  const n = page.defects.length;
  return `${page.name}: ${n === 0 ? "no visible defects" : `${n} visible defect${n === 1 ? "" : "s"}`} at ${page.views.map((view) => view.name).join(", ")}.`;
}

function list(page: Preview): string {
  const lines = page.defects.slice(0, most.defects).map((defect) => line(defect));
  if (page.defects.length > most.defects) lines.push(`... and ${page.defects.length - most.defects} more`);
  return lines.join("\n");
}

function line(defect: PreviewDefect): string {
  const at = defect.uri
    ? `${vscode.workspace.asRelativePath(vscode.Uri.parse(defect.uri))}:${defect.range.start.line + 1}`
    : "";
  const fix = defect.fix || defect.repaired ? " A proved repair is known." : "";
  return `${defect.number}. ${at} ${defect.severity} [${defect.rule}] ${defect.message}${fix}`;
}

/** The views in which something is wrong. */
function faulty(page: Preview): string[] {
  return [...new Set(page.defects.flatMap((defect) => defect.elements.map((element) => element.view)))];
}

/** The last picture of each view. */
function pictures(page: Preview, when: "before" | "after", views?: readonly string[]): Parts {
  const parts: Parts = [];
  for (const view of page.views) {
    if (views && views.length > 0 && !views.includes(view.name)) continue;
    const shot: PreviewShot | undefined = view[when].at(-1);
    if (!shot?.png || parts.length >= 2 * most.pictures) continue;
    parts.push(
      text(`${page.name} at ${view.name}:`),
      vscode.LanguageModelDataPart.image(Buffer.from(shot.png, "base64"), "image/png"),
    );
  }
  return parts;
}
