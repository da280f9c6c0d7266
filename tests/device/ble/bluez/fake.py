# SPDX-License-Identifier: Apache-2.0
"""org.bluez and org.freedesktop.systemd1 on a private D-Bus: the real bytes of a BlueZ that can be killed."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

from dbus_fast import DBusError, Message, PropertyAccess
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusBool, DBusObjectPath, DBusSignature, DBusStr
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property, dbus_signal

HCI = "/org/bluez/hci0"


class Adapter1(ServiceInterface):
    def __init__(self, daemon: "Daemon", *, powered: bool) -> None:
        super().__init__("org.bluez.Adapter1")
        self.daemon, self.powered = daemon, powered
        self.powerings: list[bool] = []

    @dbus_property(name="Powered")
    def is_powered(self) -> DBusBool:
        return self.powered

    @is_powered.setter
    def set_powered(self, value: DBusBool) -> None:
        self.powerings.append(value)
        if self.daemon.blocked:
            raise DBusError("org.bluez.Error.Blocked", "Blocked through rfkill")
        self.powered = value
        self.emit_properties_changed({"Powered": value})

    @dbus_method(name="RemoveDevice")
    def remove_device(self, device: DBusObjectPath) -> None:
        if device not in self.daemon.devices:
            raise DBusError("org.bluez.Error.DoesNotExist", "Does Not Exist")
        self.daemon.removed.append(device)
        del self.daemon.devices[device]
        self.daemon.bus.unexport(device)


class Device1(ServiceInterface):
    def __init__(self, address: str, *, bonded: bool, connected: bool) -> None:
        super().__init__("org.bluez.Device1")
        self.of, self.bonded, self.connected = address, bonded, connected
        self.hang_ups = 0

    @dbus_property(name="Address", access=PropertyAccess.READ)
    def address(self) -> DBusStr:
        return self.of

    @dbus_property(name="Adapter", access=PropertyAccess.READ)
    def adapter(self) -> DBusObjectPath:
        return HCI

    @dbus_property(name="Paired", access=PropertyAccess.READ)
    def is_paired(self) -> DBusBool:
        return self.bonded

    @dbus_property(name="Bonded", access=PropertyAccess.READ)
    def is_bonded(self) -> DBusBool:
        return self.bonded

    @dbus_property(name="Connected", access=PropertyAccess.READ)
    def is_connected(self) -> DBusBool:
        return self.connected

    @dbus_signal(name="Disconnected")
    def say_why(self, reason: str) -> Annotated[tuple[str, str], DBusSignature("ss")]:
        return reason, "Connection terminated"

    @dbus_method(name="Disconnect")
    def disconnect(self) -> None:
        self.hang_ups += 1
        self.connected = False
        self.emit_properties_changed({"Connected": False})


class AgentManager1(ServiceInterface):
    def __init__(self, daemon: "Daemon") -> None:
        super().__init__("org.bluez.AgentManager1")
        self.daemon = daemon

    @dbus_method(name="RegisterAgent")
    def register_agent(self, agent: DBusObjectPath, capability: DBusStr) -> None:
        self.daemon.agent, self.daemon.capability = agent, capability

    @dbus_method(name="RequestDefaultAgent")
    def request_default_agent(self, agent: DBusObjectPath) -> None:
        assert agent == self.daemon.agent
        self.daemon.default = True
        self.daemon.registered.set()


class Daemon:
    """A bluetoothd. ``start`` it, ``kill`` it; ``plug`` and ``unplug`` its adapter."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.devices: dict[str, Device1] = {}
        self.removed: list[str] = []
        self.blocked = False
        self.agent = self.capability = ""
        self.default = False
        self.registered = asyncio.Event()
        self.adapter: Adapter1 | None = None
        self.bus: MessageBus

    async def start(self, *, powered: bool = True) -> None:
        self.agent, self.default = "", False
        self.registered.clear()
        self.bus = await MessageBus(self._address).connect()
        self.bus.export("/org/bluez", AgentManager1(self))
        self.plug(powered=powered)
        for path, device in self.devices.items():
            self.bus.export(path, device)
        await self.bus.request_name("org.bluez")

    async def kill(self) -> None:
        self.bus.disconnect()
        await self.bus.wait_for_disconnect()
        self.adapter = None

    def plug(self, *, powered: bool = True) -> None:
        self.adapter = Adapter1(self, powered=powered)
        self.bus.export(HCI, self.adapter)

    def unplug(self) -> None:
        self.bus.unexport(HCI)
        self.adapter = None

    def record(self, address: str, *, bonded: bool = False, connected: bool = False) -> Device1:
        path = f"{HCI}/dev_{address.replace(':', '_')}"
        device = self.devices[path] = Device1(address, bonded=bonded, connected=connected)
        self.bus.export(path, device)
        return device

    async def ask(self, member: str, signature: str, *body: object) -> Message:
        """Ask the registered agent, as bluetoothd does while it pairs."""
        names = await self.bus.call(
            Message(
                destination="org.freedesktop.DBus",
                path="/org/freedesktop/DBus",
                interface="org.freedesktop.DBus",
                member="ListNames",
            )
        )
        unique = [name for name in names.body[0] if name.startswith(":") and name != self.bus.unique_name]
        for name in unique:
            reply = await self.bus.call(
                Message(
                    destination=name,
                    path=self.agent,
                    interface="org.bluez.Agent1",
                    member=member,
                    signature=signature,
                    body=list(body),
                )
            )
            if reply.error_name not in (
                "org.freedesktop.DBus.Error.UnknownObject",
                "org.freedesktop.DBus.Error.UnknownMethod",
            ):
                return reply
        raise AssertionError("nobody has the agent")


class Manager(ServiceInterface):
    def __init__(self, restart: Callable[[], None]) -> None:
        super().__init__("org.freedesktop.systemd1.Manager")
        self.restart = restart
        self.asked: list[tuple[str, str]] = []

    @dbus_method(name="RestartUnit")
    def restart_unit(self, name: DBusStr, mode: DBusStr) -> DBusObjectPath:
        self.asked.append((name, mode))
        self.restart()
        return "/org/freedesktop/systemd1/job/1"


@asynccontextmanager
async def private_bus(folder: Path) -> AsyncIterator[str]:
    """A D-Bus daemon of this test alone; its address."""
    address = f"unix:path={folder}/bus"
    process = await asyncio.create_subprocess_exec(
        "dbus-daemon",
        "--session",
        "--nofork",
        f"--address={address}",
        "--print-address=1",
        stdout=asyncio.subprocess.PIPE,
        env={"PATH": os.environ["PATH"]},
    )
    assert process.stdout is not None
    async with asyncio.timeout(10):
        await process.stdout.readline()
    try:
        yield address
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def systemd(address: str, restart: Callable[[], None]) -> AsyncIterator[Manager]:
    """A systemd that is asked to restart units."""
    bus = await MessageBus(address).connect()
    manager = Manager(restart)
    bus.export("/org/freedesktop/systemd1", manager)
    await bus.request_name("org.freedesktop.systemd1")
    try:
        yield manager
    finally:
        bus.disconnect()
        await bus.wait_for_disconnect()
