"""A session of an agent with `relook mcp`, by the protocol's own Python client.

usage: agent.py FOLDER LOG with pricing.html in FOLDER; relook is on the PATH.
The calls are made twice: as clients of 2026 and as those of before speak.
"""

import asyncio
import base64
import os
import pathlib
import sys

from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.shared.exceptions import MCPError
import mcp_types as types


def said(result):
    return "\n".join(c.text for c in result.content if c.type == "text")


def pictures(result):
    return [c for c in result.content if c.type == "image"]


def expect(ok, what, result):
    if not ok:
        sys.exit(f"{what}:\n{said(result)}")


async def session(mode, folder, log):
    page = folder / "pricing.html"
    text = page.read_text()

    async def roots(_context):
        return types.ListRootsResult(roots=[types.Root(uri=folder.as_uri())])

    told = []

    async def progress(done, total, message):
        told.append(message)

    # It is started elsewhere: what counts are the roots.
    server = StdioServerParameters(command="relook", args=["mcp", "--log-file", str(log)], cwd="/", env=dict(os.environ))
    async with Client(server, mode=mode, list_roots_callback=roots) as client:
        tools = {t.name: t for t in (await client.list_tools()).tools}
        if sorted(tools) != ["check", "compare", "generate", "render", "repair"]:
            sys.exit(f"the tools are {sorted(tools)}")

        r = await client.call_tool("render", {"path": "pricing.html", "outlined": True})
        expect(not r.is_error and len(pictures(r)) == 3, "pictures", r)
        for i, p in enumerate(pictures(r)):
            data = base64.b64decode(p.data)
            expect(data.startswith(b"\x89PNG") and p.mime_type == "image/png", "a picture that is none", r)
            (folder / f"render-{i}.png").write_bytes(data)

        r = await client.call_tool("check", {"path": str(page), "profile": "fast"}, progress_callback=progress)
        expect(not r.is_error and "[sideways-scroll]" in said(r) and "cause: pricing.html:" in said(r), "check", r)
        expect("rendering pricing.html" in told, f"progress {told}", r)

        r = await client.call_tool("check", {"path": "/etc/hostname"})
        expect(r.is_error and "outside" in said(r), "a file outside", r)

        worse = text.replace("<h1", '<h1 style="display: none"')
        r = await client.call_tool("compare", {"path": "pricing.html", "texts": {"pricing.html": worse}})
        expect(not r.is_error and "The gate rejects the change [lost]" in said(r), "a change for the worse", r)

        r = await client.call_tool("repair", {"path": "pricing.html"}, progress_callback=progress)
        expect(not r.is_error and "Not written" in said(r) and "@@" in said(r) and len(pictures(r)) > 0, "repair", r)
        expect(page.read_text() == text, "a file was written unasked", r)
        for i, p in enumerate(pictures(r)):
            (folder / f"repair-{i}.png").write_bytes(base64.b64decode(p.data))

        # A call that is given up leaves the server at work for the next.
        try:
            await client.call_tool("check", {"path": "pricing.html", "profile": "thorough"}, read_timeout_seconds=0.5)
            sys.exit("a thorough check took less than half a second")
        except MCPError:
            pass
        r = await client.call_tool("repair", {"path": "pricing.html", "write": True})
        expect(not r.is_error and "Wrote pricing.html" in said(r) and page.read_text() != text, "repair and write", r)
        r = await client.call_tool("check", {"path": "pricing.html", "profile": "fast"})
        expect(not r.is_error and "[sideways-scroll]" not in said(r), "the repaired page", r)
        page.write_text(text)
        print(mode, "speaks", client.protocol_version)


async def main():
    folder, log = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    for mode in ("auto", "legacy"):
        await session(mode, folder, log)


asyncio.run(main())
