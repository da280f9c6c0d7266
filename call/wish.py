# SPDX-License-Identifier: Apache-2.0
"""HTTP with a WHIP endpoint (RFC 9725) or a WHEP endpoint (draft-ietf-wish-whep), and the sessions that it makes.

Every request has a deadline, no answer is read beyond ``LONGEST``, and the token goes over no other scheme than the one
configured. Nothing here raises for what a server does: it gives a ``Declined``.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

import aiohttp

from call.names import Names
from call.signalling import trusted
from call.wish_answers import (
    LONGEST,
    SDP,
    Answer,
    Created,
    Declined,
    doubted,
    read,
    redirected,
    refused,
    unanswered,
    unreachable,
)
from device.errors import ChevetError, ConfigurationError

log = logging.getLogger(__name__)

WITHIN, BRIEF = 8.0, 3.0
"""Seconds for an offer, and for anything else."""
HOPS = 3
"""Most redirections of an offer."""
FRAGMENT = "application/trickle-ice-sdpfrag"


class Endpoint:
    """The endpoint at ``url``. ``token`` gives the bearer token of now, or "", or raises ConfigurationError;
    ``authority`` (PEM) is believed instead of the system's authorities; ``player``: WHEP."""

    def __init__(
        self, url: str, token: Callable[[], str] = lambda: "", authority: Path | None = None, *, player: bool = False
    ) -> None:
        self.url = url
        self._token = token
        self._authority = authority
        self._player = player
        self._context: ssl.SSLContext | None = None
        self._names = Names()

    async def post(self, sdp: str) -> Created | Declined:
        """Offer."""
        where = self.url
        for _ in range(HOPS + 1):
            answer = await self._ask("POST", where, SDP, sdp, within=WITHIN)
            if isinstance(answer, Declined):
                return answer
            further = redirected(answer)
            if further is None:
                return read(answer, datetime.now(UTC), player=self._player)
            where = further
        return Declined(refused(HTTPStatus.PERMANENT_REDIRECT, f"more than {HOPS} redirections", player=self._player))

    async def answer(self, session: Created, sdp: str) -> Declined | None:
        """Answer the offer of the server; None when it was taken."""
        answer = await self._ask("PATCH", session.location, SDP, sdp, within=WITHIN)
        if isinstance(answer, Declined) or _well(answer.status):
            return answer if isinstance(answer, Declined) else None
        return Declined(unanswered(answer.status))

    async def trickle(self, session: Created, fragment: str) -> bool:
        """Tell candidates; whether the server takes them. A session goes on without."""
        answer = await self._ask("PATCH", session.location, FRAGMENT, fragment, etag=session.etag)
        if isinstance(answer, Answer) and _well(answer.status):
            return True
        log.info("candidates not taken: %s", answer.status if isinstance(answer, Answer) else answer.error)
        return False

    async def delete(self, location: str) -> bool:
        """End the session at ``location``; whether it is certainly no more."""
        answer = await self._ask("DELETE", location)
        gone = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
        return isinstance(answer, Answer) and (_well(answer.status) or answer.status in gone)

    async def look(self) -> ChevetError | None:
        """Ask with OPTIONS (RFC 9725 §4.2), which makes no session and sends no token, whether there is an endpoint."""
        answer = await self._ask("OPTIONS", self.url, within=BRIEF, secret=False)
        if isinstance(answer, Declined):
            return answer.error
        asked = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
        if _well(answer.status) or answer.status in asked:
            return None
        return refused(answer.status, f"{answer.status} to OPTIONS", player=False)

    async def close(self) -> None:
        """Ask nothing more."""
        await self._names.close()

    async def _ask(  # noqa: PLR0913 - the parts of a request
        self,
        method: str,
        url: str,
        kind: str = "",
        body: str = "",
        *,
        etag: str = "",
        within: float = BRIEF,
        secret: bool = True,
    ) -> Answer | Declined:
        try:
            headers = await self._headers(kind, etag, secret=secret)
            async with (
                asyncio.timeout(within),
                aiohttp.ClientSession(connector=await self._connector()) as session,
                session.request(
                    method, url, data=body.encode() if kind else None, headers=headers, allow_redirects=False
                ) as response,
            ):
                return _read(response, await _body(response))
        except ConfigurationError as error:
            return Declined(error)
        except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError) as error:
            return Declined(doubted(str(error)))
        except TimeoutError:
            return Declined(unreachable(f"no answer to {method} within {within:g} s"))
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Declined(unreachable(f"{method}: {type(error).__name__}: {error}"[:300]))

    async def _headers(self, kind: str, etag: str, *, secret: bool) -> dict[str, str]:
        token = await asyncio.to_thread(self._token) if secret else ""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if kind:
            headers["Content-Type"] = kind
        if etag:
            headers["If-Match"] = etag
        return headers

    async def _connector(self) -> aiohttp.TCPConnector:
        """One for each request: they are seconds apart at least, and an idle connection may be dead."""
        if self._context is None:
            self._context = await asyncio.to_thread(_trusted, self._authority)
        return aiohttp.TCPConnector(resolver=self._names, use_dns_cache=False, force_close=True, ssl=self._context)


def _trusted(authority: Path | None) -> ssl.SSLContext:
    try:
        return trusted(authority)
    except ConfigurationError as error:
        line = "Le certificat du serveur de conférence est absent ou illisible. Prévenez l’assistance."
        raise ConfigurationError(21, line, str(error)) from error


def _well(status: int) -> bool:
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


async def _body(response: aiohttp.ClientResponse) -> bytes | None:
    body = b""
    while part := await response.content.read(LONGEST):
        body += part
        if len(body) > LONGEST:
            return None
    return body


def _read(response: aiohttp.ClientResponse, body: bytes | None) -> Answer:
    headers = response.headers
    return Answer(
        str(response.url),
        response.status,
        response.content_type if "Content-Type" in headers else "",
        headers.get("Location", ""),
        headers.get("ETag", ""),
        headers.get("Retry-After", ""),
        tuple(headers.getall("Link", ())),
        body,
    )
