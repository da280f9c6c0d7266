# SPDX-License-Identifier: Apache-2.0
"""The virtual instruments of the demonstration and the training mode, inside chevet-device: they share its radio, and
have serial ports of their own."""

import asyncio
from pathlib import Path

from device.registry import Registry
from virtual.ble.adapter import RadioAdapter
from virtual.ble.control import Control
from virtual.ble.fingertip import VirtualFingertip
from virtual.ble.oximeter import VirtualOximeter
from virtual.ble.radio import Radio
from virtual.ble.room import furnish
from virtual.serial.orders import Handle
from virtual.serial.port import VirtualPorts
from virtual.serial.room import furnish as furnish_serial


class Puppets:
    """A radio and serial ports with a virtual unit for each enrolled instrument marked as simulated, and the socket
    that moves them."""

    def __init__(self, registry: Registry, control: Path) -> None:
        self.radio = Radio()
        self.adapter = RadioAdapter(self.radio)
        self.ports = VirtualPorts()
        self._instruments = furnish(self.radio, registry)
        self._cabled = furnish_serial(self.ports, registry)
        handles = {name: Handle(instrument) for name, instrument in self._cabled.items()}
        self._control = Control(control, self._instruments, handles)
        self.ready = asyncio.Event()

    async def run(self) -> None:
        """Power the radio, put the batteries and the cables in, and obey until cancelled. An oximeter is off until it
        is used."""
        async with self.radio:
            try:
                for instrument in self._instruments.values():
                    if not isinstance(instrument, VirtualOximeter | VirtualFingertip):
                        await instrument.start()
                for cabled in self._cabled.values():
                    cabled.plug()
                self.ready.set()
                await self._control.run()
            finally:
                self.ready.clear()
                for instrument in self._instruments.values():
                    await instrument.stop()
                for cabled in self._cabled.values():
                    await cabled.stop()
                    cabled.pull()
