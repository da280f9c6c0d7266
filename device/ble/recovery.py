# SPDX-License-Identifier: Apache-2.0
"""The Bluetooth stack's repair, one step of the ladder after the other, and the one line that the operator sees."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable

from device.ble import faults
from device.ble.adapter import Adapter, Health
from device.ble.ladder import Ladder, Repair, Trouble, climb
from device.ble.link import TRANSPORT, within
from device.ble.timing import Deadlines
from device.errors import InstrumentError

log = logging.getLogger(__name__)


class Recovery:
    """``linked`` tells whether any link works. ``on_adapter`` is told an InstrumentError once when the trouble outlasts
    its first repair or is not of one call, and None when all is well again."""

    def __init__(
        self,
        adapter: Adapter,
        linked: Callable[[], bool],
        on_adapter: Callable[[InstrumentError | None], None],
        deadlines: Deadlines,
    ) -> None:
        self.steps: deque[Repair] = deque(maxlen=20)
        """The last ones of the present trouble."""
        self._adapter = adapter
        self._linked = linked
        self._on_adapter = on_adapter
        self._deadlines = deadlines
        self._ladder = Ladder()
        self._said = False
        self._died = False
        self._better = asyncio.Event()

    def told(self, health: Health) -> None:
        """The stack says how it is: whatever waits for better times need not wait longer."""
        if health is Health.READY:
            self._better.set()
        elif health is not Health.OFF:
            self._died = True

    def well(self) -> None:
        """It works."""
        self._ladder = Ladder()
        self.steps.clear()
        if self._said:
            self._said = False
            self._on_adapter(None)

    async def mend(self, detail: str, *, silent: bool = False) -> bool:
        """Take the next step. False when nothing was wrong after all: the room is silent. Never raises."""
        self._better.clear()
        health = await self._adapter.health()
        if self._died or health in (Health.DEAD, Health.MISSING):
            self._died = False
            self._adapter.renew()
        before = self._ladder
        self._ladder, step = climb(before, Trouble(health, self._linked(), silent))
        log.warning("Bluetooth is %s: %s; next: %s", health, detail, step)
        if step is Repair.ACCEPT:
            self.well()
            return False
        self.steps.append(step)
        if before.tried or before.rounds or health is not Health.READY:
            self._say(detail)
        await self._take(step)
        return True

    def _say(self, detail: str) -> None:
        if not self._said:
            self._said = True
            self._on_adapter(faults.deaf(detail))

    async def _take(self, step: Repair) -> None:
        try:
            match step:
                case Repair.SWITCH_ON:
                    await within(self._deadlines.repair, self._adapter.switch_on())
                case Repair.POWER_CYCLE:
                    await within(self._deadlines.repair, self._adapter.power_cycle())
                case Repair.RESTART:
                    await within(self._deadlines.repair, self._adapter.restart())
        except (InstrumentError, *TRANSPORT) as error:
            log.warning("%s: %s", step, error)
        pauses = {Repair.WAIT: self._deadlines.retry, Repair.SETTLE: self._deadlines.settle}
        await self._pause(pauses.get(step, self._deadlines.first))

    async def _pause(self, seconds: float) -> None:
        """That long, or until the stack says that it is ready."""
        try:
            async with asyncio.timeout(seconds):
                await self._better.wait()
        except TimeoutError:
            return
