# SPDX-License-Identifier: Apache-2.0
"""HTTP to one records server: thin. Every request has a deadline; certificates are checked, always; nothing is followed
elsewhere (a redirection is not the server)."""

import json
import logging
import ssl
from collections.abc import Awaitable
from decimal import Decimal
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, Self

import aiohttp

from device.attachments import Attachments
from device.errors import ConfigurationError, JournalError
from sync.outcome import Answer, Answers, Outcome, Silence, Why
from sync.plan import Action, Request
from sync.settings import Server
from sync.step import Step, canonical
from sync.words import place_of, retry_after, spoken

FHIR_JSON = "application/fhir+json"
_JSON_TYPES = frozenset({FHIR_JSON, "application/json", "text/json"})
MAX_ANSWER = 8 << 20
"""Longest answer that is read, in bytes."""
_EXPIRED, _NOT_YET = 10, 9
"""OpenSSL's X509_V_ERR_CERT_HAS_EXPIRED and X509_V_ERR_CERT_NOT_YET_VALID."""
_log = logging.getLogger(__name__)


class Client:
    """Sends the requests of the lanes. Use as an asynchronous context manager."""

    def __init__(self, server: Server, attachments: Attachments) -> None:
        self._server, self._attachments = server, attachments
        self._base = server.base.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the session. Raises ConfigurationError when the authorities cannot be read."""
        try:
            tls = ssl.create_default_context(cafile=self._server.ca_file or None)
        except (OSError, ssl.SSLError) as error:
            line = "Le certificat de l'autorité du serveur du dossier est illisible. Prévenez la maintenance."
            raise ConfigurationError(2, line, f"server {self._server.id!r}: ca_file: {error}") from error
        timeout = aiohttp.ClientTimeout(total=self._server.deadline, connect=self._server.connect)
        connector = aiohttp.TCPConnector(ssl=tls, limit=self._server.parallel)
        self._session = aiohttp.ClientSession(timeout=timeout, connector=connector)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()

    async def send(self, request: Request) -> Outcome:
        """Send one request and say what it came to."""
        match request.action:
            case Action.BATCH:
                return await _told(self._batch(request.steps))
            case Action.READ:
                return await _told(self._read(request.steps[0]))
            case Action.PUT:
                return await _told(self._put(request.steps[0]))

    async def probe(self) -> Outcome:
        """Ask for the CapabilityStatement: is the server there?"""
        return await _told(self._exchange("GET", "metadata", None, ""))

    async def _put(self, step: Step) -> Outcome:
        if step.attachment:
            try:
                data = self._attachments.get(step.attachment)
            except JournalError as error:
                return Silence(Why.IMAGE, error.code)
            return await self._exchange("PUT", step.place, data, step.media_type)
        return await self._exchange("PUT", step.place, step.body(), FHIR_JSON)

    async def _read(self, step: Step) -> Outcome:
        return await self._exchange("GET", step.place, None, "", accept=step.media_type or FHIR_JSON)

    async def _batch(self, steps: tuple[Step, ...]) -> Outcome:
        """A batch, not a transaction: one refused observation must not take the others with it."""
        entries = [{"resource": one.resource, "request": {"method": "PUT", "url": one.place}} for one in steps]
        body = canonical({"resourceType": "Bundle", "type": "batch", "entry": entries})
        outcome = await self._exchange("POST", "", body, FHIR_JSON)
        if isinstance(outcome, Answer) and outcome.status // 100 == 2 and outcome.resource:  # noqa: PLR2004 - success
            return Answers(_entry_answers(outcome.resource, len(steps)))
        return outcome

    async def _exchange(
        self, method: str, place: str, body: bytes | None, media: str, *, accept: str = FHIR_JSON
    ) -> Outcome:
        if self._session is None:
            raise RuntimeError("the client is not open")
        headers = {"Accept": accept, **self._authorization()}
        if body is not None:
            headers |= {"Content-Type": media}
        url = f"{self._base}/{place}" if place else self._base
        async with self._session.request(
            method, url, data=None if body is None else BytesIO(body), headers=headers, allow_redirects=False
        ) as response:
            data = await _capped(response)
            return _outcome(response, data)

    def _authorization(self) -> dict[str, str]:
        """The bearer token as it is now: whoever renews it writes the file."""
        if not self._server.token_file:
            return {}
        try:
            token = Path(self._server.token_file).read_text(encoding="ascii").strip()
        except (OSError, ValueError) as error:
            _log.warning("server %s: token_file: %s", self._server.id, type(error).__name__)
            return {}
        return {"Authorization": f"Bearer {token}"} if token else {}


async def _told(exchange: Awaitable[Outcome]) -> Outcome:
    """The outcome of an exchange, whatever becomes of the connection."""
    try:
        return await exchange
    except aiohttp.ClientConnectorCertificateError as error:
        return _certificate(error)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        return Silence(Why.UNREACHABLE, type(error).__name__)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return Silence(Why.TIMEOUT, type(error).__name__)


async def _capped(response: aiohttp.ClientResponse) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_chunked(1 << 16):
        size += len(chunk)
        if size > MAX_ANSWER:
            response.close()
            break
        chunks.append(chunk)
    return b"".join(chunks)


def _outcome(response: aiohttp.ClientResponse, data: bytes) -> Outcome:
    """An answer; a page in place of FHIR is not the server's."""
    resource = _resource(response.content_type, data)
    good = response.status // 100 == 2  # noqa: PLR2004 - success
    if good and response.content_type == "text/html":
        return Silence(Why.PORTAL, "text/html")
    named = f"{resource['resourceType']}/{resource['id']}" if good and resource and "id" in resource else ""
    return Answer(
        response.status,
        place=place_of(response.headers.get("Location", "")) or named,
        words=spoken(resource) or response.reason or "",
        retry_after=retry_after(response.headers.get("Retry-After")),
        resource=resource,
        digest=sha256(data).hexdigest(),
    )


def _resource(media: str, data: bytes) -> dict[str, Any] | None:
    if media not in _JSON_TYPES or not data:
        return None
    try:
        value = json.loads(data, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and isinstance(value.get("resourceType"), str) else None


def _entry_answers(bundle: dict[str, Any], count: int) -> tuple[Answer, ...]:
    """One answer for each entry that was sent; when their numbers differ nothing can be told of any."""
    entries = bundle.get("entry")
    if bundle["resourceType"] != "Bundle" or not isinstance(entries, list) or len(entries) != count:
        return (Answer(0, words="the server's answer does not match the batch"),) * count
    return tuple(_entry_answer(entry) for entry in entries)


def _entry_answer(entry: object) -> Answer:
    response = entry.get("response") if isinstance(entry, dict) else None
    if not isinstance(response, dict):
        return Answer(0, words="no response in the entry")
    status = str(response.get("status", ""))[:3]
    return Answer(
        int(status) if status.isdecimal() else 0,
        place=place_of(str(response.get("location", ""))),
        words=spoken(response.get("outcome")),
    )


def _certificate(error: aiohttp.ClientConnectorCertificateError) -> Silence:
    """A certificate that is refused; one out of its dates may mean that the cart's clock is wrong."""
    cause = error.certificate_error
    code = getattr(cause, "verify_code", 0)
    return Silence(Why.CLOCK if code in (_EXPIRED, _NOT_YET) else Why.CERTIFICATE, f"verify code {code}")
