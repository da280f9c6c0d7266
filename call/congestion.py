# SPDX-License-Identifier: Apache-2.0
"""How much the link carries, from when packets arrived. Pure: time comes with the fates; bits per second, seconds.

Like GCC (draft-ietf-rmcat-gcc-02) it holds the queue of the slowest hop short, but it reads the queue itself: the least
one-way delay of the last moments, against the least of the last ``MEMORY`` seconds. The queue grows: down at once to a
share of what the link carries, less the longer the queue is, so that it drains. Empty again: back to just under what
the link was seen to carry, up slowly past that, and the faster the farther past it the link was found good for.

Loss alone is no congestion (Wi-Fi, 4G): only what is over the loss that the link shows at all times counts.
"""

import collections
import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import msgspec

from call.feedback import Fate, Load

FLOOR, CEILING, START = 8_000, 2_500_000, 1_200_000
MEMORY = 20.0
RECENT = 0.2
"""Of sending: the least delay in it is the standing queue, whatever a single picture did."""
FLOW = 0.4
"""Of arriving: over which what arrives is measured."""
TRIED = 0.9
"""Of arriving: over which it is measured what the link was tried with; a single picture says little of that."""
LOSSES = 1.0
LONG, SHORT, FULL = 0.06, 0.03, 0.15
"""Seconds of queue: too long; as good as none; so long that it must drain before all else."""
KEEP = 0.85
"""Of what arrives, when the queue is too long; ``DRAIN`` when it is over ``FULL``, but of what is left for the picture
never less than ``MOVES``: a picture that stands is worse than a queue that takes a moment longer."""
DRAIN = 0.5
MOVES = 0.3
RETURN = 0.92
"""Of what the link was seen to carry, once its queue is empty."""
SLOW, FAST = 1.08, 2.6
"""Growth in a second: at what the link was seen to carry, and away from it; ``PAST`` so many times that is away."""
PAST = 1.5
HEADROOM, NEAR, ROOM = 1.35, 1.2, 20_000
"""Growth is ``SLOW`` past so many times what arrives (``NEAR`` what the link was seen to carry), and so much more: an
estimate is worth what it was tried with."""
DRIFT = 2.5
"""Times what arrives, past which there is none: a calm picture uses little, and must not be kept small for that."""
WORSE = 0.1
"""Loss over the usual that counts as congestion."""
USUAL, USUAL_MOST = 4.0, 0.3
"""Seconds of which the least loss is the usual one, and the most that can be usual."""
CHANCE = 1.0
"""Standard deviations of a share that are chance."""
MOVED = 4.0
"""Seconds of an even delay after which it is taken for the path's own (a route that changed)."""


class Reading(NamedTuple):
    """At ``now``: bits per second that arrive; those while the queue was not empty, None if it always was; seconds of
    queue; whether it grows; loss over the usual, a share; bits per second of sound that are sent; bits per
    second that the link has been tried with."""

    now: float
    delivered: float
    carried: float | None
    queue: float
    grows: bool
    worse: float
    sound: float = 0.0
    tried: float = float("inf")


class Gauge:
    """Fates in, readings out."""

    def __init__(self) -> None:
        self._arrived: collections.deque[tuple[float, int, float]] = collections.deque()
        self._delays: collections.deque[tuple[float, float]] = collections.deque()
        self._told: collections.deque[tuple[float, bool]] = collections.deque()
        self._sounds: collections.deque[tuple[float, int]] = collections.deque()
        self._least: dict[int, float] = {}
        self._losses: dict[int, float] = {}
        self._queue = 0.0
        self._even: float | None = None

    def read(self, fates: Sequence[Fate], now: float) -> Reading | None:
        """What the newest fates say; None while nothing has arrived."""
        for fate in fates:
            self._told.append((now, fate.arrived is None))
            if fate.load is Load.SOUND:
                self._sounds.append((fate.sent, fate.bits))
            if fate.arrived is not None:
                self._arrived.append((fate.arrived, fate.bits, fate.arrived - fate.sent))
                self._delays.append((fate.sent, fate.arrived - fate.sent))
        if not self._delays or not any(fate.arrived is not None for fate in fates):
            return None
        while self._arrived[-1][0] - self._arrived[0][0] > TRIED:
            self._arrived.popleft()
        queue = self._standing(now)
        grows, self._queue = queue > self._queue - 0.005, queue
        worse, tried = self._worse(now), self._came(TRIED)
        return Reading(now, self._came(FLOW), self._carried(), queue, grows, worse, self._sound(), tried)

    def _standing(self, now: float) -> float:
        newest = self._delays[-1][0]
        while newest - self._delays[0][0] > RECENT:
            self._delays.popleft()
        low = min(delay for _, delay in self._delays)
        second = int(now)
        self._least[second] = min(low, self._least.get(second, low))
        self._least = {at: delay for at, delay in self._least.items() if now - at <= MEMORY}
        queue = low - min(self._least.values())
        return 0.0 if self._settled(queue, now) else queue

    def _settled(self, queue: float, now: float) -> bool:
        """Whether a long delay has been the same for so long, at a falling rate, that it is the path's own."""
        if queue < LONG or abs(queue - self._queue) > SHORT / 2:
            self._even = None
            return False
        self._even = now if self._even is None else self._even
        if now - self._even < MOVED:
            return False
        self._even = None
        self._least = {int(now): min(delay for _, delay in self._delays)}
        return True

    def _came(self, seconds: float) -> float:
        """Bits per second that arrived in the last ``seconds``."""
        newest = max(at for at, _, _ in self._arrived)
        recent = [(at, bits) for at, bits, _ in self._arrived if newest - at <= seconds]
        span = newest - min(at for at, _ in recent) if len(recent) >= 3 else seconds  # noqa: PLR2004 - too few to measure a span
        return sum(bits for _, bits in recent) / max(span, seconds / 4)

    def _sound(self) -> float:
        if not self._sounds:
            return 0.0
        newest = self._sounds[-1][0]
        while newest - self._sounds[0][0] > LOSSES:
            self._sounds.popleft()
        return sum(bits for _, bits in self._sounds) / LOSSES

    def _carried(self) -> float | None:
        """What a packet that had to queue took since the one before it: the link was busy with the two meanwhile."""
        least = min(self._least.values()) + SHORT
        bits, seconds = 0, 0.0
        newest = self._arrived[-1][0]
        for (before, _, _), (at, size, delay) in pairwise(self._arrived):
            if delay > least and at > before >= newest - FLOW:
                bits, seconds = bits + size, seconds + at - before
        return bits / seconds if seconds > FLOW / 8 else None

    def _worse(self, now: float) -> float:
        """Of few packets a share says little: as much as chance may make of the usual loss is not counted."""
        while now - self._told[0][0] > LOSSES:
            self._told.popleft()
        count = len(self._told)
        lost = sum(gone for _, gone in self._told) / count
        second = int(now)
        self._losses[second] = min(lost, self._losses.get(second, lost))
        self._losses = {at: share for at, share in self._losses.items() if now - at <= USUAL}
        usual = min(USUAL_MOST, *self._losses.values())
        return max(0.0, lost - usual - CHANCE * math.sqrt(max(lost, 1 / count) / count))


