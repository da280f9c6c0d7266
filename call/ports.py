# SPDX-License-Identifier: Apache-2.0
"""What the call needs of the cart, each as small as it can be."""

from collections.abc import AsyncIterator
from typing import Protocol

import numpy as np
import numpy.typing as npt

from device.commands import Command
from device.entry import Entry
from device.people import Practitioner
from device.ring import Picture
from device.station.messages import Reply
from device.station.state import State

Block = npt.NDArray[np.int16]
"""20 ms of mono sound at 48 kHz: int16 of shape (960,)."""


class Pictures(Protocol):
    """Pictures of the camera that the doctor is to see. Sequences grow, whatever camera is chosen."""

    async def next(self, after: int, deadline: float) -> Picture:
        """The newest picture whose sequence is greater than ``after``; TimeoutError or CameraError when there is none
        within ``deadline`` seconds."""
        ...


class Microphone(Protocol):
    """A microphone that runs at its own pace."""

    async def read(self) -> Block:
        """The next block. Raises AudioError."""
        ...


class Loudspeaker(Protocol):
    """A loudspeaker; never waits."""

    def write(self, block: Block) -> None:
        """Play a block after those before it."""
        ...


class PictureSink(Protocol):
    """Where the doctor's pictures go (``device.ring.RingWriter``)."""

    def write(self, picture: Picture) -> None:
        """Publish a picture."""
        ...


class Entries(Protocol):
    """The journal as the station reads it."""

    def entries(self, after: int) -> AsyncIterator[Entry]:
        """Entries whose sequence is greater than ``after``, in order, then each new one; it never ends."""
        ...


class Views(Protocol):
    """The station's snapshots."""

    @property
    def state(self) -> State:
        """The newest snapshot."""
        ...

    def changes(self) -> AsyncIterator[State]:
        """A snapshot whenever it changes; a slow reader gets the newest."""
        ...


class Commands(Protocol):
    """Where commands go."""

    async def submit(self, id: str, command: Command, by: Practitioner | None = None) -> Reply:  # noqa: A002 - the station's word
        """Carry out a command once for its id, and say what became of it."""
        ...


class Attachments(Protocol):
    """Captures, by what they are."""

    def get(self, sha256: str) -> bytes:
        """The bytes with that digest (hex). Raises JournalError."""
        ...


class Rooms(Protocol):
    """Remembers the room of an encounter over a restart of the process."""

    def get(self, encounter: str) -> str | None:
        """The room that was opened for ``encounter``."""
        ...

    def put(self, encounter: str, room: str | None) -> None:
        """Keep the room of ``encounter`` and no other; None: keep none."""
        ...
