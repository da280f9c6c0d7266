# SPDX-License-Identifier: Apache-2.0
"""A Bluetooth adapter of the kernel whose chip is ours: ``virtual.ble``'s air and peripherals around bluetoothd.

The chip stands behind /dev/vhci; the kernel and bluetoothd are its host, where ``Radio`` has bumble's.
"""

from bumble.transport import open_transport
from bumble.transport.common import Transport

from virtual.ble.link import Chip
from virtual.ble.radio import Radio

ADDRESS = "00:1A:7D:DA:71:13"
"""The adapter's public address."""


class KernelRadio(Radio):
    """A radio whose adapter the kernel owns: ``recover`` plugs it in, ``fail`` pulls it out. Bonds are BlueZ's."""

    _transport: Transport | None = None

    async def recover(self) -> None:
        """Plug the adapter in; bluetoothd finds and powers it."""
        self._transport = transport = await open_transport("vhci")
        self._chip = Chip(
            "adapter",
            host_source=transport.source,
            host_sink=transport.sink,
            link=self.air,
            public_address=ADDRESS,
        )

    async def fail(self) -> None:
        """Pull it out: its links are lost."""
        transport, chip = self._transport, self._chip
        self._transport = self._chip = None
        if transport is None or chip is None:
            return
        self.air.remove_controller(chip)
        for controller in self.air.controllers:
            for address in (chip.public_address, chip.random_address):
                controller.lose(address)
        chip.lose_all()
        await transport.close()
