# SPDX-License-Identifier: Apache-2.0
"""What the box feels: its battery, its voltage, its heat. Under strain the cameras are spared first."""

import asyncio
import logging
from pathlib import Path
from typing import Protocol

from device.clock import Clock
from device.power import SUPPLIES, Relief, battery, strain

log = logging.getLogger(__name__)

SECONDS = 5.0
UNDERVOLTAGE = "CHV-10"
HEAT = "CHV-11"
_POWER = "Tension trop basse : alimentation ou câble à changer. Les caméras sont ralenties."
_HEAT = "Le boîtier chauffe : aération à dégager. Les caméras sont ralenties."


class Desk(Protocol):
    """Who is told."""

    def touch(self, **changes: object) -> None:
        """Change the snapshot."""
        ...

    def warn(self, code: str, line: str) -> None:
        """Tell the technician, or take it away."""
        ...


class Eases(Protocol):
    """The cameras."""

    def ease(self, on: bool) -> None:  # noqa: FBT001 - what it is
        """Make fewer pictures, or all again."""
        ...


class Sensors:
    """Looks every few seconds. ``root`` is where the kernel's files are, ``supplies`` those of its batteries."""

    def __init__(
        self, desk: Desk, cameras: Eases, clock: Clock, root: Path = Path("/sys"), supplies: Path = SUPPLIES
    ) -> None:
        self._desk = desk
        self._cameras = cameras
        self._clock = clock
        self._root = root
        self._supplies = supplies
        self._relief = Relief()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(SECONDS)

    async def look(self) -> None:
        """Look once."""
        self._desk.touch(battery=await asyncio.to_thread(battery, self._supplies))
        found = await asyncio.to_thread(strain, self._root)
        if not self._relief.hear(found, self._clock.now().monotonic):
            return
        relief = self._relief
        log.warning("strain: undervoltage %s, heat %s, eased %s", relief.cause.power, relief.cause.heat, relief.wanted)
        self._cameras.ease(relief.wanted)
        self._desk.warn(UNDERVOLTAGE, _POWER if relief.cause.power else "")
        self._desk.warn(HEAT, _HEAT if relief.cause.heat else "")
