# SPDX-License-Identifier: Apache-2.0
"""HTTP to one server: thin. Every request has a deadline, and a body that moves has more time; certificates are
checked, always; nothing is followed elsewhere (a redirection is not the server); an answer is read up to a limit.

A bearer token that is refused is renewed once; a body whose compression is refused (415) is sent again as it is.
"""

import asyncio
import gzip
import logging
import socket
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Self

import aiohttp
from aiohttp.connector import AddrInfoType

from device.errors import ConfigurationError
from sync.oauth import Tokens
from sync.outcome import Answer, Silence, Why
from sync.settings import Server
from sync.upload import Pace, Paced

MAX_ANSWER = 8 << 20
"""Longest answer that is read, in bytes, unless it is asked for a file."""
SMALL = 1024
"""Bodies below this many bytes are not worth compressing."""
_EXPIRED, _NOT_YET = 10, 9
"""OpenSSL's X509_V_ERR_CERT_HAS_EXPIRED and X509_V_ERR_CERT_NOT_YET_VALID."""
_UNAUTHORIZED, _UNFIT = 401, 415
_NOT_SENT_LOW_WATER = 25
"""Linux's TCP_NOTSENT_LOWAT (tcp(7)), which Python 3.11 does not name."""
_UNSENT = 64 << 10
_log = logging.getLogger(__name__)


class Ask(NamedTuple):
    """A request: ``place`` is relative to the base, its query included."""

    method: str
    place: str
    accept: str
    body: bytes | None = None
    media: str = ""
    headers: Mapping[str, str] = {}
    most: int = MAX_ANSWER


class Reply(NamedTuple):
    """An answer: ``media`` without its parameters, ``content_type`` with them."""

    status: int
    media: str
    content_type: str
    headers: Mapping[str, str]
    reason: str
    data: bytes


