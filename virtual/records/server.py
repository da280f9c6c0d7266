# SPDX-License-Identifier: Apache-2.0
"""The endpoint on HTTP: bearer token, media types, bundles, binaries, bad answers, and a control route when allowed."""

import asyncio
import contextlib
import hmac
import logging
import ssl
from collections.abc import Callable
from typing import Any

from aiohttp import web

from virtual.records import bundle
from virtual.records.answer import Answer, answer_to, capability, drip
from virtual.records.authority import PATH, Authority
from virtual.records.control import control_routes
from virtual.records.exchange import IDENTITY, Exchange, Interaction
from virtual.records.outcome import Refused, refused
from virtual.records.store import Store, decode
from virtual.records.trouble import Ill, Trouble, Troubles

BASE = "/fhir"
JSON_TYPES = frozenset({"application/fhir+json", "application/json"})
_log = logging.getLogger(__name__)


class Records:
    """A records server for one cart or a few. ``token``: the bearer token that it wants ("" takes anyone).

    ``on_exchange`` is told of each (method, path, status): None before it is carried out, the status before it is
    answered.
    ``gives_ids``: it chooses them, and takes no PUT of what it does not hold. ``gzip``: it takes compressed bodies.
    ``authority``: tokens are asked there, at ``/token`` beside the base.
    ``control`` opens ``/control/…`` to whoever reaches the port: for the demonstration on a loopback address only.
    """

    def __init__(  # noqa: PLR0913 - one argument a trait
        self,
        store: Store,
        *,
        token: str = "",
        control: bool = False,
        max_bytes: int = 16 << 20,
        gives_ids: bool = False,
        gzip: bool = True,
        authority: Authority | None = None,
    ) -> None:
        self.store = store
        self.exchange = Exchange(store, gives_ids=gives_ids)
        self._gives_ids, self._gzip, self._authority = gives_ids, gzip, authority
        self.troubles = Troubles()
        self._token = token
        self._max_bytes = max_bytes
        self._runner: web.AppRunner | None = None
        self.on_exchange: Callable[[str, str, int | None], None] = lambda _method, _path, _status: None
        self._control = control

    def trouble(self, trouble: Trouble) -> None:
        """Answer badly: see ``trouble``."""
        self.troubles.add(trouble)

    async def start(self, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None) -> str:
        """Listen; the base URL (a free port when ``port`` is 0)."""
        app = web.Application(client_max_size=self._max_bytes)
        app.router.add_route("*", BASE, self._handle)
        app.router.add_route("*", BASE + "/{tail:.*}", self._handle)
        if self._authority is not None:
            app.router.add_post(PATH, self._token_asked)
        if self._control:
            app.router.add_routes(control_routes(self.store, self.troubles))
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.2, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, host, port, ssl_context=tls)
        await site.start()
        self._runner = runner
        return f"http{'s' if tls else ''}://{host}:{runner.addresses[0][1]}{BASE}"

    async def stop(self) -> None:
        """Stop listening; requests under way are dropped."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return answer_to(refused(413, f"more than {self._max_bytes} bytes")).response()
        path = request.path.removeprefix(BASE).strip("/")
        number = self.store.receive(request.method, path, body)
        self.on_exchange(request.method, path, None)
        trouble = self.troubles.take(request.method, path)
        answer = self._answer(request, path, body, trouble)
        if answer is None or (trouble and trouble.ill is Ill.SILENCE):
            return await self._no_answer(request, cut=trouble is not None and trouble.ill is Ill.CUT)
        self.store.answered(number, answer.status)
        self.on_exchange(request.method, path, answer.status)
        _log.info("%s %s: %d", request.method, path, answer.status)
        if trouble and (trouble.ill is Ill.DRIP or (trouble.ill is Ill.HALF and path)):
            return await drip(request, answer, whole=trouble.ill is Ill.DRIP)
        return answer.response()

    def _answer(self, request: web.Request, path: str, body: bytes, trouble: Trouble | None) -> Answer | None:
        """Carry out a request, or what its trouble says; None: never answered."""
        try:
            self._authorise(request, path)
            if not self._gzip and request.headers.get("Content-Encoding"):
                raise refused(415, "no compressed bodies")
            if trouble and trouble.ill in (Ill.CUT, Ill.DEAF):
                return None
            if trouble and trouble.ill is Ill.PAGE:
                return Answer(200, b"<html><title>Portail Wi-Fi</title></html>", "text/html", {})
            if trouble and trouble.ill is Ill.STATUS:
                return answer_to(refused(trouble.status, trouble.words), retry_after=trouble.retry_after)
            answer = self._carry_out(request, path, body, trouble.ill if trouble else None)
        except Refused as refusal:
            return answer_to(refusal)
        if trouble and trouble.ill is Ill.NAMELESS:
            return Answer(answer.status, b"", answer.media, {})
        return answer.elsewhere() if trouble and trouble.ill is Ill.WRONG_ID else answer

    def _carry_out(self, request: web.Request, path: str, body: bytes, ill: Ill | None) -> Answer:
        if path == "metadata" and request.method == "GET":
            return Answer.of(200, capability())
        media = request.content_type
        if path.startswith("Binary/") and request.method == "PUT" and media not in JSON_TYPES:
            return self._binary(path.removeprefix("Binary/"), media, body)
        content = None
        if request.method in ("POST", "PUT"):
            if media not in JSON_TYPES:
                raise refused(415, f"{media} is not FHIR JSON")
            try:
                content = decode(body)
            except (ValueError, RecursionError) as error:
                raise refused(400, f"not JSON: {error}") from error
        if not path and request.method == "POST":
            if ill is Ill.HALF and isinstance(content, dict):
                entries = content.get("entry", [])
                content = {**content, "entry": entries[: max(1, len(entries) // 2)]}
            return Answer.of(200, bundle.carry_out(self.exchange, content, self._intercept))
        headers = request.headers
        condition = "" if ill is Ill.DEAF_TO_CONDITIONS else headers.get("If-None-Exist", "")
        result = self.exchange.carry_out(
            Interaction(
                request.method,
                path,
                request.query_string,
                content,
                condition,
                headers.get("If-Match", ""),
            )
        )
        raw = JSON_TYPES.isdisjoint(part.split(";")[0].strip() for part in headers.get("Accept", "*/*").split(","))
        return Answer.of_result(result, raw=raw)

    def _binary(self, identity: str, media: str, body: bytes) -> Answer:
        """PUT of raw bytes (http.html, binary.html)."""
        if not IDENTITY.fullmatch(identity):
            raise refused(400, f"{identity!r} is not an id")
        if not body:
            raise refused(400, "an empty Binary")
        held = self.store.read("Binary", identity)
        if held is None and self._gives_ids:
            raise refused(405, "this server gives the ids")
        resource: dict[str, Any] = {"resourceType": "Binary", "id": identity, "contentType": media}
        stored, _ = self.store.write("Binary", identity, resource, body)
        return Answer.of_stored(200 if held else 201, stored)

    def _intercept(self, method: str, path: str) -> Refused | None:
        trouble = self.troubles.take(method, path, statuses_only=True)
        return refused(trouble.status, trouble.words) if trouble else None

    def _authorise(self, request: web.Request, path: str) -> None:
        given = request.headers.get("Authorization", "")
        if self._authority is not None and path != "metadata" and not self._authority.accepts(given):
            raise refused(401, "a token that lasts is needed")
        if (
            self._token
            and path != "metadata"
            and not hmac.compare_digest(given.encode(), f"Bearer {self._token}".encode())
        ):
            raise refused(401, "a bearer token is needed")

    async def _token_asked(self, request: web.Request) -> web.Response:
        if self._authority is None:
            raise web.HTTPNotFound
        status, told = self._authority.answer(request.headers.get("Authorization", ""), await request.read())
        return web.Response(status=status, body=told, content_type="application/json")

    async def _no_answer(self, request: web.Request, *, cut: bool) -> web.StreamResponse:
        """Hold the connection until the client has had enough, or drop it now."""
        if not cut:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.Event().wait(), 3600)
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)
