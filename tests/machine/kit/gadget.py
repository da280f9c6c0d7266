# SPDX-License-Identifier: Apache-2.0
"""A USB serial adapter (CDC-ACM) of the kernel's own making, plugged into the guest itself: dummy_hcd and g_serial.

What is written on /dev/ttyGS0 comes out of the port that the product opens, and the other way round.
"""

import asyncio
import contextlib
import os
import tty
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from tests.machine.kit.tools import ToolError, tool, until

INNER = Path("/dev/ttyGS0")
CABLE = Path("/sys/class/udc/dummy_udc.0/soft_connect")
NAME = Path("/dev/serial/by-id/usb-Chevet_Virtual_adapter_V0001-if00")
"""The stable name that udev gives it."""
OPTIONS = ("use_acm=1", "iManufacturer=Chevet", 'iProduct="Virtual adapter"', "iSerialNumber=V0001")
ROOM = 4096


class Gadget:
    """The adapter with an instrument's electronics behind it: stands where ``virtual.serial.port.VirtualPort`` does."""

    path = NAME

    def __init__(self) -> None:
        self._inner = -1
        self._hear: Callable[[bytes], None] = lambda _data: None

    @property
    def device(self) -> str:
        """The number that it has at present, as /dev/ttyACM0."""
        return os.path.realpath(NAME)

    def plug_in(self, hear: Callable[[bytes], None] = lambda _data: None) -> None:
        """Put the cable in; the port is there once udev has named it (``plugged``)."""
        self._hear = hear
        self._open()
        CABLE.write_text("connect")

    async def plugged(self) -> None:
        """Wait for udev."""
        await until(NAME.exists, f"udev names {NAME}")

    def pull(self) -> None:
        """Take the cable out, whatever is under way."""
        CABLE.write_text("disconnect")

    def send(self, data: bytes) -> int:
        """Put bytes on the line; those that find no room are lost. How many went."""
        with contextlib.suppress(BlockingIOError):
            return os.write(self._inner, data)
        return 0

    def close(self) -> None:
        """Let go of the inner end."""
        if self._inner >= 0:
            asyncio.get_running_loop().remove_reader(self._inner)
            os.close(self._inner)
            self._inner = -1

    def _open(self) -> None:
        if self._inner < 0:
            self._inner = os.open(INNER, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
            tty.setraw(self._inner)
            asyncio.get_running_loop().add_reader(self._inner, self._read)

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            data = os.read(self._inner, ROOM)
            if data:
                self._hear(data)


@asynccontextmanager
async def gadget() -> AsyncIterator[Gadget]:
    """The adapter, its cable out."""
    for module in ("g_serial", "dummy_hcd"):
        with contextlib.suppress(ToolError):
            await tool("modprobe", "-r", module)
    await tool("modprobe", "dummy_hcd")
    await tool("modprobe", "g_serial", *OPTIONS)
    made = Gadget()
    await until(lambda: INNER.exists() and CABLE.exists(), "the gadget is there")
    made.pull()
    await until(lambda: not NAME.exists(), "its cable is out")
    try:
        yield made
    finally:
        made.close()
