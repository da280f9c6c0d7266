# SPDX-License-Identifier: Apache-2.0
"""The station socket's messages: JSON Lines over a Unix stream socket, one message a line, at most 1 MiB each.

A client says Hello, gets a Welcome and a Snapshot at once and another Snapshot at each change. Read starts the
entries after a sequence and keeps them coming. Each Request has an id of the client's choosing (a UUID); asking twice
with one id does the thing once and gives the same Reply.
"""

import msgspec

from device.commands import Command
from device.entry import Entry
from device.people import Patient
from device.station.state import State
from device.station.technical import TechnicalAnswer, TechnicalMessage

PROTOCOL = 1
MAX_LINE = 1 << 20
"""Longest line accepted, in bytes, its end included."""


class _Message(msgspec.Struct, frozen=True, tag_field="type", omit_defaults=True, forbid_unknown_fields=True):
    pass


class Hello(_Message, frozen=True, tag="hello"):
    """First of a client: ``role`` is "ui", "sync", "tool" or "technician", who speaks ``station.technical`` and is
    shown nothing of any patient."""

    role: str
    protocol: int = PROTOCOL


class Read(_Message, frozen=True, tag="read"):
    """Entries after ``after``, then every new one."""

    after: int


class Request(_Message, frozen=True, tag="request"):
    """A command; ``id`` makes it idempotent."""

    id: str
    command: Command


class GetResidents(_Message, frozen=True, tag="get-residents"):
    """The residents' list; answered only while an operator is signed in."""

    id: str


ClientMessage = Hello | Read | Request | GetResidents | TechnicalMessage


class Welcome(_Message, frozen=True, tag="welcome"):
    """First of the station."""

    protocol: int


class Snapshot(_Message, frozen=True, tag="snapshot"):
    """The whole state."""

    state: State


class EntryMessage(_Message, frozen=True, tag="entry"):
    """One entry, in order."""

    entry: Entry


class Reply(_Message, frozen=True, tag="reply"):
    """What became of a request: ``code`` and the French ``line`` when it was refused."""

    id: str
    ok: bool
    code: str = ""
    line: str = ""


class Residents(_Message, frozen=True, tag="residents"):
    """Answer to GetResidents."""

    id: str
    residents: tuple[Patient, ...]


class Failure(_Message, frozen=True, tag="failure"):
    """The client's last line could not be read; the connection goes on unless the line was too long."""

    code: str
    line: str
    detail: str


StationMessage = Welcome | Snapshot | EntryMessage | Reply | Residents | Failure | TechnicalAnswer
