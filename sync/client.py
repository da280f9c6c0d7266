# SPDX-License-Identifier: Apache-2.0
"""FHIR R4 over HTTP to one records server: each request of a lane as the server's profile wants it, and what it came to
(https://hl7.org/fhir/R4/http.html)."""

import asyncio
import json
from base64 import b64encode
from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from hashlib import sha256
from typing import Any, Protocol, Self

from device.attachments import Attachments
from device.errors import JournalError
from sync.fhir.elements import Json
from sync.link import MAX_ANSWER, Ask, Link, Reply
from sync.outcome import Answer, Answers, Outcome, Silence, Why
from sync.plan import Action, Request
from sync.profile import Identity, query, reading, with_data
from sync.settings import Server
from sync.step import Step, canonical
from sync.upload import Pace
from sync.words import matches, place_in, place_of, retry_after, spoken

FHIR_JSON = "application/fhir+json"
_JSON_TYPES = frozenset({FHIR_JSON, "application/json", "text/json"})
MAX_FILE = 96 << 20
"""Longest answer that is read of a file, alone or within its document."""
_FRESH = {"Cache-Control": "no-cache"}
"""Of a search: some servers answer again what they found a minute ago."""


class Client(AbstractAsyncContextManager["Client"], Protocol):
    """What a lane's requests go through."""

    async def send(self, request: Request) -> Outcome:
        """Send one request and say what it came to."""
        ...

    async def probe(self) -> Outcome:
        """Is the server there?"""
        ...


class Fhir:
    """Sends the requests of the lanes to a FHIR server. Use as an asynchronous context manager."""

    def __init__(self, server: Server, attachments: Attachments, pace: Pace | None = None) -> None:
        self._server, self._attachments, self._link = server, attachments, Link(server, pace)

    async def __aenter__(self) -> Self:
        """Open the link. Raises ConfigurationError."""
        await self._link.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        """Close it."""
        await self._link.__aexit__(*error)

    async def send(self, request: Request) -> Outcome:
        """Send one request and say what it came to."""
        step = request.steps[0]
        match request.action:
            case Action.BATCH:
                return await self._batch(request)
            case Action.READ:
                accept = step.media_type if step.attachment and not step.resource else FHIR_JSON
                most = MAX_FILE if step.attachment else MAX_ANSWER
                return await self._told(Ask("GET", request.place(step), accept, most=most))
            case Action.SEARCH:
                return await self._told(_search(step))
            case Action.PUT | Action.CREATE:
                return await self._one(request, step)

    async def probe(self) -> Outcome:
        """Ask for the CapabilityStatement."""
        return await self._told(Ask("GET", "metadata", FHIR_JSON))

    async def _one(self, request: Request, step: Step) -> Outcome:
        try:
            media, body = (
                await asyncio.to_thread(self._body, request, step) if step.attachment else _json(request, step)
            )
        except JournalError as error:
            return Silence(Why.IMAGE, error.code)
        if request.action is Action.PUT:
            return await self._told(Ask("PUT", request.place(step), FHIR_JSON, body, media))
        if self._server.identity is Identity.CONDITIONAL:
            return await self._told(Ask("POST", step.type, FHIR_JSON, body, media, {"If-None-Exist": query(step)}))
        if step.shared and (there := await self._there(step)) is not None:
            return there
        return await self._told(Ask("POST", step.type, FHIR_JSON, body, media))

    async def _there(self, step: Step) -> Outcome | None:
        """What several encounters or carts share, where the server takes no condition: found as a condition would have
        found it, or the search's own failure; None: it is not there."""
        found = await self._told(_search(step))
        if not isinstance(found, Answer) or found.status // 100 != 2:  # noqa: PLR2004 - success
            return found
        places = matches(found.resource, step.type)
        if places is None:
            return Answer(0, words="no answer to a search")
        if len(places) > 1:
            return Answer(412, words=f"{len(places)} resources match")
        return Answer(200, place=place_in(places[0])) if places else None

    def _body(self, request: Request, step: Step) -> tuple[str, bytes]:
        """A file's bytes, by themselves or within their document. Raises JournalError."""
        data = self._attachments.get(step.attachment)
        if not step.resource:
            return step.media_type, data
        document = with_data(reading(step, request.places), b64encode(data).decode())
        return FHIR_JSON, canonical(document)

    async def _batch(self, request: Request) -> Outcome:
        """A batch where the server takes one: one refused observation must not take the others with it."""
        kind = "transaction" if self._server.transaction else "batch"
        entries = [self._entry(request, step) for step in request.steps]
        body = canonical({"resourceType": "Bundle", "type": kind, "entry": entries})
        outcome = await self._told(Ask("POST", "", FHIR_JSON, body, FHIR_JSON))
        if isinstance(outcome, Answer) and outcome.status // 100 == 2 and outcome.resource:  # noqa: PLR2004 - success
            return Answers(_entry_answers(outcome.resource, len(request.steps)))
        return outcome

    def _entry(self, request: Request, step: Step) -> Json:
        """An entry without ``fullUrl``: nothing in the bundle refers to it, and a server that finds it in an identifier
        would rewrite that."""
        at = request.place(step)
        asked = {"method": "PUT", "url": at} if at else {"method": "POST", "url": step.type}
        if not at and self._server.identity is Identity.CONDITIONAL:
            asked["ifNoneExist"] = query(step)
        return {"resource": reading(step, request.places), "request": asked}

    async def _told(self, ask: Ask) -> Outcome:
        reply = await self._link.exchange(ask)
        return _outcome(reply) if isinstance(reply, Reply) else reply


def _search(step: Step) -> Ask:
    return Ask("GET", f"{step.type}?{query(step)}", FHIR_JSON, headers=_FRESH)


def _json(request: Request, step: Step) -> tuple[str, bytes]:
    return FHIR_JSON, canonical(reading(step, request.places))


def _outcome(reply: Reply) -> Outcome:
    """An answer; a page in place of FHIR is not the server's."""
    resource = _resource(reply)
    good = reply.status // 100 == 2  # noqa: PLR2004 - success
    if good and reply.media == "text/html":
        return Silence(Why.PORTAL, "text/html")
    named = f"{resource['resourceType']}/{resource['id']}" if good and resource and "id" in resource else ""
    return Answer(
        reply.status,
        place=place_of(reply.headers.get("Location", "")) or named,
        words=spoken(resource) or reply.reason,
        retry_after=retry_after(reply.headers.get("Retry-After")),
        resource=resource,
        digest=sha256(reply.data).hexdigest(),
    )


def _resource(reply: Reply) -> dict[str, Any] | None:
    if reply.media not in _JSON_TYPES or not reply.data:
        return None
    try:
        value = json.loads(reply.data, parse_float=Decimal)
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
    if not isinstance(entry, dict) or not isinstance(response, dict):
        return Answer(0, words="no response in the entry")
    status = str(response.get("status", ""))[:3]
    made = entry.get("resource")
    made = made if isinstance(made, dict) and "id" in made else {}
    named = f"{made.get('resourceType', '')}/{made['id']}" if made else ""
    return Answer(
        int(status) if status.isdecimal() else 0,
        place=place_of(str(response.get("location", ""))) or place_of(named),
        words=spoken(response.get("outcome")),
    )