class Flow(msgspec.Struct, frozen=True):
    """``bits`` per second that may be sent, ``sound`` of them taken already; what the link was seen to carry (None: not
    seen); whether its queue is being drained; when it was last looked at and last taken down."""

    bits: float = START
    sound: float = 0.0
    carried: float | None = None
    draining: bool = False
    at: float | None = None
    fell: float = float("-inf")

    @property
    def picture(self) -> float:
        """Bits per second that are left for the picture."""
        return max(FLOOR, self.bits - self.sound)


def follow(flow: Flow, reading: Reading) -> Flow:
    """The flow after a reading."""
    elapsed = 0.0 if flow.at is None else min(0.5, max(0.0, reading.now - flow.at))
    flow = msgspec.structs.replace(flow, at=reading.now, sound=reading.sound)
    if reading.queue > LONG and (reading.grows or reading.queue > FULL):
        return _down(flow, reading)
    worse = 0.0 if reading.now - flow.fell < LOSSES else reading.worse
    if worse > WORSE:
        bits = _within(flow.bits * (1 - worse), flow)
        return msgspec.structs.replace(flow, bits=bits, carried=bits, draining=False, fell=reading.now)
    if reading.queue > SHORT or worse > WORSE / 2:
        return flow
    return _up(flow, reading, elapsed)


def _down(flow: Flow, reading: Reading) -> Flow:
    """Less than what arrives; what arrives while the queue is there is what the link carries. What the queue had no
    place for is lost, and told of for a while: that is not another reason."""
    share = DRAIN if reading.queue > FULL else KEEP
    carried = reading.carried
    if flow.draining and flow.carried is not None:
        carried = flow.carried if carried is None else (carried + flow.carried) / 2
    carried = reading.delivered if carried is None else carried
    least = flow.sound + MOVES * max(0.0, carried - flow.sound)
    bits = _within(min(flow.bits, max(share * carried, least)), flow)
    return msgspec.structs.replace(flow, bits=bits, carried=carried, draining=True, fell=reading.now)


def worth(flow: Flow, reading: Reading) -> float:
    """Bits per second up to which an estimate may grow fast: so much the link has been tried with."""
    return (HEADROOM if flow.carried is None else NEAR) * _tried(reading) + ROOM


def _tried(reading: Reading) -> float:
    return min(reading.delivered, reading.tried)


def _up(flow: Flow, reading: Reading, elapsed: float) -> Flow:
    bits, carried, tried = flow.bits, flow.carried, _tried(reading)
    if flow.draining and carried is not None:
        bits = max(bits, RETURN * carried)
    if carried is not None and (bits > PAST * carried or tried > NEAR * carried):
        carried = None
    growth = FAST
    if carried is not None and bits >= RETURN * carried:
        growth = SLOW + (FAST - SLOW) * max(0.0, bits / carried - 1) / (PAST - 1)
    most = worth(msgspec.structs.replace(flow, carried=carried), reading)
    past = max(bits, DRIFT * tried)
    bits = min(bits * growth**elapsed, most) if bits < most else min(bits * SLOW**elapsed, past)
    bits = _within(bits, flow)
    return msgspec.structs.replace(flow, bits=bits, carried=carried, draining=False)


def _within(bits: float, flow: Flow) -> float:
    return max(FLOOR + flow.sound, min(bits, CEILING))
