# SPDX-License-Identifier: Apache-2.0
"""The virtual instruments of the demonstration and the training mode, inside chevet-device: they share its radio."""

import asyncio
from pathlib import Path

from virtual.ble.control import Control
from virtual.ble.cuff import VirtualCuff
from virtual.ble.orders import Instrument
from virtual.ble.oximeter import VirtualOximeter
from virtual.ble.radio import Radio
from virtual.ble.thermometer import VirtualThermometer


class Puppets:
    """A radio with the three enrolled units of ``config/instruments.toml`` on it, and the socket that moves them."""

    def __init__(self, control: Path) -> None:
        self.radio = Radio()
        self._instruments: dict[str, Instrument] = {
            "tensiometre": VirtualCuff(self.radio),
            "oxymetre": VirtualOximeter(self.radio),
            "thermometre": VirtualThermometer(self.radio),
        }
        self._control = Control(control, self._instruments)
        self.ready = asyncio.Event()

    async def run(self) -> None:
        """Power the radio, put the batteries in, and obey until cancelled."""
        async with self.radio:
            try:
                await self._instruments["tensiometre"].start()
                await self._instruments["thermometre"].start()
                self.ready.set()
                await self._control.run()
            finally:
                self.ready.clear()
                for instrument in self._instruments.values():
                    await instrument.stop()
