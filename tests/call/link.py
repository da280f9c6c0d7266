# SPDX-License-Identifier: Apache-2.0
"""A slow link, simulated: a queue before it that drops what does not fit, loss at random, and reports every 100 ms."""

import random
from collections.abc import Callable
from typing import NamedTuple

from call.congestion import Flow, Gauge, follow
from call.feedback import Fate

FRAME, REPORT, DELAY, DEPTH = 1 / 25, 0.1, 0.03, 0.4
PACKET = 9_600
VOICE = 60_000


class Moment(NamedTuple):
    at: float
    bits: float
    queue: float
    carries: float


def travel(
    carries: Callable[[float], float], seconds: float, *, loss: float = 0.0, seed: int = 1, jitter: float = 0.0
) -> list[Moment]:
    """What the flow does on a link that carries ``carries(t)`` bits per second, voice in front."""
    rng, flow, gauge = random.Random(seed), Flow(), Gauge()  # noqa: S311 - a simulation
    busy, reported, waiting = 0.0, 0.0, []
    moments, now, owed = [], 0.0, 0.0
    while now < seconds:
        rate = carries(now)
        busy = max(busy, now) + VOICE * FRAME / rate
        owed += flow.bits * FRAME
        while owed > 0:
            bits = min(PACKET, max(2_000, owed))
            owed -= bits
            if busy - now > DEPTH or rng.random() < loss:
                waiting.append((now + DEPTH, Fate(now, int(bits), None)))
                continue
            busy += bits / rate
            arrived = busy + DELAY + rng.random() * jitter
            waiting.append((arrived, Fate(now, int(bits), arrived + 1000.0)))
        now += FRAME
        if now - reported >= REPORT:
            reported = now
            told = sorted((fate for at, fate in waiting if at <= now - DELAY), key=lambda fate: fate.sent)
            waiting = [(at, fate) for at, fate in waiting if at > now - DELAY]
            reading = gauge.read(told, now) if told else None
            if reading is not None:
                flow = follow(flow, reading)
        moments.append(Moment(now, flow.bits, max(0.0, busy - now), rate))
    return moments