class Link:
    """The way to one server. Use as an asynchronous context manager."""

    def __init__(self, server: Server, pace: Pace | None = None) -> None:
        self._server, self._pace = server, pace or Pace()
        self._base = server.base.rstrip("/")
        self._tokens = Tokens(server.oauth) if server.oauth is not None else None
        self._gzip = server.gzip
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the session. Raises ConfigurationError when a certificate, a key or an authority cannot be read."""
        timeout = aiohttp.ClientTimeout(total=self._server.deadline, connect=self._server.connect)
        connector = aiohttp.TCPConnector(
            ssl=_tls(self._server), limit=self._server.parallel + 1, socket_factory=_socket
        )
        self._session = aiohttp.ClientSession(timeout=timeout, connector=connector)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()

    async def exchange(self, ask: Ask) -> Reply | Answer | Silence:
        """Ask, and give what was answered, or the outcome of a request that could not be asked."""
        if self._session is None:
            raise RuntimeError("the link is not open")
        try:
            return await self._authorised(self._session, ask)
        except aiohttp.ClientConnectorCertificateError as error:
            return _certificate(error)
        except aiohttp.ClientConnectorSSLError as error:
            return Silence(Why.ENCRYPTION, _reason(error))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            return Silence(Why.UNREACHABLE, type(error).__name__)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return Silence(Why.ENCRYPTION if _alerted(error) else Why.TIMEOUT, type(error).__name__)

    async def _authorised(self, session: aiohttp.ClientSession, ask: Ask) -> Reply | Answer | Silence:
        if self._tokens is None:
            return await self._plain_when_refused(session, ask, self._written_token())
        token = await self._tokens.bearer(session)
        if not isinstance(token, str):
            return token
        reply = await self._plain_when_refused(session, ask, token)
        if reply.status != _UNAUTHORIZED:
            return reply
        token = await self._tokens.renew(session, token)
        return await self._plain_when_refused(session, ask, token) if isinstance(token, str) else token

    async def _plain_when_refused(self, session: aiohttp.ClientSession, ask: Ask, token: str) -> Reply:
        compressed = self._gzip and ask.body is not None and ask.media.endswith("json") and len(ask.body) >= SMALL
        reply = await self._asked(session, ask, token, compressed=compressed)
        if compressed and reply.status == _UNFIT:
            _log.warning("server %s: takes no gzip, sent as it is from now on", self._server.id)
            self._gzip = False
            return await self._asked(session, ask, token, compressed=False)
        return reply

    async def _asked(self, session: aiohttp.ClientSession, ask: Ask, token: str, *, compressed: bool) -> Reply:
        headers = {"Accept": ask.accept, **ask.headers}
        body = ask.body
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            headers["Content-Type"] = ask.media
        if compressed and body is not None:
            headers["Content-Encoding"] = "gzip"
            body = await asyncio.to_thread(gzip.compress, body, 6, mtime=0)
        if body is None:
            async with asyncio.timeout(self._server.deadline):
                return await self._answered(session, ask, None, headers)
        loop = asyncio.get_running_loop()
        with self._pace.sending() as sent:
            async with asyncio.timeout(self._server.deadline) as limit:

                def moved() -> None:
                    """A large body on a slow way may take longer than any deadline: it must only not stand still."""
                    limit.reschedule(loop.time() + self._server.deadline)

                return await self._answered(session, ask, Paced(body, ask.media, self._pace, sent, moved), headers)

    async def _answered(
        self, session: aiohttp.ClientSession, ask: Ask, body: Paced | None, headers: Mapping[str, str]
    ) -> Reply:
        url = f"{self._base}/{ask.place}" if ask.place else self._base
        timeout = aiohttp.ClientTimeout(connect=self._server.connect)
        async with session.request(
            ask.method, url, data=body, headers=headers, timeout=timeout, allow_redirects=False
        ) as response:
            read = await _capped(response, ask.most)
            content_type = response.headers.get("Content-Type", "")
            return Reply(
                response.status, response.content_type, content_type, response.headers, response.reason or "", read
            )

    def _written_token(self) -> str:
        """The bearer token of ``token_file`` as it is now: whoever renews it writes the file."""
        if not self._server.token_file:
            return ""
        try:
            return Path(self._server.token_file).read_text(encoding="ascii").strip()
        except (OSError, ValueError) as error:
            _log.warning("server %s: token_file: %s", self._server.id, type(error).__name__)
            return ""


def _socket(address: AddrInfoType) -> socket.socket:
    """A socket that takes little more than it can send: what waits in it could not make way for a call."""
    family, kind, protocol, _, _ = address
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.IPPROTO_TCP, _NOT_SENT_LOW_WATER, _UNSENT)
    return made


def _tls(server: Server) -> ssl.SSLContext:
    """The authorities, and the cart's own certificate for servers that want one."""
    try:
        tls = ssl.create_default_context(cafile=server.ca_file or None)
    except (OSError, ssl.SSLError) as error:
        line = "Le certificat de l’autorité du serveur du dossier est illisible. Prévenez la maintenance."
        raise ConfigurationError(2, line, f"server {server.id!r}: ca_file: {error}") from error
    if server.certificate_file:
        try:
            tls.load_cert_chain(server.certificate_file, server.key_file, password=_no_password)
        except (OSError, ssl.SSLError) as error:
            line = "Le certificat du chariot est illisible. Prévenez la maintenance."
            raise ConfigurationError(6, line, f"server {server.id!r}: certificate_file: {error}") from error
    return tls


def _no_password() -> str:
    """A key under a password would have OpenSSL ask at a terminal that nobody sits at."""
    return ""


async def _capped(response: aiohttp.ClientResponse, most: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_chunked(1 << 16):
        size += len(chunk)
        if size > most:
            response.close()
            break
        chunks.append(chunk)
    return b"".join(chunks)


def _alerted(error: BaseException) -> bool:
    """Whether the server broke off by a TLS alert: with TLS 1.3 it refuses a missing or wrong certificate of the cart
    only after the handshake (RFC 8446 §4.4.2.4, §6.2), and before it reads anything."""
    return isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError)


def _reason(error: aiohttp.ClientConnectorSSLError) -> str:
    return str(getattr(error.os_error, "reason", "") or type(error).__name__)


def _certificate(error: aiohttp.ClientConnectorCertificateError) -> Silence:
    """A certificate that is refused; one out of its dates may mean that the cart's clock is wrong."""
    cause = error.certificate_error
    code = getattr(cause, "verify_code", 0)
    return Silence(Why.CLOCK if code in (_EXPIRED, _NOT_YET) else Why.CERTIFICATE, f"verify code {code}")
