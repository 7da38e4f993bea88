"""A session of an editor with `relook lsp`, by pygls, a client in Python that
checks each message against the protocol's own model.

usage: editor.py FOLDER RECORDING with pricing.html in FOLDER; relook is on the
PATH. The session is recorded.
"""

import asyncio
import pathlib
import sys

from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient


class Editor(LanguageClient):
    def __init__(self):
        super().__init__("test", "1")
        self.wrong = []
        self.published = asyncio.Queue()

    def report_server_error(self, error, source):
        self.wrong.append(f"{source}: {error!r}")

    async def server_exit(self, server):
        self.code = server.returncode


def offset(lines, position):
    return sum(len(line.encode("utf-16-le")) // 2 for line in lines[: position.line]) + position.character


def edited(text, edits):
    """text with edits, counted in UTF-16; the page has no characters beyond 16 bits."""
    lines = text.splitlines(keepends=True)
    for e in sorted(edits, key=lambda e: (e.range.start.line, e.range.start.character), reverse=True):
        text = text[: offset(lines, e.range.start)] + e.new_text + text[offset(lines, e.range.end):]
    return text


async def main():
    folder = pathlib.Path(sys.argv[1])
    page = folder / "pricing.html"
    uri, text = page.as_uri(), page.read_text()
    editor = Editor()

    @editor.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    def published(params):
        editor.published.put_nowait(params)

    @editor.feature(lsp.WINDOW_LOG_MESSAGE)
    def logged(_params):
        pass

    async def diagnostics(version, ok):
        while True:
            p = await asyncio.wait_for(editor.published.get(), 60)
            if p.uri == uri and p.version == version and ok(p.diagnostics):
                return p.diagnostics

    await editor.start_io("relook", "lsp", "--record", sys.argv[2])
    hello = await editor.initialize_async(lsp.InitializeParams(
        root_uri=folder.as_uri(),
        capabilities=lsp.ClientCapabilities(
            workspace=lsp.WorkspaceClientCapabilities(
                apply_edit=True, workspace_edit=lsp.WorkspaceEditClientCapabilities(document_changes=True)),
            text_document=lsp.TextDocumentClientCapabilities(
                publish_diagnostics=lsp.PublishDiagnosticsClientCapabilities(related_information=True),
                code_action=lsp.CodeActionClientCapabilities(
                    data_support=True, resolve_support=lsp.ClientCodeActionResolveOptions(properties=["edit"]))),
        ),
        # The model takes an action with a command for a bare command.
        initialization_options={"apply": "edit"},
    ))
    if hello.server_info.name != "relook" or hello.capabilities.position_encoding != lsp.PositionEncodingKind.Utf16:
        sys.exit(f"got {hello}")
    editor.initialized(lsp.InitializedParams())
    editor.text_document_did_open(lsp.DidOpenTextDocumentParams(
        text_document=lsp.TextDocumentItem(uri=uri, language_id="html", version=1, text=text)))
    found = await diagnostics(1, lambda d: any(x.code == "sideways-scroll" for x in d))
    wide = next(x for x in found if x.code == "sideways-scroll")

    action = None
    for _ in range(600):  # repairs are looked for in the background
        actions = await editor.text_document_code_action_async(lsp.CodeActionParams(
            text_document=lsp.TextDocumentIdentifier(uri=uri), range=wide.range,
            context=lsp.CodeActionContext(diagnostics=[wide], only=[lsp.CodeActionKind.QuickFix])))
        repairs = [a for a in actions or [] if a.title.startswith("Repair: ")]
        if repairs:
            action = repairs[0]
            break
        await asyncio.sleep(0.1)
    if action is None:
        sys.exit(f"no repair is offered: {actions}")
    action = await editor.code_action_resolve_async(action)
    change = action.edit.document_changes[0]
    if change.text_document.uri != uri or change.text_document.version != 1:
        sys.exit(f"the edit is for {change.text_document}")
    now = edited(text, change.edits)
    editor.text_document_did_change(lsp.DidChangeTextDocumentParams(
        text_document=lsp.VersionedTextDocumentIdentifier(uri=uri, version=2),
        content_changes=[lsp.TextDocumentContentChangeWholeDocument(text=now)]))
    await diagnostics(2, lambda d: all(x.message != wide.message for x in d))
    if page.read_text() != text:
        sys.exit("the file was written")

    await editor.shutdown_async(None)
    editor.exit(None)
    await asyncio.wait_for(editor._server.wait(), 30)
    if editor._server.returncode != 0 or editor.wrong:
        sys.exit(f"exit code {editor._server.returncode}; {editor.wrong}")
    print("a session of pygls went well")


asyncio.run(main())
