# SPDX-License-Identifier: Apache-2.0
"""What is looked at for ``call.diagnosis``: the rendezvous server's ``/alive``, over TLS as the call does, and over
plain HTTP where that fails. No token is ever sent here, and nothing that was not proved is used but a Date, to tell a
clock from a certificate."""

import asyncio
import socket
import ssl
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from ipaddress import ip_address
from pathlib import Path

import aiohttp
from yarl import URL

from call.diagnosis import Facts, Look, Outcome, diagnose
from call.names import Names
from call.netlink import Reach, snapshot
from call.relays import Sounding
from call.signalling import trusted
from device.clock import Clock
from device.errors import CallError

ALIVE = "chevet rendezvous"
"""What the rendezvous server answers at ``/alive`` (docs/signalling.md §1), without its end of line."""
WITHIN = 3.0
LONGEST = 4096
"""Most of an answer that is read, in bytes."""
_NOT_YET, _EXPIRED = 9, 10
"""X509_V_ERR_CERT_NOT_YET_VALID and _HAS_EXPIRED (OpenSSL, X509_STORE_CTX_get_error(3))."""
_SCHEMES = {"ws": "http", "wss": "https"}


class Looks:
    """``url`` and ``authority`` as the signalling has them."""

    def __init__(self, url: str, clock: Clock, authority: Path | None = None) -> None:
        given = URL(url.rstrip("/"))
        self.url = given.with_scheme(_SCHEMES.get(given.scheme, given.scheme))
        self._clock = clock
        self._authority = authority
        self._names = Names()

    async def closer(self, trouble: CallError) -> CallError:
        """What is behind ``trouble``, or itself (``call.signalling.Signalling``)."""
        facts = await self.facts()
        return next(iter(diagnose(facts)), trouble)

    async def facts(self, soundings: tuple[Sounding, ...] = ()) -> Facts:
        """Look at everything, within some seconds. Raises ConfigurationError when the CA file cannot be used."""
        context = await asyncio.to_thread(trusted, self._authority)
        server = await ask(self.url / "alive", context, self._names)
        plain = hint = None
        if server.outcome is not Outcome.ALIVE and self.url.scheme == "https":
            door = self.url.with_scheme("http").with_port(80)
            plain = await ask(door / "alive", names=self._names)
            if server.outcome in {Outcome.EXPIRED, Outcome.CERTIFICATE}:
                hint = (await ask(self.url / "alive", _believing_nobody(), self._names)).date
        now = self._clock.now()
        return Facts(_reach(), _local(self.url), server, now.wall, now.trusted, plain, hint, soundings)


async def ask(url: URL, context: ssl.SSLContext | None = None, names: Names | None = None) -> Look:
    """Ask ``url`` once, following nothing; never raises. Its name is looked up by ``names``: while a name server is
    silent, lookups would take one thread after the other from those that all parts of the program share."""
    began = time.monotonic()
    timeout = aiohttp.ClientTimeout(total=WITHIN)
    connector = aiohttp.TCPConnector(resolver=names or Names(), use_dns_cache=False)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, connector=connector) as session,
            session.get(url, ssl=context or True, allow_redirects=False) as answer,
        ):
            body = (await answer.content.read(LONGEST)).decode(errors="replace").strip()
            return _read(answer, body, time.monotonic() - began)
    except aiohttp.ClientConnectorDNSError as error:
        return Look(Outcome.NAME, detail=str(error))
    except aiohttp.ClientConnectorCertificateError as error:
        return _doubted(error)
    except TimeoutError:
        return Look(Outcome.SILENT, detail=f"no answer within {WITHIN:g} s")
    except (aiohttp.ClientError, OSError) as error:
        name = isinstance(error.__cause__, socket.gaierror)
        return Look(Outcome.NAME if name else Outcome.UNREACHABLE, detail=str(error))


def _read(answer: aiohttp.ClientResponse, body: str, seconds: float) -> Look:
    date = _date(answer.headers.get("Date", ""))
    detail = f"{answer.status} {answer.headers.get('Location', '')}".strip()
    if answer.status == HTTPStatus.OK and body == ALIVE:
        return Look(Outcome.ALIVE, seconds, date, detail)
    if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return Look(Outcome.REFUSED, seconds, date, detail)
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status == HTTPStatus.NOT_FOUND:
        return Look(Outcome.BROKEN, seconds, date, detail)
    if _upgraded(answer):
        return Look(Outcome.UNREACHABLE, seconds, date, detail)
    return Look(Outcome.OTHER, seconds, date, detail)


def _upgraded(answer: aiohttp.ClientResponse) -> bool:
    """Whether this is only the server's own word that it wants TLS."""
    location = URL(answer.headers.get("Location", ""))
    return answer.url.scheme == "http" and location.scheme == "https" and location.host == answer.url.host


def _doubted(error: aiohttp.ClientConnectorCertificateError) -> Look:
    cause = error.certificate_error
    number = cause.verify_code if isinstance(cause, ssl.SSLCertVerificationError) else 0
    outcome = Outcome.EXPIRED if number in {_NOT_YET, _EXPIRED} else Outcome.CERTIFICATE
    return Look(outcome, detail=str(getattr(cause, "verify_message", cause)))


def _date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except ValueError:
        return None


def _believing_nobody() -> ssl.SSLContext:
    """Only to hear what time somebody there thinks it is: nothing is sent over it but the path."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _reach() -> Reach:
    try:
        return snapshot()
    except OSError:
        return Reach(frozenset({("?", "")}))


def _local(url: URL) -> bool:
    try:
        return url.host == "localhost" or ip_address(url.host or "").is_loopback
    except ValueError:
        return False
