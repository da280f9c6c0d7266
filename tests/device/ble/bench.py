# SPDX-License-Identifier: Apache-2.0
"""A cart's Bluetooth bus in a virtual radio room, and an ear on what it publishes."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from device.ble import Ble, Deadlines
from device.clock import SystemClock
from device.errors import InstrumentError
from device.instrument import InstrumentPhase, InstrumentState
from device.measurement import Arrival
from device.registry import Instrument, Registry
from virtual.ble.adapter import RadioAdapter
from virtual.ble.radio import Radio

CONFIG = Path(__file__).parents[3] / "config"
CUFF = Instrument("tensiometre", "and-ua-651ble", "C0:00:00:00:18:10", "5160700001", "A&D UA-651BLE", simulated=True)
OXIMETER = Instrument("oxymetre", "nonin-3230", "C0:00:00:00:18:22", "501218222", "Nonin 3230", simulated=True)
THERMOMETER = Instrument(
    "thermometre", "profile-thermometer", "C0:00:00:00:18:09", "T180900001", "Thermomètre", simulated=True
)
BRISK = Deadlines(
    connect=5.0, disconnect=2.0, silence=0.5, probe=0.5, settle=0.1, retry=0.4, first=0.05, ceiling=0.4, worry=60.0
)
PATIENCE = 10.0


class Listener:
    """Collects what the bus publishes; waits for what a test expects."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.states: list[InstrumentState] = []
        self.adapter: list[InstrumentError | None] = []
        self._changed = asyncio.Event()

    def arrive(self, arrival: Arrival) -> None:
        self.arrivals.append(arrival)
        self._changed.set()

    def change(self, state: InstrumentState) -> None:
        self.states.append(state)
        self._changed.set()

    def adapt(self, error: InstrumentError | None) -> None:
        self.adapter.append(error)
        self._changed.set()

    def state(self, instrument: Instrument) -> InstrumentState:
        return next(state for state in reversed(self.states) if state.id == instrument.id)

    def phases(self, instrument: Instrument) -> list[InstrumentPhase]:
        return [state.phase for state in self.states if state.id == instrument.id]

    def of(self, instrument: Instrument) -> list[Arrival]:
        return [arrival for arrival in self.arrivals if arrival.provenance.instrument == instrument.id]

    async def until(self, true: Callable[[], bool], patience: float = PATIENCE) -> None:
        async with asyncio.timeout(patience):
            while not true():
                self._changed.clear()
                await self._changed.wait()

    async def until_phase(
        self, instrument: Instrument, phase: InstrumentPhase, patience: float = PATIENCE
    ) -> InstrumentState:
        await self.until(lambda: self.phases(instrument)[-1:] == [phase], patience)
        return self.state(instrument)


class Bench:
    """A room, the bus under test and its listener."""

    def __init__(self, radio: Radio, ble: Ble, listener: Listener, task: asyncio.Task[None]) -> None:
        self.radio = radio
        self.ble = ble
        self.listener = listener
        self.task = task


def registry(units: Iterable[Instrument], folder: Path) -> Registry:
    """The shipped models, which want little rest after a hang-up, and these units."""
    models = folder / "models.toml"
    shipped = (CONFIG / "models.toml").read_text(encoding="utf-8")
    without = re.sub(r"^rest = .*\n", "", shipped, flags=re.MULTILINE)
    models.write_text(re.sub(r"^(\[.+\])$", r"\1\nrest = 0.2", without, flags=re.MULTILINE), encoding="utf-8")
    made = Registry.load(models, folder / "instruments.toml")
    for unit in units:
        made.enrol(unit)
    return made


@asynccontextmanager
async def bench(
    folder: Path,
    *units: Instrument,
    deadlines: Deadlines = BRISK,
    caching: bool = False,
    listener: Listener | None = None,
    managed: bool = False,
) -> AsyncIterator[Bench]:
    """A running bus for ``units``; at the end it is cancelled and must leave no task behind.

    ``managed``: the stack can be looked after, and pairs only whom a technician enrols.
    """
    listener = listener or Listener()
    radio = Radio(supervision=0.1, caching=caching)
    adapter = RadioAdapter(radio) if managed else None
    async with radio:
        ble = Ble(
            registry(units, folder),
            SystemClock(trusted=True),
            listener.arrive,
            listener.change,
            client=radio.client,
            scanner=radio.scanner,
            adapter=adapter,
            deadlines=deadlines,
            on_adapter=listener.adapt,
        )
        task = asyncio.ensure_future(ble.run())
        try:
            yield Bench(radio, ble, listener, task)
        finally:
            task.cancel()
            async with asyncio.timeout(PATIENCE):
                await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()
