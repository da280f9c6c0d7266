# SPDX-License-Identifier: Apache-2.0
"""The product's Bluetooth bus as the cart wires it, over bleak's own backend, and an ear on what it publishes."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

from device.ble import Ble
from device.ble.bluez import BlueZ
from device.clock import SystemClock
from device.codes import Metric
from device.errors import InstrumentError
from device.instrument import InstrumentPhase, InstrumentState
from device.measurement import Arrival
from device.registry import Instrument, Registry

CONFIG = Path(__file__).parents[3] / "config"
PATIENCE = 60.0
OPEN_CUFF = Instrument("tensiometre", "profile-cuff", "C0:00:00:00:18:10", "5160700001", "Tensiomètre", simulated=True)
BONDED_CUFF = Instrument("tensiometre", "and-ua-651ble", "C0:00:00:00:18:10", "5160700001", "UA-651BLE", simulated=True)
OXIMETER = Instrument("oxymetre", "nonin-3230", "C0:00:00:00:18:22", "501218222", "Nonin 3230", simulated=True)


class Ear:
    """Collects what the bus publishes; waits for what a scenario expects."""

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

    def phase(self, instrument: Instrument) -> InstrumentPhase | None:
        """How the instrument is, as last published."""
        return next((one.phase for one in reversed(self.states) if one.id == instrument.id), None)

    async def until(self, true: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
        """Wait until it is true after something was published."""
        try:
            async with asyncio.timeout(seconds):
                while not true():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            said = [(one.id, str(one.phase), one.code) for one in self.states]
            adapter = [error and error.code for error in self.adapter]
            raise AssertionError(
                f"{what}: not in {seconds:.0f} s; arrivals {len(self.arrivals)}, states {said}, adapter {adapter}"
            ) from None

    async def arrived(self, number: int, seconds: float = PATIENCE) -> Arrival:
        """The arrival of that number, counted from one."""
        await self.until(lambda: len(self.arrivals) >= number, f"arrival {number}", seconds)
        return self.arrivals[number - 1]


def registry(folder: Path, *units: Instrument) -> Registry:
    """The shipped models and these units."""
    made = Registry.load(CONFIG / "models.toml", folder / "instruments.toml")
    for unit in units:
        made.enrol(unit)
    return made


@asynccontextmanager
async def cart(*units: Instrument) -> AsyncIterator[Ear]:
    """The bus at work for these units, on the guest's own bluetoothd; ended in the end."""
    ear = Ear()
    with tempfile.TemporaryDirectory() as folder:
        enrolled = await asyncio.to_thread(registry, Path(folder), *units)  # the adapter's chip lives in this loop
        bus = Ble(
            enrolled,
            SystemClock(trusted=True),
            ear.arrive,
            ear.change,
            adapter=BlueZ(),
            on_adapter=ear.adapt,
        )
        task = asyncio.ensure_future(bus.run())
        try:
            yield ear
        finally:
            task.cancel()
            async with asyncio.timeout(30):
                await asyncio.gather(task, return_exceptions=True)


def values(arrival: Arrival) -> dict[Metric, Decimal | None]:
    """What it says, by metric."""
    return {one.metric: one.value for one in arrival.measurements}
