# SPDX-License-Identifier: Apache-2.0
"""What a receiver showed and heard, from what its page noted. Pure. Times are seconds of the machine's wall clock."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

WINDOW = 1.0
FREEZE = 0.5
"""Seconds without a new picture that count as a freeze."""


class Seen(NamedTuple):
    """Instants of frames; (instant, size); (instant, samples received, samples concealed); (instant, delay)."""

    frames: tuple[float, ...]
    sizes: tuple[tuple[float, str], ...]
    audio: tuple[tuple[float, int, int], ...]
    messages: tuple[tuple[float, float], ...]

    @classmethod
    def read(cls, noted: Mapping[str, Sequence[Any]]) -> "Seen":
        """Out of the page's notes (milliseconds)."""
        return cls(
            tuple(one / 1000 for one in noted["frames"]),
            tuple((one[0] / 1000, one[1]) for one in noted["sizes"]),
            tuple((one[0] / 1000, one[1], one[2]) for one in noted["audio"]),
            tuple((one[0] / 1000, one[1] / 1000) for one in noted["messages"]),
        )


def rate(seen: Seen, start: float, end: float) -> float:
    """Pictures a second between two instants."""
    count = bisect_right(seen.frames, end) - bisect_left(seen.frames, start)
    return count / max(end - start, 1e-3)


def recovered(seen: Seen, since: float, until: float, wanted: float) -> float | None:
    """Seconds from ``since`` until the last second's rate is ``wanted`` again and stays so for two more seconds."""
    step = since + WINDOW
    while step <= until - 2:
        if all(rate(seen, at - WINDOW, at) >= wanted for at in (step, step + 1, step + 2)):
            return step - WINDOW - since if step > since + WINDOW else 0.0
        step += 0.1
    return None


def freezes(seen: Seen, start: float, end: float) -> list[float]:
    """How long each freeze between two instants lasted, seconds."""
    inside = [start, *(one for one in seen.frames if start <= one <= end), end]
    return [later - sooner for sooner, later in pairwise(inside) if later - sooner > FREEZE]


def longest(gaps: Sequence[float]) -> float:
    """The longest, 0 when there is none."""
    return max(gaps, default=0.0)


def silence(seen: Seen, start: float, end: float) -> float:
    """The longest stretch between two instants in which (nearly) all sound was made up by the receiver, seconds."""
    worst = run = 0.0
    inside = [one for one in seen.audio if start <= one[0] <= end]
    for (before, received, concealed), (after, more, hidden) in pairwise(inside):
        heard = max(1, more - received)
        run = run + after - before if more == received or (hidden - concealed) / heard > 0.9 else 0.0  # noqa: PLR2004 - nearly all
        worst = max(worst, run)
    return worst


def made_up(seen: Seen, start: float, end: float) -> float:
    """The share of all sound between two instants that the receiver made up."""
    inside = [one for one in seen.audio if start <= one[0] <= end]
    steps = [(after[1] - before[1], after[2] - before[2]) for before, after in pairwise(inside)]
    heard = [step for step in steps if step[0] > 0 and step[1] >= 0]  # a fresh peer connection counts from nothing
    return sum(hidden for _, hidden in heard) / sum(received for received, _ in heard) if heard else 1.0


def full_size(seen: Seen, since: float) -> float | None:
    """Seconds from ``since`` until the largest picture that was ever shown is shown again for good; 0 when it is."""
    largest = max((size for _, size in seen.sizes), key=_area, default="")
    at, last = next(((at, size) for at, size in reversed(seen.sizes)), (since, ""))
    return max(0.0, at - since) if last == largest else None


def _area(size: str) -> int:
    width, height = size.split("x")
    return int(width) * int(height)


def delay(seen: Seen, start: float, end: float) -> float:
    """The longest that a message of the data channel took between two instants, or the wait for one, seconds."""
    inside = [one for one in seen.messages if start <= one[0] <= end]
    return max((late for _, late in inside), default=end - start)
