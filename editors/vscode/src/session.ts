// One connection to `relook lsp`: starts it, keeps it going, and carries relook's
// own messages. What the rest of the extension needs of it is the interface Session.
import { type ChildProcess, spawn } from "node:child_process";
import * as vscode from "vscode";
import type {
  ConfigurationParams,
  LanguageClient,
  LanguageClientOptions,
  Middleware,
} from "vscode-languageclient/node";
import type { Options } from "../../../docs/schema/lsp.d.ts";
import { ProgressNotes } from "./progress.ts";
import { explicit } from "./settings.ts";

// biome-ignore lint/suspicious/noExplicitAny: each method has its own params, told in docs/schema/lsp.d.ts
export type Handler = (params: any) => void;

export interface Session {
  request<T>(method: string, params: unknown, token?: vscode.CancellationToken): Promise<T>;
  notify(method: string, params: unknown): Promise<void>;
  /** The handler is kept when the server is started anew. */
  onNotification(method: string, handler: Handler): vscode.Disposable;
  /** Runs one of the server's commands; docs/protocol.md lists them. */
  execute<T>(command: string, argument: object, token?: vscode.CancellationToken): Promise<T>;
  /** Whether the server is there and answers. */
  readonly ready: boolean;
  /** The server answers: at its first start, and each time it was started anew. */
  readonly onReady: vscode.Event<void>;
}

/** What a session tells the person through. */
export interface Voice {
  /** The server says something. */
  say(kind: "error" | "warning" | "info", text: string): void;
  /** The server lets the person choose; the title of what was chosen. */
  choose(text: string, titles: string[]): Promise<string | undefined>;
  /** The server ended again and again and is not started any more. */
  gaveUp(): void;
}

/** The files that can be pages or parts of pages. */
export const languages = ["html", "css", "scss", "less", "javascript"];

/** The client's library, which is loaded when a server is first started: that takes
 * longer than all else that the extension does while the editor waits for it. */
type Library = typeof import("vscode-languageclient/node");

/** So many times in so many minutes is the server started anew. */
const restarts = { most: 4, minutes: 3 };

