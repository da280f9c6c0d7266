# SPDX-License-Identifier: Apache-2.0
"""Files that came for import (the station's ``Inbox``): seen, checked, shown; nobody's until an operator attaches one.

Nothing is lost: a refused file is moved to ``refused``, a discarded one to ``discarded``, and one that is attached is
taken away only once its entry is written.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Literal, NamedTuple, Protocol

from device.clock import Clock
from device.document import WaitingDocument
from device.documents.custody import check as check_in_custody
from device.documents.folder import DISCARDED, REFUSED, Folder, Seen
from device.documents.kinds import Checked, plain
from device.entry import DocumentAttached
from device.errors import DocumentError
from device.people import Operator

log = logging.getLogger(__name__)

EVERY = 2.0
"""Seconds between two looks; a file that did not change between two is whole."""
MOST = 20
"""Most files that wait on the screen; the others wait their turn in the folder."""
SHOWN = 10
"""Most refusals shown."""
MAX_NAME = 80
UNUSABLE = 11


class Keeps(Protocol):
    """Where documents go."""

    def put(self, data: bytes) -> str:
        """Keep bytes for good; their SHA-256 in hex. Raises JournalError."""
        ...


class _Waiting(NamedTuple):
    seen: Seen
    digest: str
    document: WaitingDocument


class Inbox:
    """``on_change`` is told every new list; ``notify`` a code and a line when the folder itself is in trouble, and an
    empty line when that is over. ``check`` is the custody's, unless a test gives its own."""

    def __init__(  # noqa: PLR0913 - the parts of an inbox
        self,
        folder: Folder,
        attachments: Keeps,
        clock: Clock,
        on_change: Callable[[tuple[WaitingDocument, ...]], None],
        *,
        notify: Callable[[str, str], None] = lambda _code, _line: None,
        check: Callable[[bytes], Awaitable[Checked]] = check_in_custody,
        every: float = EVERY,
    ) -> None:
        self._folder = folder
        self._attachments = attachments
        self._clock = clock
        self._on_change = on_change
        self._notify = notify
        self._check = check
        self._every = every
        self._before: frozenset[Seen] = frozenset()
        self._done: set[Seen] = set()
        """Refused or attached, and still there because it could not be taken away."""
        self._waiting: dict[str, _Waiting] = {}
        self._refused: deque[WaitingDocument] = deque(maxlen=SHOWN)
        self._turn = asyncio.Lock()

    @property
    def waiting(self) -> tuple[WaitingDocument, ...]:
        """Those that wait, in the order of their coming; then the newest refusals."""
        return (*(one.document for one in self._waiting.values()), *self._refused)

    async def run(self) -> None:
        """Look, check and show until cancelled."""
        trouble = ""
        while True:
            try:
                await self.look()
                after = ""
            except DocumentError as error:
                after = error.line
                if not trouble:
                    log.warning("%s %s", error.code, error)
            if after != trouble:
                trouble = after
                self._notify(f"DOC-{UNUSABLE}", trouble)
            await asyncio.sleep(self._every)

    async def look(self) -> None:
        """One look: forget what is gone or changed, check what is new and did not change since the last look."""
        found = await asyncio.to_thread(self._folder.seen)
        async with self._turn:
            there = set(found)
            gone = [name for name, one in self._waiting.items() if one.seen not in there]
            for name in gone:
                del self._waiting[name]
            if gone:
                self._told()
        self._done &= there
        known = {one.seen for one in self._waiting.values()} | self._done
        whole = [one for one in found if one in self._before and one not in known]
        self._before = frozenset(found)
        trouble: DocumentError | None = None
        for one in whole:
            if len(self._waiting) >= MOST:
                break
            try:
                await self._take(one)
            except DocumentError as error:
                trouble = error
        if trouble is not None:
            raise trouble

    async def attach(
        self, document: str, what: Literal["ecg", "ultrasound", "document"], by: Operator
    ) -> DocumentAttached:
        """Keep its bytes, the very ones that were checked. Raises DocumentError, JournalError."""
        async with self._turn:
            one = self._found(document)
            data = await asyncio.to_thread(self._folder.read, one.seen)
            if data is None or sha256(data).hexdigest() != one.digest:
                self._waiting.pop(document)
                self._told()
                line = "Ce fichier a changé : le chariot le vérifie à nouveau. Recommencez dans un instant."
                raise DocumentError(10, line, "not what was checked", retry=True)
            await asyncio.to_thread(self._attachments.put, data)
            return DocumentAttached(
                title=one.document.name,
                what=what,
                sha256=one.digest,
                media_type=one.document.media_type,
                size=len(data),
                pages=one.document.pages,
                attached=self._clock.now(),
                by=by,
                patient=one.document.patient,
            )

    async def release(self, document: str) -> None:
        """Its entry is written: take the file away. Trouble with that is only logged, as the document is safe."""
        async with self._turn:
            one = self._waiting.pop(document, None)
            self._told()
            if one is not None:
                self._done.add(one.seen)
                try:
                    await asyncio.to_thread(self._folder.remove, one.seen.name)
                except DocumentError as error:
                    log.warning("%s %s", error.code, error)

    async def discard(self, document: str) -> None:
        """Put it away. One that waits no more is no error. Raises DocumentError."""
        async with self._turn:
            one = self._waiting.get(document)
            if one is not None:
                await asyncio.to_thread(self._folder.put_away, one.seen.name, DISCARDED)
                del self._waiting[document]
            for refused in [refused for refused in self._refused if refused.id == document]:
                self._refused.remove(refused)
            self._told()

    async def _take(self, seen: Seen) -> None:
        """Check a file that is whole."""
        try:
            data = await asyncio.to_thread(self._folder.read, seen)
            if data is None:
                return
            digest = sha256(data).hexdigest()
            checked = await self._check(data)
        except DocumentError as error:
            if error.code == f"DOC-{UNUSABLE}":
                raise
            await self._refuse(seen, error)
            return
        document = self._document(seen, checked.kind.value, digest, pages=checked.pages, patient=checked.patient)
        async with self._turn:
            self._waiting[document.id] = _Waiting(seen, digest, document)
            self._told()

    async def _refuse(self, seen: Seen, error: DocumentError) -> None:
        log.warning("a file of %d bytes is refused: %s", seen.size, error.code)  # its detail may hold a patient's name
        async with self._turn:
            self._done.add(seen)
            self._refused.append(self._document(seen, "", str(seen), line=error.line))
            self._told()
            await asyncio.to_thread(self._folder.put_away, seen.name, REFUSED)

    def _document(
        self, seen: Seen, media_type: str, content: str, *, pages: int = 0, patient: str = "", line: str = ""
    ) -> WaitingDocument:
        name = seen.name.encode("utf-8", "surrogateescape")
        return WaitingDocument(
            id=sha256(name + b"\0" + content.encode("utf-8", "surrogateescape")).hexdigest()[:16],
            name=plain(name.decode("utf-8", "replace"), MAX_NAME),
            media_type=media_type,
            size=seen.size,
            pages=pages,
            received=self._clock.now(),
            patient=patient,
            line=line,
        )

    def _found(self, document: str) -> _Waiting:
        one = self._waiting.get(document)
        if one is None:
            raise DocumentError(9, "Ce document n’attend plus.", f"no document {plain(document, 40)}")
        return one

    def _told(self) -> None:
        self._on_change(self.waiting)
