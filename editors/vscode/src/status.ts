// The status item: what relook does, which model it asks, and its menu.
import * as vscode from "vscode";
import type { Status } from "../../../docs/schema/lsp.d.ts";
import type { Binary } from "./locator.ts";
import type { ServerSession } from "./session.ts";

export class StatusItem implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem("relook.status", vscode.StatusBarAlignment.Right, 90);
  readonly #listening: vscode.Disposable[];
  #status: Status | undefined;

  constructor(
    private readonly session: ServerSession,
    private readonly binary: () => Binary | undefined,
  ) {
    this.#item.name = "relook";
    this.#item.command = "relook.menu";
    this.#listening = [
      session.onNotification("relook/status", (status: Status) => this.#set(status)),
      session.onChange(() => this.#set(undefined)),
      session.onReady(async () => this.#set(await session.request<Status>("relook/status", undefined))),
    ];
    this.#draw();
    this.#item.show();
  }

  get status(): Status | undefined {
    return this.#status;
  }

  #set(status: Status | undefined): void {
    this.#status = status;
    void vscode.commands.executeCommand("setContext", "relook.ready", this.session.ready);
    if (status?.browser === "running") {
      // It runs once a page was looked at.
      void mark("browserFound");
      void mark("pageSeen");
    }
    if (status?.model) void mark("modelFound");
    this.#draw();
  }

  #draw(): void {
    const look = appearance(this.#status, this.session.ready);
    this.#item.text = `$(${look.icon}) relook`;
    this.#item.accessibilityInformation = { label: `relook: ${look.text}`, role: "button" };
    this.#item.backgroundColor = look.warn
      ? new vscode.ThemeColor("statusBarItem.warningBackground")
      : undefined;
    const tip = new vscode.MarkdownString(undefined, true);
    tip.appendMarkdown(`**relook** ${this.session.version ?? ""}\n\n`).appendText(look.text);
    const model = this.#status?.model;
    if (model) tip.appendMarkdown("\n\n$(chip) ").appendText(vscode.l10n.t("Model: {0}", model));
    const binary = this.binary();
    if (binary) tip.appendMarkdown("\n\n").appendText(`${binary.path} (${origin(binary)})`);
    this.#item.tooltip = tip;
  }

  dispose(): void {
    vscode.Disposable.from(this.#item, ...this.#listening).dispose();
  }
}

type Step = "browserFound" | "modelFound" | "pageSeen" | "repaired";
const marked = new Set<Step>();

/** Ticks a step of the walkthrough off. */
export async function mark(step: Step): Promise<void> {
  if (marked.has(step)) return;
  marked.add(step);
  await vscode.commands.executeCommand("setContext", `relook.${step}`, true);
}

/** Ticks off what was done before the walkthrough was opened: the editor hears of
 * nothing that was so already when it first read the steps. */
export async function markAgain(): Promise<void> {
  for (const step of marked) await vscode.commands.executeCommand("setContext", `relook.${step}.told`, true);
}

interface Appearance {
  icon: string;
  text: string;
  warn?: boolean;
}

function appearance(status: Status | undefined, ready: boolean): Appearance {
  if (!ready || !status) return { icon: "circle-slash", text: vscode.l10n.t("not running"), warn: !ready };
  if (status.browser === "missing") {
    return { icon: "warning", text: status.problem || vscode.l10n.t("no browser"), warn: true };
  }
  const task = status.tasks[0];
  if (task) return { icon: "sync~spin", text: task };
  if (status.queue > 0) return { icon: "sync~spin", text: vscode.l10n.t("looking at the page") };
  if (status.mending > 0) return { icon: "sync~spin", text: vscode.l10n.t("looking for repairs") };
  if (!status.trusted) {
    return {
      icon: "shield",
      text: vscode.l10n.t("The workspace is not trusted: no script of a page and no model runs."),
    };
  }
  return { icon: "eye", text: vscode.l10n.t("ready") };
}

function origin(binary: Binary): string {
  switch (binary.origin) {
    case "setting":
      return vscode.l10n.t("from the setting relook.path");
    case "workspace":
      return vscode.l10n.t("from the workspace");
    case "bundled":
      return vscode.l10n.t("from this extension");
    case "path":
      return vscode.l10n.t("from the PATH");
  }
}
