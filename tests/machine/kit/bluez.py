# SPDX-License-Identifier: Apache-2.0
"""The guest's bluetoothd: started clean, killed, asked what it knows."""

import contextlib
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from dbus_fast import BusType, Message, MessageType
from dbus_fast.aio import MessageBus

from tests.machine.kit.adapter import ADDRESS, KernelRadio
from tests.machine.kit.tools import ToolError, tool, until

KEPT = Path("/var/lib/bluetooth")
ADAPTER, DEVICE = "org.bluez.Adapter1", "org.bluez.Device1"


class Bluez:
    """bluetoothd, seen from outside the product."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus

    async def objects(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Everything it offers on D-Bus: path, interface, property. Nothing while it does not answer."""
        answer = await self._bus.call(
            Message(
                destination="org.bluez",
                path="/",
                interface="org.freedesktop.DBus.ObjectManager",
                member="GetManagedObjects",
            )
        )
        if answer is None or answer.message_type is not MessageType.METHOD_RETURN:
            return {}
        return {
            path: {name: {key: value.value for key, value in those.items()} for name, those in interfaces.items()}
            for path, interfaces in answer.body[0].items()
        }

    async def adapter(self) -> dict[str, Any] | None:
        """The adapter's properties."""
        found = [those[ADAPTER] for those in (await self.objects()).values() if ADAPTER in those]
        return found[0] if found else None

    async def device(self, address: str) -> dict[str, Any] | None:
        """What it knows of an instrument."""
        found = [those[DEVICE] for those in (await self.objects()).values() if DEVICE in those]
        return next((one for one in found if one["Address"] == address), None)

    async def bonded(self, address: str) -> bool:
        """Whether it holds keys of the instrument."""
        found = await self.device(address)
        return found is not None and bool(found.get("Bonded", found["Paired"]))

    async def powered(self) -> bool:
        """Whether an adapter is there and on."""
        found = await self.adapter()
        return found is not None and bool(found["Powered"])

    async def start(self) -> None:
        """Start it."""
        await tool("systemctl", "start", "bluetooth")

    async def stop(self) -> None:
        """Stop it as an administrator does."""
        await tool("systemctl", "stop", "bluetooth")

    async def kill(self) -> None:
        """Kill it as a segmentation fault would."""
        process = int(await tool("systemctl", "show", "bluetooth", "-P", "MainPID"))
        assert process, "bluetoothd does not run"
        os.kill(process, signal.SIGKILL)

    def forget(self, address: str) -> None:
        """Take the keys of an instrument away while bluetoothd is stopped, and what it remembers of its services."""
        for path in (KEPT / ADDRESS / address, KEPT / ADDRESS / "cache" / address):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


@asynccontextmanager
async def bluetooth() -> AsyncIterator[tuple[KernelRadio, Bluez]]:
    """A fresh bluetoothd that knows no instrument, its adapter plugged in and powered."""
    await tool("systemctl", "stop", "bluetooth")
    with contextlib.suppress(ToolError):  # it may never have run
        await tool("systemctl", "reset-failed", "bluetooth")
    shutil.rmtree(KEPT, ignore_errors=True)
    await tool("systemctl", "start", "bluetooth")
    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    bluez = Bluez(bus)
    try:
        async with KernelRadio() as radio:
            await until(bluez.powered, "bluetoothd powers the adapter")
            yield radio, bluez
    finally:
        bus.disconnect()
