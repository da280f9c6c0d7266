# SPDX-License-Identifier: Apache-2.0
"""A step: one resource, at one stage, that a server must come to hold."""

from enum import IntEnum
from hashlib import sha256
from uuid import UUID

import msgspec

from device.entry import CaptureTaken, DocumentAttached, Entry, SoundRecorded
from sync.fhir.elements import Json

WithFile = CaptureTaken | SoundRecorded | DocumentAttached
_ENCODER = msgspec.json.Encoder(decimal_format="number", order="deterministic")


class Rank(IntEnum):
    """The order of a lane."""

    PLACE = 0
    PERSON = 1
    PATIENT = 2
    ENCOUNTER = 3
    CONSENT = 4
    DEVICE = 5
    OXYGEN = 6
    OBSERVATION = 7
    DOCUMENT = 8
    PROVENANCE = 9
    END = 10


def canonical(resource: Json) -> bytes:
    """The bytes that are sent: JSON, decimals kept as they were read, the same for the same content."""
    return _ENCODER.encode(resource)


class Step(msgspec.Struct, frozen=True):
    """What to send. ``key`` names it in its lane: ``Type/id``, and ``Type/id#end`` for an encounter's last stage.

    ``entry`` gave rise to it, ``sources`` are all entries that shaped it and ``sequence`` the newest of them.
    ``needs``: keys that the server must hold first. ``digest``: SHA-256 of what is sent. ``shared``: other lanes have
    it too. ``once``: any version that was acknowledged will do. ``held``: a French line saying what is waited for.
    ``attachment``: SHA-256 of the bytes of a Binary, which has no ``resource``, or of those a document or image holds.
    ``withdrawn``: not to be sent, unless the server has it already or may have; then what needs it follows.
    ``length``: bytes of the resource.
    """

    key: str
    rank: Rank
    entry: Entry
    sources: frozenset[UUID]
    sequence: int
    digest: str
    resource: Json = {}
    needs: tuple[str, ...] = ()
    shared: bool = False
    once: bool = False
    held: str = ""
    attachment: str = ""
    media_type: str = ""
    withdrawn: bool = False
    length: int = 0

    @property
    def place(self) -> str:
        """``Type/id`` on the server."""
        return self.key.removesuffix(END)

    @property
    def type(self) -> str:
        """The resource's type."""
        return self.key.partition("/")[0]

    @property
    def size(self) -> int:
        """About how many bytes are sent."""
        file = self.entry.body.size if self.attachment and isinstance(self.entry.body, WithFile) else 0
        return file + self.length

    def body(self) -> bytes:
        """The JSON that is sent."""
        return canonical(self.resource)


END = "#end"


def step(
    rank: Rank,
    resource: Json,
    *sources: Entry | None,
    needs: tuple[str, ...] = (),
    shared: bool = False,
    once: bool = False,
    held: str = "",
) -> Step:
    """A step for a resource; the first of ``sources`` gave rise to it."""
    entries = [one for one in sources if one is not None]
    body = canonical(resource)
    return Step(
        key=f"{resource['resourceType']}/{resource['id']}{END if rank is Rank.END else ''}",
        rank=rank,
        entry=entries[0],
        sources=frozenset(one.id for one in entries),
        sequence=max(one.sequence for one in entries),
        digest=sha256(body).hexdigest(),
        length=len(body),
        resource=resource,
        needs=needs,
        shared=shared,
        once=once,
        held=held,
    )
