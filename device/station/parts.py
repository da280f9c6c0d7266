# SPDX-License-Identifier: Apache-2.0
"""What the station needs of the parts of a cart: its journal, its call, its stethoscope, the files that wait."""

from typing import Literal, Protocol
from uuid import UUID

from device.clock import Instant
from device.codes import Position
from device.entry import Body, DocumentAttached, Entry, SoundRecorded
from device.people import Operator
from device.station.state import ListeningState, SoundState, WaitingDocument


class Writes(Protocol):
    """What the station needs of the journal."""

    def append(self, encounter: UUID, *bodies: Body, instant: Instant | None = None) -> tuple[Entry, ...]:
        """Write bodies in one durable commit. Raises JournalError."""
        ...

    def after(self, sequence: int, *, encounter: UUID | None = None, limit: int = 500) -> list[Entry]:
        """Entries after a sequence."""
        ...

    @property
    def spacious(self) -> bool:
        """Whether there is room for a whole encounter."""
        ...


class Calls(Protocol):
    """What the station needs of the call. None of these waits."""

    def dial(self, encounter: UUID, after: int) -> None:
        """Invite a doctor to an encounter whose entries come after a sequence; dial again until ``hang_up``."""
        ...

    def hang_up(self) -> None:
        """End the call and every media at once."""
        ...

    def admit(self, peer: str) -> None:
        """Let a knocking doctor in."""
        ...

    def refuse(self, peer: str) -> None:
        """Turn a knocking doctor away."""
        ...

    def open_conference(self) -> None:
        """Let the conference in until it is closed, or the call ends."""
        ...

    def close_conference(self) -> None:
        """Send it nothing more, at once."""
        ...


class Ears(Protocol):
    """The stethoscope. It tells its changes through ``Station.show_listening``; one recording at a time."""

    @property
    def state(self) -> ListeningState:
        """How it is."""
        ...

    async def start(self, position: Position) -> None:
        """Listen and record. Started again while it records, it changes nothing. Raises AudioError, JournalError."""
        ...

    async def stop(self, *, keep: bool) -> SoundRecorded | None:
        """Stop: what was recorded, its bytes safe in the attachments when this returns; None when it was thrown away
        (``keep`` false) or nothing was heard. Unplugged meanwhile, what was heard before is kept. When it does not
        listen it does nothing and gives None. Raises AudioError, JournalError, and then it listens no more."""
        ...


class Sounds(Protocol):
    """The room's microphone and loudspeaker. They tell their changes through ``Station.show_sound``."""

    @property
    def state(self) -> SoundState:
        """How they are, and what the last test found."""
        ...

    async def test(self) -> object:
        """Play a few notes and hear them, within four seconds; what was found is in ``state``."""
        ...


class Inbox(Protocol):
    """Files that came for import. It tells its changes through ``Station.show_documents``."""

    @property
    def waiting(self) -> tuple[WaitingDocument, ...]:
        """Those that wait, in the order of their coming."""
        ...

    async def attach(
        self, document: str, what: Literal["ecg", "ultrasound", "document"], by: Operator
    ) -> DocumentAttached:
        """Check it again and keep its bytes, safe in the attachments when this returns; it goes on waiting until it is
        released. Raises DocumentError, JournalError."""
        ...

    async def release(self, document: str) -> None:
        """Its entry is written: take the file away. Raises nothing."""
        ...

    async def discard(self, document: str) -> None:
        """Put it away. One that waits no more is no error. Raises DocumentError."""
        ...
