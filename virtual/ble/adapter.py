# SPDX-License-Identifier: Apache-2.0
"""``device.ble.adapter.Adapter`` over the virtual radio: its health, its bonds, its repair."""

import asyncio
from collections.abc import Callable

from bumble import core

from device.ble.adapter import Health, Known
from device.ble.pairing import Pairing
from virtual.ble.link import obedient
from virtual.ble.radio import Radio


class RadioAdapter:
    """From when it is made, nobody pairs but the unit under enrolment."""

    def __init__(self, radio: Radio) -> None:
        self.pairing = Pairing()
        self.restarts = 0
        radio.admit(self.pairing)
        self._radio = radio

    async def run(self, told: Callable[[Health], None]) -> None:
        """Tell when the adapter is pulled out and put back."""
        changed = asyncio.Event()
        self._radio.watchers.append(changed.set)
        try:
            while True:
                changed.clear()
                told(await self.health())
                await changed.wait()
        finally:
            self._radio.watchers.remove(changed.set)

    async def health(self) -> Health:
        """READY while it is plugged in."""
        return Health.MISSING if self._radio.adapter is None else Health.READY

    async def switch_on(self) -> None:
        """It is on whenever it is there."""

    async def power_cycle(self) -> None:
        """Every link is lost, bonds are kept."""
        if self._radio.adapter is not None:
            await self._radio.fail()
            await self._radio.recover()

    async def restart(self) -> None:
        """There is no daemon; likewise."""
        self.restarts += 1
        await self.power_cycle()

    def renew(self) -> None:
        """Nothing outlives the radio here."""

    async def known(self) -> tuple[Known, ...]:
        """Bonded, connected and remembered devices."""
        adapter = self._radio.adapter
        if adapter is None:
            return ()
        bonded = {_plain(name) for name, _keys in await adapter.keystore.get_all()}
        connected = {_plain(str(one.peer_address)) for one in adapter.connections.values()}
        addresses = sorted(bonded | connected | set(self._radio.cache))
        return tuple(Known(one, bonded=one in bonded, connected=one in connected) for one in addresses)

    async def forget(self, address: str) -> None:
        """Its bond, its link, and what is remembered of its services."""
        adapter = self._radio.adapter
        self._radio.cache.pop(address, None)
        if adapter is None:
            return
        for name, _keys in await adapter.keystore.get_all():
            if _plain(name) == address:
                await adapter.keystore.delete(name)
        await self.hang_up(address)

    async def hang_up(self, address: str) -> None:
        """End its link."""
        adapter = self._radio.adapter
        links = () if adapter is None else tuple(adapter.connections.values())
        for link in links:
            if _plain(str(link.peer_address)) == address:
                try:
                    await obedient(link.disconnect())
                except core.BaseBumbleError:
                    return


def _plain(address: str) -> str:
    return address.split("/", maxsplit=1)[0]
