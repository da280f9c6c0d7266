# SPDX-License-Identifier: Apache-2.0
"""Transport-wide feedback: when each packet arrived (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1).

Pure. Instants are seconds: those of sending on our clock, those of arrival on the receiver's, whose zero is not known.
"""

import enum
import struct
from collections.abc import Iterator
from typing import NamedTuple

RTPFB, FORMAT = 205, 15
"""Of RTCP (RFC 4585 §6.2): a transport-layer feedback message, and the format the draft uses."""
_HEAD, _FIXED, _COMMON = 4, 8, 12
UNIT, TICK = 0.064, 0.00025
WRAP = 1 << 16
_LOST, _SMALL, _LARGE = 0, 1, 2
_PERIOD = (1 << 24) * UNIT
"""Seconds after which the reference time begins again."""
KEPT = 3.0
"""Seconds after which a packet that nobody spoke of is forgotten."""


class Message(NamedTuple):
    """For packets ``first``, ``first`` + 1, …: the instant of arrival (receiver's clock), None if it did not arrive."""

    first: int
    arrivals: tuple[float | None, ...]


class Load(enum.Enum):
    """What a packet was of: a picture, which waits until the link has room; a sound, which is sent whatever the link
    carries; padding, which only tries the link."""

    PICTURE = enum.auto()
    SOUND = enum.auto()
    PADDING = enum.auto()


class Fate(NamedTuple):
    """A packet: when it was sent, its bits on the wire, when it arrived (receiver's clock; None: lost)."""

    sent: float
    bits: int
    arrived: float | None
    load: Load = Load.PICTURE


def messages(rtcp: bytes) -> Iterator[Message]:
    """The transport-wide feedback in a compound RTCP packet; what is not well formed is left out."""
    at = 0
    while at + _HEAD <= len(rtcp):
        first, kind, words = struct.unpack_from("!BBH", rtcp, at)
        end = at + _HEAD + words * 4
        if end > len(rtcp):
            return
        if kind == RTPFB and first & 0x1F == FORMAT:
            try:
                yield _message(rtcp[at + _HEAD + _FIXED : end])
            except (struct.error, IndexError):
                return
        at = end


def _message(fci: bytes) -> Message:
    first, count, reference = struct.unpack_from("!HHL", fci)
    symbols: list[int] = []
    at = 8
    while len(symbols) < count:
        (chunk,) = struct.unpack_from("!H", fci, at)
        at += 2
        symbols += _symbols(chunk)
    now = (reference >> 8) * UNIT
    arrivals: list[float | None] = []
    for symbol in symbols[:count]:
        if symbol == _SMALL:
            now += fci[at] * TICK
            at += 1
        elif symbol == _LARGE:
            now += struct.unpack_from("!h", fci, at)[0] * TICK
            at += 2
        arrivals.append(now if symbol in {_SMALL, _LARGE} else None)
    return Message(first, tuple(arrivals))


def _symbols(chunk: int) -> list[int]:
    if not chunk & 0x8000:
        return [chunk >> 13 & 3] * (chunk & 0x1FFF)
    if chunk & 0x4000:
        return [chunk >> shift & 3 for shift in range(12, -2, -2)]
    return [chunk >> shift & 1 for shift in range(13, -1, -1)]


class _Sent(NamedTuple):
    at: float
    bits: int
    load: Load

    @property
    def awaited(self) -> int:
        """Bits that a picture waits for."""
        return self.bits if self.load is Load.PICTURE else 0


class Ledger:
    """What was sent, by transport-wide number, until its fate is known."""

    def __init__(self) -> None:
        self._sent: dict[int, _Sent] = {}
        self._passed: set[int] = set()
        self._next = 0
        self._last: float | None = None
        self.flight = 0
        """Bits of the picture that may still be under way."""
        self.sent = 0
        """Bits in all."""

    def send(self, bits: int, now: float, load: Load = Load.PICTURE) -> int:
        """The number (16 bits) of a packet that leaves now."""
        number = self._next
        self._next = (number + 1) % WRAP
        self._drop(number)
        sent = self._sent[number] = _Sent(now, bits, load)
        self.flight += sent.awaited
        self.sent += bits
        return number

    def take(self, message: Message, now: float) -> list[Fate]:
        """The fate of those packets that it tells and that were not told before, in the order of sending."""
        fates = []
        self._pass(message.first)
        for offset, arrival in enumerate(message.arrivals):
            known = self._drop((message.first + offset) % WRAP)
            if known is not None:
                arrived = None if arrival is None else self._unwrapped(arrival)
                fates.append(Fate(known.at, known.bits, arrived, known.load))
        self.forget(now)
        return fates

    def forget(self, now: float) -> None:
        """Let go of packets too old to be told of."""
        for number, sent in list(self._sent.items()):
            if now - sent.at < KEPT:
                return
            self._drop(number)

    def _pass(self, first: int) -> None:
        """What was sent before a packet that is told of is not under way any more: the report about it was lost, or is
        late. Counted as under way for ``KEPT``, a twentieth of the reports lost would stop the picture."""
        for number, sent in self._sent.items():
            if not 0 < (first - number) % WRAP < WRAP // 2:
                return
            if number not in self._passed:
                self._passed.add(number)
                self.flight -= sent.awaited

    def _drop(self, number: int) -> _Sent | None:
        known = self._sent.pop(number, None)
        if known is not None and number not in self._passed:
            self.flight -= known.awaited
        self._passed.discard(number)
        return known

    def _unwrapped(self, arrival: float) -> float:
        last = arrival if self._last is None else self._last
        turns = round((last - arrival) / _PERIOD)
        self._last = arrival + turns * _PERIOD
        return self._last
