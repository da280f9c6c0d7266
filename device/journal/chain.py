# SPDX-License-Identifier: Apache-2.0
"""Rows, their canonical bytes and the chain of digests.

The canonical bytes of an entry are the JSON array ``[sequence,"id","encounter",instant,body]`` with struct fields and
set members sorted; they are made of the text stored in the row, so a journal can be verified without understanding its
bodies. An entry's digest is SHA-256(previous digest of the same encounter, 32 bytes, none for the first ‖ canonical).
"""

from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

import msgspec

from device.clock import Instant
from device.entry import Body, Entry
from device.journal.storage import damaged

_encoder = msgspec.json.Encoder(order="sorted")
_instant = msgspec.json.Decoder(Instant)
_body: msgspec.json.Decoder[Body] = msgspec.json.Decoder(Body)


class Row(NamedTuple):
    """One entry as stored; ``previous`` and ``digest`` are hex, ``previous`` is "" for the first of its encounter."""

    sequence: int
    id: str
    encounter: str
    instant: bytes
    body: bytes
    previous: str
    digest: str


def canonical(sequence: int, identity: str, encounter: str, instant: bytes, body: bytes) -> bytes:
    """The bytes that an entry's digest covers."""
    return b'[%d,"%s","%s",%s,%s]' % (sequence, identity.encode(), encounter.encode(), instant, body)


def digest(previous: str, row: bytes) -> str:
    """The digest (hex) of canonical bytes that follow ``previous`` (hex or "")."""
    return sha256(bytes.fromhex(previous) + row).hexdigest()


def link(sequence: int, identity: UUID, encounter: UUID, instant: Instant, body: Body, previous: str) -> Row:
    """The row of a new entry that follows ``previous``."""
    when, what = _encoder.encode(instant), _encoder.encode(body)
    sealed = digest(previous, canonical(sequence, str(identity), str(encounter), when, what))
    return Row(sequence, str(identity), str(encounter), when, what, previous, sealed)


def intact(row: Row) -> bool:
    """Whether the row agrees with its own digest."""
    try:
        return digest(row.previous, canonical(*row[:5])) == row.digest
    except ValueError:
        return False


def entry(row: Row) -> Entry:
    """The entry of a row. Raises JournalError when it does not agree with its digest or cannot be read."""
    if not intact(row):
        raise damaged(f"entry {row.sequence} does not agree with its digest")
    try:
        return Entry(
            row.sequence,
            UUID(row.id),
            UUID(row.encounter),
            _instant.decode(row.instant),
            _body.decode(row.body),
            row.digest,
        )
    except (msgspec.MsgspecError, ValueError) as error:
        raise damaged(f"entry {row.sequence} cannot be read: {type(error).__name__}") from error
