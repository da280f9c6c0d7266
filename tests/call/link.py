# SPDX-License-Identifier: Apache-2.0
"""A call over a slow link, simulated in steps of a millisecond.

The cart's own pacer, ledger, gauge, flow and ladder; an encoder that keeps to its bit rate; a queue before the link
that drops what does not fit; loss at random, of packets and of reports; a receiver that asks for what it lacks and
shows whole pictures in order.
"""

import random
from collections import deque
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

from call.budget import Budget
from call.congestion import Flow, Gauge, follow
from call.feedback import WRAP, Ledger, Load, Message
from call.pacer import PATIENCE, SILENT, Pacer, room
from call.padding import LEAST, Fill, Padding, pad
from call.rate import LADDER, Rate, climb

STEP, REPORT, DELAY, DEPTH, LOOK = 0.001, 0.1, 0.02, 0.4, 0.04
PACKET, AROUND, WHOLE = 9_600, 480, 5
"""Bits of a packet and around it; a keyframe is worth so many pictures."""
SOUND = (0.02, 1_220)
"""A voice: seconds between two packets, and the bits of one."""
GIVEN_UP = 0.6
"""Seconds after which the receiver asks for a whole picture instead."""


class Moment(NamedTuple):
    at: float
    bits: float
    queue: float
    carries: float


class Shown(NamedTuple):
    at: float
    rung: int


class Packet(NamedTuple):
    number: int
    sent: float
    bits: int
    picture: int
    place: int


class Picture:
    def __init__(self, packets: int, rung: int, *, whole: bool) -> None:
        self.lacks, self.rung, self.whole = set(range(packets)), rung, whole
        self.asked: dict[int, float] = {}


