// One connection to `relook lsp`: starts it, stops it, and carries relook's own
// messages. What the rest of the extension needs of it is the interface Session.
import * as vscode from "vscode";
import {
  LanguageClient,
  type LanguageClientOptions,
  RevealOutputChannelOn,
} from "vscode-languageclient/node";

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

export class ServerSession implements Session, vscode.Disposable {
  readonly #log: vscode.LogOutputChannel;
  readonly #ready = new vscode.EventEmitter<void>();
  readonly #handlers = new Map<string, Set<Handler>>();
  #client: LanguageClient | undefined;

  readonly onReady = this.#ready.event;

  constructor(log: vscode.LogOutputChannel) {
    this.#log = log;
  }

  get ready(): boolean {
    return this.#client?.isRunning() ?? false;
  }

  async start(binary: string): Promise<void> {
    const options: LanguageClientOptions = {
      documentSelector: [{ language: "html" }, { language: "css" }, { language: "javascript" }],
      outputChannel: this.#log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions: {
        trusted: vscode.workspace.isTrusted,
        status: true,
        preview: true,
        suggestions: true,
      },
    };
    this.#client = new LanguageClient("relook", "relook", { command: binary, args: ["lsp"] }, options);
    for (const method of this.#handlers.keys()) this.#listen(this.#client, method);
    await this.#client.start();
    this.#ready.fire();
  }

  async stop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.stop();
  }

  async request<T>(method: string, params: unknown, token?: vscode.CancellationToken): Promise<T> {
    return this.#running().sendRequest<T>(method, params, token);
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
    this.#ready.dispose();
  }
}
