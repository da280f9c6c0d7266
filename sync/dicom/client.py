# SPDX-License-Identifier: Apache-2.0
"""DICOMweb to one PACS (PS3.18): STOW-RS to store an image (§10.5), WADO-RS to read it back (§10.4). The image's UID is
the cart's own, so storing it again is storing the same."""

import asyncio
import json
from typing import Any, Self

from device.attachments import Attachments
from device.errors import JournalError
from sync.dicom import multipart
from sync.dicom.instance import document, holds, photograph
from sync.link import Ask, Link, Reply
from sync.outcome import Answer, Outcome, Silence, Why
from sync.plan import Action, Request
from sync.settings import Server
from sync.step import Step
from sync.upload import Pace
from sync.words import MAX_WORDS, retry_after

DICOM_JSON = "application/dicom+json"
MAX_FILE = 96 << 20
_BOUNDARY = "chevet-capture"
_STORE = f'multipart/related; type="application/dicom"; boundary={_BOUNDARY}'
_AS_STORED = 'multipart/related; type="application/dicom"; transfer-syntax=*'
"""Without the last parameter an archive decompresses what it gives (§8.7.3.5.2)."""
_STUDY, _SERIES, _INSTANCE = "0020000D", "0020000E", "00080018"
_STORED, _FAILED, _REFERRED, _REASON = "00081199", "00081198", "00081155", "00081197"
_DUPLICATE, _NO_ROOM, _PROCESSING, _NOT_AUTHORISED, _LIMITED = 0x0111, 0xA700, 0x0110, 0x0124, 0x0213
_JSON = frozenset({DICOM_JSON, "application/json"})


class DicomWeb:
    """Sends images to a PACS. Use as an asynchronous context manager."""

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
        """Send one image, or read one back, and say what it came to."""
        (step,) = request.steps
        if request.action is Action.READ:
            return await self._read(step)
        outcome = await self._store(step)
        good = isinstance(outcome, Answer) and outcome.status // 100 == 2  # noqa: PLR2004 - success
        if not (good and self._server.read_back):
            return outcome
        held = await self._read(step)
        return outcome if isinstance(held, Answer) and held.digest == step.digest else _unlike(held)

    async def probe(self) -> Outcome:
        """Search for one study (QIDO-RS, §10.6)."""
        reply = await self._link.exchange(Ask("GET", "studies?limit=1", DICOM_JSON))
        return _told(reply) if isinstance(reply, Reply) else reply

    async def _store(self, step: Step) -> Outcome:
        try:
            file = await asyncio.to_thread(self._file, step)
        except JournalError as error:
            return Silence(Why.IMAGE, error.code)
        except ValueError as error:
            return Answer(415, words=f"not an image that DICOM holds: {error}")
        body = multipart.written(_BOUNDARY, "application/dicom", file)
        reply = await self._link.exchange(Ask("POST", "studies", DICOM_JSON, body, _STORE))
        return _stored(reply, step) if isinstance(reply, Reply) else reply

    def _file(self, step: Step) -> bytes:
        """Raises JournalError, or ValueError for what is no image that DICOM holds."""
        if not step.attachment:
            return document(step.resource)
        return photograph(step.resource, self._attachments.get(step.attachment))

    async def _read(self, step: Step) -> Outcome:
        """Read an object back, as it is stored: its answer has the step's digest if it is what was sent."""
        uids = [step.resource[tag]["Value"][0] for tag in (_STUDY, _SERIES, _INSTANCE)]
        ask = Ask("GET", "studies/{}/series/{}/instances/{}".format(*uids), _AS_STORED, most=MAX_FILE)
        reply = await self._link.exchange(ask)
        if not isinstance(reply, Reply):
            return reply
        told = _told(reply)
        if not isinstance(told, Answer) or told.status // 100 != 2:  # noqa: PLR2004 - success
            return told
        parts = multipart.read(reply.content_type, reply.data)
        same = bool(parts) and await asyncio.to_thread(holds, parts[0], step.resource, step.attachment)
        return Answer(told.status, place=step.place, digest=step.digest if same else "")


def _told(reply: Reply) -> Outcome:
    if reply.status // 100 == 2 and reply.media == "text/html":  # noqa: PLR2004 - success
        return Silence(Why.PORTAL, "text/html")
    wait = retry_after(reply.headers.get("Retry-After"))
    return Answer(reply.status, words=reply.reason[:MAX_WORDS], retry_after=wait)


def _stored(reply: Reply, step: Step) -> Outcome:
    """What a store came to (§10.5.3, PS3.18 Table 10.5.3-1): the image stands among those stored, or among the failed
    with its reason (PS3.3 C.12.1.1.x, PS3.4 Table CC.2.3). A status alone is not believed."""
    said, instance = _json(reply), step.resource[_INSTANCE]["Value"][0]
    if isinstance(said, dict):
        if any(_value(one, _REFERRED) == instance for one in _items(said, _STORED)):
            return Answer(200, place=step.place)
        for one in _items(said, _FAILED):
            if _value(one, _REFERRED) in (instance, None):
                return _failed(_value(one, _REASON))
    told = _told(reply)
    if isinstance(told, Answer) and told.status // 100 == 2:  # noqa: PLR2004 - success
        return Answer(0, place="", words="the server's answer does not name the image")
    return told


def _failed(reason: object) -> Answer:
    """A reason as the status that has its rule (PS3.4 Table B.2-1, PS3.7 Annex C)."""
    number = reason if isinstance(reason, int) else 0
    words = f"DICOM failure {number:04X}"
    if number == _DUPLICATE:
        return Answer(409, words=words)
    if number == _NOT_AUTHORISED:
        return Answer(403, words=words)
    if number & 0xFF00 == _NO_ROOM or number == _LIMITED:
        return Answer(503, words=words)
    return Answer(500 if number == _PROCESSING else 422, words=words)


def _unlike(held: Outcome) -> Outcome:
    """Stored, as the server says, and not read back as it was sent."""
    if isinstance(held, Answer) and held.status // 100 == 2:  # noqa: PLR2004 - success
        return Answer(409, words="the image that was read back is another one")
    return held


def _json(reply: Reply) -> object:
    if reply.media not in _JSON or not reply.data:
        return None
    try:
        return json.loads(reply.data)
    except (ValueError, RecursionError):
        return None


def _items(said: dict[str, Any], tag: str) -> list[dict[str, Any]]:
    element = said.get(tag)
    found = element.get("Value") if isinstance(element, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _value(item: dict[str, Any], tag: str) -> object:
    element = item.get(tag)
    found = element.get("Value") if isinstance(element, dict) else None
    return found[0] if isinstance(found, list) and found else None
