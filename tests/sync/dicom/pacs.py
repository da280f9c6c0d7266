# SPDX-License-Identifier: Apache-2.0
"""A strict archive on loopback that speaks STOW-RS and WADO-RS, and fails as archives do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO

from aiohttp import web
from pydicom import dcmread

from sync.dicom import multipart

JSON = "application/dicom+json"


@dataclass
class Pacs:
    """``fates`` are used up in turn: "" for well, a status, "silent", "unnamed", "other", "page" or a failure reason
    ("0xA700")."""

    base: str = ""
    fates: list[str] = field(default_factory=list)
    stored: dict[str, bytes] = field(default_factory=dict)
    files: dict[str, set[bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def store(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.asked.append("STOW")
        fate = self.fates.pop(0) if self.fates else ""
        (file,) = multipart.read(request.headers["Content-Type"], body)
        dataset = dcmread(BytesIO(file))
        if fate.isdecimal():
            return web.Response(status=int(fate), headers={"Retry-After": "0"})
        if fate == "page":
            return web.Response(text="<html></html>", content_type="text/html")
        if fate.startswith("0x"):
            return told(409, dataset, failed=int(fate, 16))
        self.files.setdefault(str(dataset.SOPInstanceUID), set()).add(file)
        assert len(self.files[str(dataset.SOPInstanceUID)]) == 1, "the same UID with other bytes"
        spoilt = file.replace(b"\xff\xd8", b"\xff\xd7", 1) if fate == "other" else file
        self.stored.setdefault(str(dataset.SOPInstanceUID), spoilt)
        if fate == "silent":
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=200) if fate == "unnamed" else told(200, dataset)

    async def retrieve(self, request: web.Request) -> web.Response:
        self.asked.append("WADO")
        assert "transfer-syntax=*" in request.headers["Accept"]
        file = self.stored.get(request.match_info["instance"])
        if file is None:
            return web.Response(status=404)
        head = {"Content-Type": 'multipart/related; type="application/dicom"; boundary=xyz'}
        return web.Response(body=multipart.written("xyz", "application/dicom", file), headers=head)

    async def search(self, _request: web.Request) -> web.Response:
        return web.json_response([], content_type=JSON)


def told(status, dataset, failed=None):
    item = {
        "00081150": {"vr": "UI", "Value": [str(dataset.SOPClassUID)]},
        "00081155": {"vr": "UI", "Value": [str(dataset.SOPInstanceUID)]},
    }
    if failed is not None:
        item["00081197"] = {"vr": "US", "Value": [failed]}
    tag = "00081199" if failed is None else "00081198"
    return web.json_response({tag: {"vr": "SQ", "Value": [item]}}, status=status, content_type=JSON)


@asynccontextmanager
async def pacs() -> AsyncIterator[Pacs]:
    made = Pacs()
    app = web.Application(client_max_size=64 << 20)
    app.router.add_post("/dicom-web/studies", made.store)
    app.router.add_get("/dicom-web/studies", made.search)
    app.router.add_get("/dicom-web/studies/{study}/series/{series}/instances/{instance}", made.retrieve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.base = f"http://127.0.0.1:{runner.addresses[0][1]}/dicom-web"
    try:
        yield made
    finally:
        await runner.cleanup()
