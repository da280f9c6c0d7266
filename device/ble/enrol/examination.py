# SPDX-License-Identifier: Apache-2.0
"""The test of an enrolled instrument: one connection as in daily use, told step by step."""

import asyncio
from collections.abc import Sequence

from bleak.backends.device import BLEDevice

from device.ble.bus import Ble
from device.ble.connection import Stage
from device.ble.enrol import steps
from device.ble.enrol.health import diagnosis
from device.ble.enrol.reach import Reach, wants_bond
from device.ble.status import Status
from device.enrolment import Asks, BondHealth, Step
from device.errors import InstrumentError
from device.instrument import InstrumentState
from device.registry import Instrument

MEASURE = 60.0
"""Seconds for a first frame: an inflation and some talk."""
LINGER = 5.0
"""Seconds more at most for what comes after it: a memory is not cut off in its middle."""


class Examination:
    """Of one instrument; ``run`` once."""

    def __init__(self, ble: Ble, unit: Instrument, reach: Reach, asks: Asks, *, patience: float = MEASURE) -> None:
        model = ble.registry.model_of(unit)
        self._patience = patience
        self._ble = ble
        self._unit = unit
        self._model = model
        self._reach = reach
        self._asks = asks
        self._done: list[Step] = []
        self._status = Status(unit, model, ble.clock, _unheard)
        self._tally = ble.lasting(unit.id).tally
        self._stage: Stage | None = None
        self._heard = asyncio.Event()

    async def run(self) -> Sequence[Step]:
        """The steps. The test ends with the first measurement, or with the first fault of its link."""
        await self._check_bond()
        self._tell(steps.waiting(self._model.kind))
        try:
            device = await self._reach.appear()
            self._tell(steps.signal(self._reach.sighting.rssi))
            await self._measure(device)
        except InstrumentError as error:
            self._tell(steps.failed(self._next(), error))
        return tuple(self._done)

    async def _check_bond(self) -> None:
        await self._ble.read_records()
        bond = diagnosis(self._ble, self._unit).bond
        if wants_bond(self._model) and bond in (BondHealth.BONDED, BondHealth.MISSING):
            self._tell(Step(steps.BOND, passed=bond is BondHealth.BONDED, line=bond.line or "appairé"))

    async def _measure(self, device: BLEDevice) -> None:
        """Serve it as in daily use until something came, and what came with it. Raises InstrumentError."""
        connection = self._ble.connection(self._unit, self._status, self._reached)
        serving = asyncio.ensure_future(connection.serve(device))
        heard = asyncio.ensure_future(self._heard.wait())
        try:
            await asyncio.wait((serving, heard), timeout=self._patience, return_when=asyncio.FIRST_COMPLETED)
            if self._heard.is_set():
                await asyncio.wait((serving,), timeout=min(self._model.quiet, LINGER))
            if serving.done():
                serving.result()
            if not self._heard.is_set():
                self._tell(Step(steps.FRAME, passed=False, line="rien n’est arrivé : faites une mesure et recommencez"))
        finally:
            heard.cancel()
            serving.cancel()
            await asyncio.gather(heard, serving, return_exceptions=True)

    def _reached(self, stage: Stage) -> None:
        self._stage = stage
        match stage:
            case Stage.LINKED:
                self._tell(Step(steps.LINK, passed=True, line="établie"))
                self._tell(Step(steps.SERVICES, passed=True, line="ceux de son modèle"))
            case Stage.IDENTIFIED:
                self._tell(steps.serial(self._unit.serial))
                self._tell(steps.battery(self._tally.battery))
            case Stage.PREPARED:
                self._tell(steps.clock(self._tally.clock_offset, is_set=self._tally.clock_set))
            case Stage.HEARD if not self._heard.is_set():
                self._heard.set()
                self._tell(Step(steps.FRAME, passed=True, line="reçue"))

    def _next(self) -> str:
        """The step that was under way."""
        if not any(step.name == steps.SIGNAL for step in self._done):
            return steps.SIGNAL
        match self._stage:
            case None:
                return steps.LINK
            case Stage.LINKED:
                return steps.SERIAL
            case Stage.IDENTIFIED:
                return steps.CLOCK
        return steps.FRAME

    def _tell(self, step: Step) -> None:
        self._done.append(step)
        self._asks.tell(step)


def _unheard(_state: InstrumentState) -> None:
    """The screen is not told of a technician's test."""
