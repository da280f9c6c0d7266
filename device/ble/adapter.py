# SPDX-License-Identifier: Apache-2.0
"""What the bus asks of the Bluetooth stack beside scanning and connections: its health, its records, its repair."""

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple, Protocol

from device.ble.pairing import Pairing


class Health(StrEnum):
    """How the stack is."""

    READY = "ready"
    OFF = "off"
    """The adapter is there and not powered."""
    MISSING = "missing"
    """There is no adapter."""
    DEAD = "dead"
    """bluetoothd is not there, or does not answer."""


class Known(NamedTuple):
    """What the stack has on record of one device."""

    address: str
    bonded: bool
    connected: bool
    battery: int | None = None


class Adapter(Protocol):
    """The stack. Every call has a deadline and raises InstrumentError (BLE-07)."""

    pairing: Pairing

    async def run(self, told: Callable[[Health], None]) -> None:
        """Keep the pairing agent registered and tell the health, once at the start and at each change."""
        ...

    async def health(self) -> Health:
        """How it is now. Never raises."""
        ...

    async def switch_on(self) -> None:
        """Power the adapter."""
        ...

    async def power_cycle(self) -> None:
        """Power the adapter off and on. Every link is lost."""
        ...

    async def restart(self) -> None:
        """Have the stack itself started anew. Every link is lost, bonds are kept."""
        ...

    def renew(self) -> None:
        """Drop what this process remembers of a stack that is no more."""
        ...

    async def known(self) -> tuple[Known, ...]:
        """Every device on record."""
        ...

    async def forget(self, address: str) -> None:
        """Remove a device's record, its bond and what is remembered of its services; nothing to do without one."""
        ...

    async def hang_up(self, address: str) -> None:
        """End a link, whoever began it; nothing to do without one."""
        ...


async def on_record(adapter: Adapter, address: str) -> Known | None:
    """What the stack knows of ``address``. Raises InstrumentError."""
    return next((one for one in await adapter.known() if one.address == address), None)


class Unmanaged:
    """No stack to look after: tests and programs whose radio has nothing but a client and a scanner."""

    def __init__(self) -> None:
        self.pairing = Pairing()

    async def run(self, told: Callable[[Health], None]) -> None:
        """Nothing ever changes."""
        told(Health.READY)

    async def health(self) -> Health:
        """Nothing is known to be wrong."""
        return Health.READY

    async def switch_on(self) -> None:
        """It is on."""

    async def power_cycle(self) -> None:
        """Nothing to do."""

    async def restart(self) -> None:
        """Nothing to do."""

    def renew(self) -> None:
        """Nothing is remembered."""

    async def known(self) -> tuple[Known, ...]:
        """Nothing is on record."""
        return ()

    async def forget(self, address: str) -> None:
        """Nothing is on record."""

    async def hang_up(self, address: str) -> None:
        """Nothing to do."""
