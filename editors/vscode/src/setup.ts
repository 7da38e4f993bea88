// Runs `relook setup` where the person sees what it does.
import * as vscode from "vscode";
import type { Binary } from "./locator.ts";

/** Runs it as a task; afterwards relook looks for a browser again. */
export async function setUp(binary: Binary | undefined, args: readonly string[]): Promise<void> {
  if (!binary) {
    await vscode.commands.executeCommand("relook.choosePath");
    return;
  }
  const task = new vscode.Task(
    { type: "relook", args },
    vscode.TaskScope.Global,
    `setup ${args.join(" ")}`,
    "relook",
    new vscode.ProcessExecution(binary.path, ["setup", ...args]),
  );
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, clear: true, focus: false };
  const execution = await vscode.tasks.executeTask(task);
  const end = vscode.tasks.onDidEndTaskProcess((event) => {
    if (event.execution !== execution) return;
    end.dispose();
    if (event.exitCode === 0) void vscode.commands.executeCommand("relook.restartBrowser");
  });
}
