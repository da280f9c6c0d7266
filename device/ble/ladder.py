# SPDX-License-Identifier: Apache-2.0
"""What to do next about a Bluetooth stack that fails: the gentlest step not yet tried. Pure."""

from enum import StrEnum
from typing import NamedTuple

import msgspec

from device.ble.adapter import Health

PATIENCE = 4
"""Rounds during which links that still work are spared; then a cuff that cannot be found matters more."""


class Repair(StrEnum):
    """One step. Each ends by its deadline; the whole ladder stays under 30 s."""

    RESCAN = "rescan"
    """Scan again: most failures are of one call."""
    SETTLE = "settle"
    """Scan again after some seconds: a bluetoothd that has just started answers InProgress."""
    SWITCH_ON = "switch-on"
    POWER_CYCLE = "power-cycle"
    RESTART = "restart"
    """bluetoothd, through systemd."""
    WAIT = "wait"
    """Nothing is left to try for now. A USB reset is not among the steps: the cameras hang on the same hub."""
    ACCEPT = "accept"
    """Everything was tried and every call works: the room is silent, not the adapter deaf."""


RUNGS: dict[Health, tuple[Repair, ...]] = {
    Health.READY: (Repair.RESCAN, Repair.SETTLE, Repair.POWER_CYCLE, Repair.RESTART),
    Health.OFF: (Repair.SWITCH_ON, Repair.RESTART),
    Health.MISSING: (Repair.RESCAN,),
    Health.DEAD: (Repair.RESCAN, Repair.RESTART),
}
SILENT = (Repair.POWER_CYCLE, Repair.RESTART)
HARSH = frozenset({Repair.POWER_CYCLE, Repair.RESTART})
"""Every link is lost by these."""


class Trouble(NamedTuple):
    """How the stack is, whether links work, and whether the trouble is silence and not a failed call."""

    health: Health
    linked: bool = False
    silent: bool = False


class Ladder(msgspec.Struct, frozen=True):
    """What was tried since it last worked: the steps of this round, and whole rounds before it."""

    tried: tuple[Repair, ...] = ()
    rounds: int = 0


def climb(ladder: Ladder, trouble: Trouble) -> tuple[Ladder, Repair]:
    """The next step, and the ladder after it."""
    quiet = trouble.silent and trouble.health is Health.READY
    spared = HARSH if trouble.linked and ladder.rounds < PATIENCE else frozenset[Repair]()
    for step in SILENT if quiet else RUNGS[trouble.health]:
        if step not in ladder.tried and step not in spared:
            return Ladder((*ladder.tried, step), ladder.rounds), step
    if quiet:
        return Ladder(), Repair.ACCEPT
    return Ladder((), ladder.rounds + 1), Repair.WAIT
