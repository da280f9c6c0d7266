# SPDX-License-Identifier: Apache-2.0
"""The virtual instruments of the demonstration and the training mode, inside chevet-device: they share its radio."""

import asyncio
from pathlib import Path

from device.registry import Registry
from virtual.ble.control import Control
from virtual.ble.oximeter import VirtualOximeter
from virtual.ble.radio import Radio
from virtual.ble.room import furnish


class Puppets:
    """A radio with a virtual unit for each enrolled instrument marked as simulated, and the socket that moves them."""

    def __init__(self, registry: Registry, control: Path) -> None:
        self.radio = Radio()
        self._instruments = furnish(self.radio, registry)
        self._control = Control(control, self._instruments)
        self.ready = asyncio.Event()

    async def run(self) -> None:
        """Power the radio, put the batteries in, and obey until cancelled. An oximeter is off until it is used."""
        async with self.radio:
            try:
                for instrument in self._instruments.values():
                    if not isinstance(instrument, VirtualOximeter):
                        await instrument.start()
                self.ready.set()
                await self._control.run()
            finally:
                self.ready.clear()
                for instrument in self._instruments.values():
                    await instrument.stop()
