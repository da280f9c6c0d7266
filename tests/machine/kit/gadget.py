# SPDX-License-Identifier: Apache-2.0
"""A USB serial adapter (CDC-ACM) of the kernel's own making, plugged into the guest itself: dummy_hcd and libcomposite.

What is written on /dev/ttyGS0 comes out of the port that the product opens, and the other way round.
"""

import asyncio
import contextlib
import os
import tty
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from tests.machine.kit.tools import tool, until

INNER = Path("/dev/ttyGS0")
NAME = Path("/dev/serial/by-id/usb-Chevet_Virtual_adapter_V0001-if00")
"""The stable name that udev gives it."""
CONFIGURED = Path("/sys/kernel/config/usb_gadget/adapter")
CABLE = CONFIGURED / "UDC"
PLUGGED, PULLED = "dummy_udc.0", "\n"
FIELDS = {
    "idVendor": "0x1d6b",
    "idProduct": "0x0104",
    "strings/0x409/manufacturer": "Chevet",
    "strings/0x409/product": "Virtual adapter",
    "strings/0x409/serialnumber": "V0001",
}
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
        CABLE.write_text(PLUGGED)

    async def plugged(self) -> None:
        """Wait for udev."""
        await until(NAME.exists, f"udev names {NAME}")

    def pull(self) -> None:
        """Take the cable out, whatever is under way; the kernel then hangs up the inner end, too."""
        self.close()
        CABLE.write_text(PULLED)

    def send(self, data: bytes) -> int:
        """Put bytes on the line; those that find no room are lost. How many went."""
        with contextlib.suppress(OSError):
            return os.write(self._inner, data) if self._inner >= 0 else 0
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


def _configure() -> None:
    """Make the adapter, once (Documentation/usb/gadget_configfs.rst); it stays, its cable out."""
    if not CONFIGURED.exists():
        for folder in ("", "strings/0x409", "configs/c.1", "functions/acm.0"):
            (CONFIGURED / folder).mkdir()
        for name, value in FIELDS.items():
            (CONFIGURED / name).write_text(value)
        (CONFIGURED / "configs/c.1/acm.0").symlink_to(CONFIGURED / "functions/acm.0")
    elif CABLE.read_text().strip():
        CABLE.write_text(PULLED)


@asynccontextmanager
async def gadget() -> AsyncIterator[Gadget]:
    """The adapter, its cable out."""
    for module in ("dummy_hcd", "libcomposite", "usb_f_acm"):
        await tool("modprobe", module)
    await asyncio.to_thread(_configure)
    await until(lambda: INNER.exists() and not NAME.exists(), "its cable is out")
    made = Gadget()
    try:
        yield made
    finally:
        made.close()
