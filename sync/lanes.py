# SPDX-License-Identifier: Apache-2.0
"""The lanes' steps, computed from the journal when they are needed and kept for the few lanes under way."""

from base64 import b64encode
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha1
from typing import NamedTuple
from uuid import UUID

from device.attachments import Attachments
from device.entry import CaptureTaken, DocumentAttached, Entry, SoundRecorded, TraceRecorded
from device.errors import JournalError
from sync.fhir.source import Source
from sync.journal import Entries
from sync.lines import Line, LineState
from sync.step import Step

Derive = Callable[[Source, Sequence[Entry], Mapping[str, str]], tuple[Step, ...]]
"""Every step of an encounter for one kind of server, as ``sync.steps.steps``."""
_KEPT_STEPS = 800
"""Steps that are kept, of whole lanes: some 10 kB each."""
_KEPT_HASHES = 256


class Derived(NamedTuple):
    """What one lane's entries come to."""

    newest: int
    steps: tuple[Step, ...]


class Lanes:
    """Reads lanes. Raises JournalError."""

    def __init__(self, source: Source, journal: Entries, attachments: Attachments, derive: Derive) -> None:
        self._source, self._journal, self._attachments, self._derive = source, journal, attachments, derive
        self._kept: OrderedDict[UUID, Derived] = OrderedDict()
        self._hashes: OrderedDict[str, str] = OrderedDict()

    def derived(self, lane: UUID, newest: int) -> Derived:
        """A lane's steps, its entries up to ``newest`` included at least."""
        kept = self._kept.get(lane)
        if kept is None or kept.newest < newest:
            entries = self._entries(lane)
            found = self._derive(self._source, entries, self._sha1s(entries))
            newest = max(newest, *(one.sequence for one in entries), 0)
            kept = self._kept[lane] = Derived(newest, found)
        self._kept.move_to_end(lane)
        while len(self._kept) > 1 and sum(len(one.steps) for one in self._kept.values()) > _KEPT_STEPS:
            self._kept.popitem(last=False)
        return kept

    def forget(self) -> None:
        """The journal is another one."""
        self._kept.clear()

    def _entries(self, lane: UUID) -> list[Entry]:
        """Every entry of a lane but its traces, which this version does not send."""
        found: list[Entry] = []
        position = 0
        while page := self._journal.after(position, encounter=lane):
            position = page[-1].sequence
            found.extend(entry for entry in page if not isinstance(entry.body, TraceRecorded))
        return found

    def _sha1s(self, entries: Sequence[Entry]) -> dict[str, str]:
        """The base64 SHA-1 of each file that can be read (R4's Attachment.hash), by its SHA-256."""
        found: dict[str, str] = {}
        for entry in entries:
            if isinstance(entry.body, CaptureTaken | SoundRecorded | DocumentAttached):
                name = entry.body.sha256
                if digest := self._hashes.get(name) or self._sha1(name):
                    found[name] = self._hashes[name] = digest
                    self._hashes.move_to_end(name)
        while len(self._hashes) > _KEPT_HASHES:
            self._hashes.popitem(last=False)
        return found

    def _sha1(self, name: str) -> str:
        try:
            data = self._attachments.get(name)
        except JournalError:
            return ""
        return b64encode(sha1(data, usedforsecurity=False).digest()).decode()


def acknowledged(steps: Sequence[Step], lines: Mapping[str, Line]) -> set[UUID]:
    """The entries that a server was sent and has: every resource that they shape is acknowledged as it reads now. An
    entry that by nature is not sent shapes none, and is never among them."""
    taken: dict[UUID, bool] = {}
    for step in steps:
        line = lines.get(step.key)
        done = line is not None and line.state is LineState.ACKNOWLEDGED and line.digest == step.digest
        for entry in step.sources:
            taken[entry] = taken.get(entry, True) and done
    return {entry for entry, done in taken.items() if done}
