// A real `relook lsp`, spoken to as the extension does.
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import {
  CancellationTokenSource,
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-jsonrpc/node";
import type { Preview, Range, Status } from "../../../../docs/schema/lsp";

interface Edit {
  range: Range;
  newText: string;
}

export class Server {
  readonly #process: ChildProcess;
  readonly #connection: MessageConnection;
  readonly texts = new Map<string, { text: string; version: number }>();
  readonly previewed = new Set<(p: Preview) => void>();
  readonly statuses = new Set<(s: Status) => void>();

  constructor(
    private readonly folder: string,
    env: NodeJS.ProcessEnv = {},
  ) {
    this.#process = spawn(process.env.RELOOK!, ["lsp"], {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, ...env },
    });
    this.#connection = createMessageConnection(
      new StreamMessageReader(this.#process.stdout!),
      new StreamMessageWriter(this.#process.stdin!),
    );
    this.#connection.onNotification("relook/previewChanged", (p: Preview) => {
      for (const f of this.previewed) f(p);
    });
    this.#connection.onNotification("relook/status", (s: Status) => {
      for (const f of this.statuses) f(s);
    });
    this.#connection.onRequest(
      "workspace/applyEdit",
      ({ edit }: { edit: { documentChanges: { textDocument: { uri: string }; edits: Edit[] }[] } }) => {
        for (const c of edit.documentChanges)
          this.change(c.textDocument.uri, applied(this.texts.get(c.textDocument.uri)!.text, c.edits));
        return { applied: true };
      },
    );
    this.#connection.onNotification(() => {});
    this.#connection.listen();
  }

  async start(options: object = {}): Promise<void> {
    const folder = { uri: pathToFileURL(this.folder).href, name: "pages" };
    await this.#connection.sendRequest("initialize", {
      processId: process.pid,
      rootUri: folder.uri,
      workspaceFolders: [folder],
      capabilities: {
        workspace: { applyEdit: true, workspaceEdit: { documentChanges: true } },
        textDocument: { publishDiagnostics: { versionSupport: true } },
      },
      initializationOptions: { trusted: true, status: true, preview: true, suggestions: true, ...options },
    });
    await this.#connection.sendNotification("initialized", {});
  }

  uri(name: string): string {
    return pathToFileURL(`${this.folder}/${name}`).href;
  }

  async open(name: string, text = readFileSync(`${this.folder}/${name}`, "utf8")): Promise<string> {
    const uri = this.uri(name);
    this.texts.set(uri, { text, version: 1 });
    await this.#connection.sendNotification("textDocument/didOpen", {
      textDocument: { uri, languageId: "html", version: 1, text },
    });
    return uri;
  }

  change(uri: string, text: string): void {
    const version = (this.texts.get(uri)?.version ?? 0) + 1;
    this.texts.set(uri, { text, version });
    void this.#connection.sendNotification("textDocument/didChange", {
      textDocument: { uri, version },
      contentChanges: [{ text }],
    });
  }

  async request<T>(method: string, params: object, signal?: AbortSignal): Promise<T> {
    const cancel = new CancellationTokenSource();
    signal?.addEventListener("abort", () => cancel.cancel());
    return this.#connection.sendRequest<T>(method, params, cancel.token);
  }

  execute<T>(command: string, argument: object): Promise<T> {
    return this.request("workspace/executeCommand", { command, arguments: [argument] });
  }

  async notify(method: string, params: object): Promise<void> {
    await this.#connection.sendNotification(method, params);
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.#process.once("exit", done));
    await this.#connection.sendRequest("shutdown").catch(() => {});
    await this.#connection.sendNotification("exit").catch(() => {});
    this.#process.stdin!.end();
    await ended;
    this.#connection.dispose();
  }
}

/** applied is a text with edits, whose places are all in the text as it was. */
function applied(text: string, edits: Edit[]): string {
  const starts = [0];
  for (let i = 0; i < text.length; i++) if (text[i] === "\n") starts.push(i + 1);
  const at = (p: Range["start"]) => starts[p.line]! + p.character;
  for (const e of [...edits].sort((a, b) => at(b.range.start) - at(a.range.start)))
    text = text.slice(0, at(e.range.start)) + e.newText + text.slice(at(e.range.end));
  return text;
}
