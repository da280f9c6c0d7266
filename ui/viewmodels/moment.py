# SPDX-License-Identifier: Apache-2.0
"""What every presentation starts from, and which screen it is: the state decides, so a restarted screen is the same."""

from datetime import date, datetime

import msgspec

from device.clock import Instant
from device.station.state import State
from ui.file import File


class Moment(msgspec.Struct, frozen=True):
    """The newest state and file, read at ``now`` (CLOCK_MONOTONIC, seconds; the station's clock on the same machine).

    ``lost``: seconds since the station was last heard, None while it is there. ``local`` is the local wall clock."""

    state: State
    file: File | None
    now: float
    local: datetime
    lost: float | None = None

    @property
    def today(self) -> date:
        """The local date."""
        return self.local.date()

    def since(self, instant: Instant) -> float:
        """Seconds since ``instant``, never negative; by the wall clock when it dates from before a restart."""
        elapsed = self.now - instant.monotonic
        return elapsed if elapsed >= 0 else max(0.0, (self.local - instant.wall).total_seconds())


def screen(moment: Moment) -> str:
    """The screen's name, from the state alone."""
    encounter = moment.state.encounter
    if moment.state.operator is None:
        return "sign-in"
    if encounter is None:
        return "home"
    if encounter.closed is not None:
        return "summary"
    if encounter.identified is None or encounter.consent is None:
        return "consent"
    return "encounter"
