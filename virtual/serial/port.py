# SPDX-License-Identifier: Apache-2.0
"""A serial port without hardware: a pseudo-terminal that can be plugged and pulled (closing its master is an unplug).

It has no speed, no parity and no modem lines (setting DTR raises ENOTTY, which pyserial knows).
"""

import asyncio
import os
import tty
from collections.abc import Callable, Sequence
from pathlib import Path

from device.serial import Plugged

ROOM = 4096


class VirtualPort:
    """One port at an address that stays; its terminal is another at each plugging."""

    def __init__(self, plug: Plugged) -> None:
        self.plug = plug
        self._master = -1
        self._slave = -1
        self._hear: Callable[[bytes], None] = lambda _: None

    @property
    def path(self) -> Path | None:
        """The terminal, while it is plugged."""
        return Path(os.ttyname(self._slave)) if self._slave >= 0 else None

    def plug_in(self, hear: Callable[[bytes], None] = lambda _: None) -> None:
        """Be there; ``hear`` is called in the loop with what the cart sends."""
        if self._master >= 0:
            return
        self._hear = hear
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        asyncio.get_running_loop().add_reader(self._master, self._read)

    def pull(self) -> None:
        """Be gone, whatever is under way."""
        if self._master < 0:
            return
        asyncio.get_running_loop().remove_reader(self._master)
        os.close(self._master)
        os.close(self._slave)
        self._master = self._slave = -1

    def send(self, data: bytes) -> int:
        """Put bytes on the line; those for which nobody made room are lost, as on a real one. How many went."""
        if self._master < 0:
            return 0
        try:
            return os.write(self._master, data)
        except BlockingIOError:
            return 0

    def _read(self) -> None:
        try:
            data = os.read(self._master, ROOM)
        except OSError:
            return
        self._hear(data)


class VirtualPorts:
    """The ports of a machine that has only virtual ones, by address."""

    def __init__(self, ports: Sequence[VirtualPort] = ()) -> None:
        self._ports = {port.plug.address: port for port in ports}

    def add(self, port: VirtualPort) -> None:
        """There is one more."""
        self._ports[port.plug.address] = port

    def find(self, address: str) -> Path | None:
        """The terminal of an address, None while it is not plugged."""
        port = self._ports.get(address)
        return port.path if port is not None else None

    def plugged(self) -> Sequence[Plugged]:
        """Those that are plugged."""
        return [port.plug for port in self._ports.values() if port.path is not None]
