# SPDX-License-Identifier: Apache-2.0
"""How long the serial bus waits for what, and how it slows down when something fails."""

import msgspec


class Deadlines(msgspec.Struct, frozen=True):
    """Seconds. Every wait of the bus on a line ends by one of these.

    ``gather``: bytes are read together for so long, at most ten times a second. ``look``: how often an absent port
    is looked for. ``tick``: how often an open line's silence is minded. ``silence``: after so long without a frame a
    stream has stopped; ``partial``: and a scanner's code without an end is given up. ``proof``: an enrolment or a test
    waits so long for a frame. ``worry``: how long the screen asks about an instrument that fell silent. ``first`` and
    ``ceiling`` bound the pause after failures in a row.
    """

    open: float = 5.0
    write: float = 2.0
    close: float = 3.0
    gather: float = 0.1
    look: float = 0.5
    tick: float = 0.5
    silence: float = 2.0
    partial: float = 1.0
    greet: float = 2.0
    proof: float = 30.0
    worry: float = 300.0
    first: float = 0.5
    ceiling: float = 60.0


def backoff(failures: int, deadlines: Deadlines) -> float:
    """Seconds to wait after ``failures`` failures in a row: none after none, then doubling up to the ceiling."""
    if failures <= 0:
        return 0.0
    return min(deadlines.ceiling, deadlines.first * 2.0 ** min(failures - 1, 16))
