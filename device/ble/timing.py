# SPDX-License-Identifier: Apache-2.0
"""How long the bus waits for what, and how it slows down when something fails."""

import msgspec


class Deadlines(msgspec.Struct, frozen=True):
    """Seconds. Every wait of the bus on an instrument or on the adapter ends by one of these.

    ``silence``: a scan that hears nothing for so long is started anew, and twice as long is a fault (see ``scan``);
    ``probe``: the same after a repair. ``mute``: a stream that stops for so long while its link stands is a fault.
    ``repair``: one step of the stack's repair; ``settle`` and ``retry``: the pauses for a new stack and after the last
    step. ``first`` and ``ceiling`` bound the pause after failures in a row. ``answer``: from a request, or the last
    value it brought, to the next. ``worry``: how long the screen asks about an instrument that vanished while it
    measured.
    """

    scan: float = 10.0
    connect: float = 15.0
    read: float = 5.0
    write: float = 5.0
    subscribe: float = 10.0
    prepare: float = 20.0
    answer: float = 30.0
    recall: float = 120.0
    disconnect: float = 5.0
    silence: float = 45.0
    probe: float = 15.0
    mute: float = 90.0
    repair: float = 10.0
    settle: float = 3.0
    retry: float = 30.0
    first: float = 1.0
    ceiling: float = 60.0
    worry: float = 300.0


def backoff(failures: int, deadlines: Deadlines) -> float:
    """Seconds to wait after ``failures`` failures in a row: none after none, then doubling up to the ceiling."""
    if failures <= 0:
        return 0.0
    doublings = min(failures - 1, 16)
    return min(deadlines.ceiling, deadlines.first * 2.0**doublings)


def respite(rest: float, fruitless: int, deadlines: Deadlines) -> float:
    """Seconds to leave an instrument alone after it hung up by itself.

    ``rest`` is its model's; it doubles with each connection in a row that brought nothing, so that a cuff which shows
    itself all the time is not kept from its next measurement by us (UB-1100BLE).
    """
    return min(max(rest, deadlines.ceiling), rest * 2.0 ** min(fruitless, 16))
