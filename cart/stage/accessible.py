# SPDX-License-Identifier: Apache-2.0
"""What a person finds on the screen, by role and name as an assistive tool does: AT-SPI 2 over D-Bus."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from dbus_fast import BusType, Message, MessageType
from dbus_fast.aio import MessageBus

ACCESSIBLE = "org.a11y.atspi.Accessible"
COMPONENT = "org.a11y.atspi.Component"
ROOT = "/org/a11y/atspi/accessible/root"
SCREEN_COORDINATES = 0
CALL_SECONDS = 5.0
AT_ONCE = 8
"""Calls under way: a full socket makes dbus-fast give up a call."""
BUTTON = "button"
_SHOWING, _ENABLED = 1 << 25, 1 << 8


class NotFoundError(Exception):
    """Nothing on the screen has that role and name; the message lists what there is."""


class Node(NamedTuple):
    """An accessible object: its application's bus name and its path, with what was read of it."""

    owner: str
    path: str
    role: str
    name: str
    enabled: bool


class Screen:
    """The accessible tree of the application named ``application``."""

    def __init__(self, bus: MessageBus, application: str) -> None:
        self._bus = bus
        self._application = application
        self._free = asyncio.Semaphore(AT_ONCE)

    @classmethod
    async def connect(cls, session_bus: str, application: str) -> "Screen":
        """Find the accessibility bus of a session bus address. Raises OSError or TimeoutError."""
        session = await MessageBus(bus_address=session_bus).connect()
        answer = await _call(session, "org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress")
        session.disconnect()
        bus = await MessageBus(bus_address=answer[0], bus_type=BusType.SESSION).connect()
        return cls(bus, application)

    def close(self) -> None:
        """Leave the bus."""
        self._bus.disconnect()

    async def walk(self) -> AsyncIterator[Node]:
        """Every node that is showing, the window first."""
        waiting = list(await self._applications())
        while waiting:
            nodes = await asyncio.gather(*(self._node(owner, path) for owner, path in waiting))
            waiting = []
            for node, children in (found for found in nodes if found is not None):
                waiting += children
                yield node

    async def find(self, name: str, role: str = "", *, seconds: float = 10.0, exact: bool = True) -> Node:
        """The node whose name is ``name`` (or starts with it), of that role when given. Raises NotFoundError."""
        deadline = time.monotonic() + seconds
        while True:
            seen: list[str] = []
            async for node in self.walk():
                same = node.name == name if exact else node.name.startswith(name)
                if same and (not role or node.role == role):
                    return node
                if node.name:
                    seen.append(f"{node.role} « {node.name} »")
            if time.monotonic() > deadline:
                raise NotFoundError(f"no {role or 'thing'} « {name} » on the screen; there is: " + "; ".join(seen))
            await asyncio.sleep(0.1)

    async def gone(self, name: str, *, seconds: float = 10.0) -> None:
        """Wait until nothing is called ``name``. Raises NotFoundError (it is still there)."""
        deadline = time.monotonic() + seconds
        while any([node.name == name async for node in self.walk()]):
            if time.monotonic() > deadline:
                raise NotFoundError(f"« {name} » is still on the screen")
            await asyncio.sleep(0.1)

    async def names(self) -> list[str]:
        """The name of everything that is showing."""
        return [node.name async for node in self.walk() if node.name]

    async def centre(self, node: Node) -> tuple[int, int]:
        """Where a finger would touch it, in screen pixels."""
        x, y, width, height = await self.extents(node)
        return x + width // 2, y + height // 2

    async def extents(self, node: Node) -> tuple[int, int, int, int]:
        """Where it is on the screen: x, y, width, height in pixels."""
        (extents,) = await self._call(node.owner, node.path, COMPONENT, "GetExtents", "u", [SCREEN_COORDINATES])
        x, y, width, height = extents
        return x, y, width, height

    async def _applications(self) -> list[tuple[str, str]]:
        (children,) = await self._call("org.a11y.atspi.Registry", ROOT, ACCESSIBLE, "GetChildren")
        found = []
        for owner, path in children:
            node = await self._node(owner, path)
            if node is not None and node[0].name == self._application:
                found.append((owner, path))
        return found

    async def _node(self, owner: str, path: str) -> tuple[Node, list[tuple[str, str]]] | None:
        try:
            name, (role,), (state,), (children,) = await asyncio.gather(
                self._name(owner, path),
                self._call(owner, path, ACCESSIBLE, "GetRoleName"),
                self._call(owner, path, ACCESSIBLE, "GetState"),
                self._call(owner, path, ACCESSIBLE, "GetChildren"),
            )
        except (OSError, TimeoutError):
            return None
        if role not in {"application", "frame", "window"} and not state[0] & _SHOWING:
            return None
        role = BUTTON if role == "push button" else role
        return Node(owner, path, role, name, bool(state[0] & _ENABLED)), [(one, where) for one, where in children]

    async def _call(
        self, owner: str, path: str, interface: str, member: str, signature: str = "", body: list[Any] | None = None
    ) -> list[Any]:
        async with self._free:
            return await _call(self._bus, owner, path, interface, member, signature, body)

    async def _name(self, owner: str, path: str) -> str:
        (variant,) = await _call(
            self._bus, owner, path, "org.freedesktop.DBus.Properties", "Get", "ss", [ACCESSIBLE, "Name"]
        )
        return str(variant.value)


async def _call(  # noqa: PLR0913, PLR0917 - a D-Bus call has these parts
    bus: MessageBus,
    owner: str,
    path: str,
    interface: str,
    member: str,
    signature: str = "",
    body: list[Any] | None = None,
) -> list[Any]:
    message = Message(
        destination=owner, path=path, interface=interface, member=member, signature=signature, body=body or []
    )
    reply = await asyncio.wait_for(bus.call(message), CALL_SECONDS)
    if reply is None or reply.message_type is MessageType.ERROR:
        raise OSError(f"{interface}.{member} on {path}: {reply.body if reply else 'no answer'}")
    return list(reply.body)
