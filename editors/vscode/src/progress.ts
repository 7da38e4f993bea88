// Shows the progress of what the person asked for, with a Cancel button: the
// client's own shows it in the status bar and without one.
import * as vscode from "vscode";
import type {
  WorkDoneProgressBegin,
  WorkDoneProgressEnd,
  WorkDoneProgressReport,
} from "vscode-languageclient/node";

export type Token = string | number;
type Value = WorkDoneProgressBegin | WorkDoneProgressReport | WorkDoneProgressEnd;

interface Running {
  progress: vscode.Progress<{ message?: string; increment?: number }> | undefined;
  done: () => void;
  percent: number;
  message: string | undefined;
}

/** Nothing is shown of what ends sooner than this, in ms. */
const patience = 300;

export class ProgressNotes implements vscode.Disposable {
  readonly #running = new Map<Token, Running>();

  constructor(private readonly cancel: (token: Token) => void) {}

  handle(token: Token, value: Value): void {
    switch (value.kind) {
      case "begin":
        this.#begin(token, value);
        break;
      case "report":
        this.#report(token, value);
        break;
      case "end":
        this.#running.get(token)?.done();
    }
  }

  #begin(token: Token, value: WorkDoneProgressBegin): void {
    let done = (): void => {};
    const finished = new Promise<void>((resolve) => {
      done = resolve;
    });
    const running: Running = { progress: undefined, done, percent: 0, message: undefined };
    this.#running.set(token, running);
    const timer = setTimeout(() => this.#show(token, value, running, finished), patience);
    void finished.then(() => {
      clearTimeout(timer);
      this.#running.delete(token);
    });
  }

  #show(token: Token, value: WorkDoneProgressBegin, running: Running, finished: Promise<void>): void {
    void vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: `relook: ${value.title}`,
        cancellable: value.cancellable ?? false,
      },
      (progress, cancelled) => {
        running.progress = progress;
        // The editor shows how far it is only once it is told.
        const so = running.percent;
        running.percent = 0;
        this.#tell(running, running.message, so);
        cancelled.onCancellationRequested(() => this.cancel(token));
        return finished;
      },
    );
  }

  #report(token: Token, value: WorkDoneProgressReport): void {
    const running = this.#running.get(token);
    if (!running) return;
    running.message = value.message ?? running.message;
    if (running.progress) this.#tell(running, value.message, value.percentage);
    else running.percent = value.percentage ?? running.percent;
  }

  #tell(running: Running, message: string | undefined, percent: number | undefined): void {
    const increment = Math.max(0, (percent ?? running.percent) - running.percent);
    running.percent += increment;
    running.progress?.report({ increment, ...(message === undefined ? {} : { message }) });
  }

  /** Ends all: nobody reports any more. */
  clear(): void {
    for (const running of [...this.#running.values()]) running.done();
  }

  dispose(): void {
    this.clear();
  }
}