export class ServerSession implements Session, vscode.Disposable {
  readonly #ready = new vscode.EventEmitter<void>();
  readonly #changed = new vscode.EventEmitter<boolean>();
  readonly #handlers = new Map<string, Set<Handler>>();
  readonly #progress = new ProgressNotes((token) => {
    void this.#client?.sendNotification("window/workDoneProgress/cancel", { token });
  });
  #client: LanguageClient | undefined;
  #process: ChildProcess | undefined;
  #stops: number[] = [];
  #registered = false;
  #answered = false;

  readonly onReady = this.#ready.event;
  /** Whether the server answers has changed. */
  readonly onChange = this.#changed.event;

  constructor(
    private readonly log: vscode.LogOutputChannel,
    private readonly voice: Voice,
    private readonly keys: readonly string[],
    /** Runs one of the server's commands otherwise, if the extension has a better way: true if it did. */
    private readonly instead: (command: string, argument: unknown) => boolean,
  ) {}

  get ready(): boolean {
    return this.#client?.isRunning() ?? false;
  }

  /** Of the server that runs; "" if it does not say. */
  get version(): string | undefined {
    return this.#client?.initializeResult?.serverInfo?.version;
  }

  /** Of the server's process. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Starts a server. The error of a process that does not start is the system's own. */
  async start(binary: string): Promise<void> {
    await this.stop();
    this.#stops = [];
    this.#answered = false;
    const first = await this.#spawn(binary);
    const end = ended(first); // it may end while the library is loaded
    end.catch(() => undefined);
    let waiting: ChildProcess | undefined = first;
    const library = await import("vscode-languageclient/node");
    const client = new library.LanguageClient(
      "relook",
      "relook",
      async () => {
        const process = waiting ?? (await this.#spawn(binary));
        waiting = undefined;
        return process;
      },
      this.#options(library),
    );
    this.#client = client;
    for (const method of this.#handlers.keys()) this.#listen(client, method);
    this.#speak(client, library);
    client.onDidChangeState(({ newState }) => {
      const running = newState === library.State.Running;
      if (!running) this.#progress.clear();
      this.#changed.fire(running);
      if (running) this.#ready.fire();
    });
    // A program that is no relook ends at once; the client would wait for its answer.
    await Promise.race([client.start(), end]);
    this.#answered = true;
  }

  async #spawn(binary: string): Promise<ChildProcess> {
    // What is worth telling comes through the protocol; stderr has the rest.
    const level = this.log.logLevel <= vscode.LogLevel.Debug ? "debug" : "error";
    const child = spawn(binary, ["lsp", "--log-level", level], { stdio: "pipe", windowsHide: true });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    this.#process = child;
    this.log.debug(`started ${binary}, process ${child.pid}`);
    child.once("exit", (code, signal) => this.log.info(`the server ended: ${signal ?? code}`));
    return child;
  }

  #options({ ErrorAction, RevealOutputChannelOn, CloseAction }: Library): LanguageClientOptions {
    const mine: Options = {
      trusted: vscode.workspace.isTrusted,
      status: true,
      preview: true,
      suggestions: true,
    };
    return {
      documentSelector: languages.map((language) => ({ scheme: "file", language })),
      diagnosticCollectionName: "relook",
      outputChannel: this.log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions: mine,
      // What is asked for before the server is there is asked again by the editor.
      initializationFailedHandler: (error) => {
        this.log.error(`starting: ${error}`);
        return false;
      },
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => ({
          action: this.#again() ? CloseAction.Restart : CloseAction.DoNotRestart,
          handled: true,
        }),
      },
      middleware: this.#middleware(),
    };
  }

  /** Whether a server that ended is started anew. */
  #again(): boolean {
    if (!this.#answered) return false; // start tells
    const now = Date.now();
    this.#stops = [...this.#stops.filter((at) => now - at < restarts.minutes * 60_000), now];
    if (this.#stops.length > restarts.most) {
      this.voice.gaveUp();
      return false;
    }
    this.log.warn("the server has ended and is started anew");
    return true;
  }

  #middleware(): Middleware {
    return {
      handleWorkDoneProgress: (token, params) => this.#progress.handle(token, params),
      executeCommand: (command, args, next) =>
        this.instead(command, args[0]) ? undefined : next(command, args),
      workspace: {
        configuration: (params: ConfigurationParams) =>
          params.items.map((item) =>
            explicit(this.keys, item.scopeUri === undefined ? undefined : vscode.Uri.parse(item.scopeUri)),
          ),
        // The client would send the defaults too. The server asks for what it needs.
        didChangeConfiguration: async () => {
          if (this.#registered) await this.notify("workspace/didChangeConfiguration", { settings: null });
          this.#registered = true;
        },
      },
    };
  }

  /** Takes over how the server's messages are shown, so that they get buttons that mend. */
  #speak(
    client: LanguageClient,
    { MessageType, ShowMessageNotification, ShowMessageRequest }: Library,
  ): void {
    const kinds = { [MessageType.Error]: "error", [MessageType.Warning]: "warning" } as const;
    client.onNotification(ShowMessageNotification.type, ({ type, message }) => {
      this.voice.say(kinds[type as 1 | 2] ?? "info", message);
    });
    client.onRequest(ShowMessageRequest.type, async ({ message, actions = [] }) => {
      const titles = actions.map((action) => action.title);
      const chosen = await this.voice.choose(message, titles);
      return actions.find((action) => action.title === chosen) ?? null;
    });
  }

  async stop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    this.#registered = false;
    this.#progress.clear();
    if (client?.needsStop()) await client.stop(2000).catch((error) => this.log.debug(`stopping: ${error}`));
    await client?.dispose().catch(() => undefined); // it did not start
    this.#changed.fire(false);
  }

  async request<T>(method: string, params: unknown, token?: vscode.CancellationToken): Promise<T> {
    // A token that is undefined would be taken for a second param.
    const client = this.#running();
    return token ? client.sendRequest<T>(method, params, token) : client.sendRequest<T>(method, params);
  }

  async notify(method: string, params: unknown): Promise<void> {
    await this.#running().sendNotification(method, params as object);
  }

  onNotification(method: string, handler: Handler): vscode.Disposable {
    let handlers = this.#handlers.get(method);
    if (!handlers) {
      handlers = new Set();
      this.#handlers.set(method, handlers);
      if (this.#client) this.#listen(this.#client, method);
    }
    handlers.add(handler);
    return new vscode.Disposable(() => handlers.delete(handler));
  }

  async execute<T>(command: string, argument: object, token?: vscode.CancellationToken): Promise<T> {
    return this.request<T>("workspace/executeCommand", { command, arguments: [argument] }, token);
  }

  #listen(client: LanguageClient, method: string): void {
    client.onNotification(method, (params: unknown) => {
      for (const handler of this.#handlers.get(method) ?? []) handler(params);
    });
  }

  #running(): LanguageClient {
    if (!this.#client?.isRunning()) throw new Error(vscode.l10n.t("relook is not running."));
    return this.#client;
  }

  dispose(): void {
    this.#progress.dispose();
    this.#ready.dispose();
    this.#changed.dispose();
  }
}

/** Rejects when a process ends, with the last that it said. */
function ended(child: ChildProcess): Promise<never> {
  let last = "";
  child.stderr?.on("data", (data: Buffer) => {
    last = data.toString().trim().split("\n").at(-1)?.slice(0, 300) || last;
  });
  return new Promise((_, reject) => {
    child.once("close", (code, signal) => reject(new Error(last || `${signal ?? code}`)));
  });
}