class Call:
    """``run`` it, then look at ``moments`` and at what was ``shown``."""

    def __init__(
        self,
        carries: Callable[[float], float],
        *,
        loss: float = 0.0,
        reports_lost: float | None = None,
        sound: tuple[float, int] | Callable[[float], tuple[float, int]] = SOUND,
        data: float = 8_000,
        seed: int = 1,
        jitter: float = 0.0,
        camera: float = 25.0,
        used: float = 1.0,
    ) -> None:
        self.carries, self.loss, self.jitter, self.camera = carries, loss, jitter, camera
        self.reports_lost = loss if reports_lost is None else reports_lost
        self._sound = sound if callable(sound) else lambda _: sound
        self._data, self._used = data, used
        self._chance = random.Random(seed)  # noqa: S311 - a simulation
        self.flow, self.gauge, self.rate, self.padding = Flow(), Gauge(), Rate(), Padding()
        self._fill = Fill()
        self._ledger, self._pacer, self._budget = Ledger(), Pacer(), Budget()
        self._now = self._busy = 0.0
        self._arriving: deque[tuple[float, Packet]] = deque()
        self._came: dict[int, float] = {}
        self._reported, self._next = 0.0, 0
        self._reports: deque[tuple[float, Message]] = deque()
        self._queue: deque[tuple[int, int, int]] = deque()
        self._pictures: dict[int, Picture] = {}
        self._taken = self._due = 0
        self._paced = self._spoken = self._said = 0.0
        self._waiting: float | None = None
        self._heard = 0.0
        self._asks: deque[tuple[float, int, int]] = deque()
        self._wants_whole: float | None = None
        self._rung = -1
        self._stuck = 0.0
        self.moments: list[Moment] = []
        self.shown: list[Shown] = []

    def run(self, seconds: float) -> "Call":
        while self._now < seconds:
            self._hear()
            self._speak()
            self._take()
            self._send()
            self._pad()
            self._arrive()
            self._report()
            if len(self.moments) * LOOK <= self._now:
                queue = max(0.0, self._busy - self._now)
                self.moments.append(Moment(self._now, self.flow.bits, queue, self.carries(self._now)))
            self._now += STEP
        return self

    def fps(self, start: float, end: float) -> float:
        return sum(start <= one.at < end for one in self.shown) / (end - start)

    def freeze(self, start: float, end: float) -> float:
        inside = [start, *(one.at for one in self.shown if start <= one.at < end), end]
        return max(after - before for before, after in pairwise(inside))

    def again(self, since: float, wanted: float) -> float:
        """Seconds after ``since`` from which the pictures of each second are ``wanted`` for three seconds."""
        at = since
        while at < self._now - 3:
            if all(self.fps(at + n, at + n + 1) >= wanted for n in range(3)):
                return at - since
            at += 0.1
        return 999.0

    # The cart.

    def _speak(self) -> None:
        pause, bits = self._sound(self.flow.bits)
        if self._now - self._spoken >= pause:
            self._spoken = self._now
            number = self._ledger.send(bits, self._now, Load.SOUND)
            self._enter(Packet(number, self._now, bits, -1, 0))
        if self._data and self._now - self._said >= PACKET / 4 / self._data:
            self._said = self._now
            self._enter(Packet(-1, self._now, PACKET // 4, -1, 0))

    def _take(self) -> None:
        if self._queue:
            return
        gap = 1 / min(self.camera, self.rate.shape.fps)
        if self._now < self._paced + gap:
            return
        self._waiting = self._now if self._waiting is None else self._waiting
        self._ledger.forget(self._now)
        silent = self._now - max(self._waiting, self._heard) > SILENT + DELAY
        full = not room(self._ledger.flight, self.rate.target, 2 * DELAY)
        if full and not silent and self._now - self._waiting < PATIENCE:
            return
        self._waiting = None
        self._paced = max(self._paced + gap, self._now - gap)
        whole = self._rung != self.rate.shape.width or (
            self._wants_whole is not None and self._wants_whole <= self._now
        )
        if whole:
            self._wants_whole = None
        self._rung = self.rate.shape.width
        bits = self.rate.target * self._used * gap * (min(WHOLE, max(1.0, 0.25 / gap)) if whole else 1.0)
        bits *= self._chance.choice((0.6, 0.8, 0.9, 1.0, 1.0, 1.2, 1.5))
        count = max(1, round(bits / PACKET + 0.5))
        self._pictures[self._taken] = Picture(count, self.rate.rung, whole=whole)
        self._queue.extend((self._taken, place, int(bits / count) + AROUND) for place in range(count))
        self._taken += 1

    def _send(self) -> None:
        while self._queue and not self._pacer.wait(self.rate.target, self._now):
            picture, place, bits = self._queue.popleft()
            self._leave(picture, place, bits)
        while self._asks and self._asks[0][0] <= self._now:
            _, picture, place = self._asks.popleft()
            if self._budget.allow(picture * 64 + place, PACKET, self.rate.target, self._now, 2 * DELAY):
                self._leave(picture, place, PACKET)

    def _pad(self) -> None:
        """What the picture leaves of the level, in packets that nobody lacks."""
        level = self.padding.level if self._now < self.padding.end else 0.0
        while level and self._fill.lacks(level, self._ledger.sent, self._now) >= LEAST:
            self._enter(Packet(self._ledger.send(PACKET, self._now, Load.PADDING), self._now, PACKET, -1, 0))

    def _leave(self, picture: int, place: int, bits: int) -> None:
        number = self._ledger.send(bits, self._now)
        self._pacer.sent(bits, self.rate.target, self._now)
        self._enter(Packet(number, self._now, bits, picture, place))

    def _hear(self) -> None:
        while self._reports and self._reports[0][0] <= self._now:
            _, message = self._reports.popleft()
            self._heard = self._now
            reading = self.gauge.read(self._ledger.take(message, self._now), self._now)
            if reading is not None:
                self.flow = follow(self.flow, reading)
                self.rate = climb(self.rate, int(self.flow.picture), self._now)
                whole = self.rate.rung == len(LADDER) - 1
                self.padding = pad(self.padding, self.flow, reading, whole=whole)

    # The link.

    def _enter(self, packet: Packet) -> None:
        rate = self.carries(self._now)
        self._busy = max(self._busy, self._now)
        if self._busy - self._now > DEPTH or self._chance.random() < self.loss:
            return
        self._busy += packet.bits / rate
        self._arriving.append((self._busy + DELAY + self._chance.random() * self.jitter, packet))

    # The page.

    def _arrive(self) -> None:
        while self._arriving and self._arriving[0][0] <= self._now:
            _, packet = self._arriving.popleft()
            if packet.number >= 0:
                self._came[packet.number] = self._now
            if packet.picture in self._pictures:
                self._pictures[packet.picture].lacks.discard(packet.place)
                self._ask(packet)
        self._show()

    def _ask(self, seen: Packet) -> None:
        for number in list(self._pictures):
            if number > seen.picture:
                return
            picture = self._pictures[number]
            for place in picture.lacks:
                if (number, place) < (seen.picture, seen.place) and self._now - picture.asked.get(place, -1.0) > 0.1:
                    picture.asked[place] = self._now
                    if self._chance.random() >= self.reports_lost:
                        self._asks.append((self._now + DELAY, number, place))

    def _show(self) -> None:
        while self._pictures and not (first := self._pictures[self._due]).lacks:
            self.shown.append(Shown(self._now, first.rung))
            del self._pictures[self._due]
            self._due += 1
            self._stuck = self._now
        later = next((n for n, one in self._pictures.items() if n > self._due and one.whole and not one.lacks), None)
        if later is not None:
            for number in range(self._due, later):
                self._pictures.pop(number, None)
            self._due = later
        elif self._pictures and self._now - self._stuck > GIVEN_UP and self._wants_whole is None:
            self._stuck = self._now
            self._wants_whole = self._now + DELAY

    def _report(self) -> None:
        if self._now - self._reported < REPORT:
            return
        self._reported = self._now
        if not self._came:
            return
        last = max((number - self._next) % WRAP for number in self._came) + 1
        arrivals = tuple(self._came.get((self._next + n) % WRAP) for n in range(last))
        if self._chance.random() >= self.reports_lost:
            self._reports.append((self._now + DELAY, Message(self._next, arrivals)))
        self._next = (self._next + last) % WRAP
        self._came.clear()
