# SPDX-License-Identifier: Apache-2.0
"""What a driver is: pure meaning of bytes. The bus owns connections, deadlines, retries and clock stamps."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol, runtime_checkable

from device.codes import Site
from device.measurement import Measurement


class Frame(NamedTuple):
    """Bytes and where they came from: a GATT characteristic's 128-bit UUID in lower case, ``""`` on a serial line."""

    source: str
    data: bytes


@runtime_checkable
class Driver(Protocol):
    """Decode frames. ``decode`` is pure and total: measurements, or FrameError."""

    def decode(self, frame: Frame) -> Iterable[Measurement]:
        """The measurements in ``frame``, in its order. Raises FrameError."""
        ...


class Link(Protocol):
    """An open connection as a driver sees it while it prepares an instrument. Every call has the bus's deadline."""

    def has(self, characteristic: str) -> bool:
        """Whether the instrument offers the characteristic (128-bit UUID)."""
        ...

    async def read(self, characteristic: str) -> bytes:
        """Read a characteristic. Raises InstrumentError."""
        ...

    async def write(self, characteristic: str, data: bytes) -> None:
        """Write a characteristic with response. Raises InstrumentError."""
        ...

    def local_time(self) -> datetime:
        """The cart's local time, naive: what an instrument's clock should show."""
        ...


class Clockwork(NamedTuple):
    """What preparing found: whether our time was written and read back (or was read and needed no writing), and the
    clock's offset from ours in seconds *before* it was set (None: it has no clock, or none that can be read).
    ``site``: where the instrument says, once for all its frames, that it measures."""

    clock_set: bool
    offset: float | None
    site: Site | None = None


class Answer(NamedTuple):
    """What an instrument answered to a request, and the frames that came before its answer, in their order."""

    data: bytes
    gathered: tuple[Frame, ...]


def anything(_data: bytes) -> bool:
    """Every value is an answer."""
    return True


class Conversation(Link, Protocol):
    """A link over which an instrument answers requests."""

    async def ask(
        self,
        characteristic: str,
        data: bytes,
        *,
        answer: str,
        gather: Collection[str] = (),
        fits: Callable[[bytes], bool] = anything,
    ) -> Answer:
        """Write ``data``, then wait for the next value of the characteristic ``answer`` that ``fits`` (an echo does
        not), gathering those of ``gather`` meanwhile. Raises InstrumentError."""
        ...


@runtime_checkable
class Prepared(Driver, Protocol):
    """An instrument with a clock or a memory."""

    async def prepare(self, link: Conversation) -> Clockwork:
        """Set the clock and read it back, before anything is heard that it measured. Raises InstrumentError."""
        ...


@runtime_checkable
class Recalled(Driver, Protocol):
    """An instrument that gives its records when it is asked (RACP, TaiDoc)."""

    async def recall(self, link: Conversation, after: int | None) -> Sequence[Frame]:
        """Ask for the records later than sequence number ``after`` (None: the last one only), each as one frame for
        ``decode`` (several values of one record are joined into one frame). Called once subscribed. Raises
        InstrumentError."""
        ...


@runtime_checkable
class Framed(Driver, Protocol):
    """A serial stream, or characteristics that carry one: the bus cuts the bytes of each into frames
    (``device.framing``) before ``decode`` sees them, and thins the samples that repeat themselves."""

    def split(self, buffer: bytes) -> tuple[bytes | None, int]:
        """The first whole frame in ``buffer`` and how many bytes it and the noise before it take, the frame last.

        ``None`` and how many bytes of noise to drop where there is no whole frame; ``None, 0``: more bytes are needed.
        Pure and total. It must not ask for more than 256 bytes to see one frame.
        """
        ...


@runtime_checkable
class Polled(Framed, Protocol):
    """A serial instrument that says nothing until it is asked."""

    keep_alive: tuple[bytes, float]
    """What is sent again and again while the line is open, and every how many seconds; nothing where it is empty."""

    def greeting(self, now: datetime) -> bytes:
        """What is sent when the line is opened, and again after a silence. ``now`` is the cart's local time, naive."""
        ...


@runtime_checkable
class Scanning(Framed, Protocol):
    """A barcode scanner: it measures nothing, so ``decode`` gives no measurement."""

    def text(self, frame: Frame) -> str:
        """What was read, its group separators (0x1D) kept. Raises FrameError."""
        ...
