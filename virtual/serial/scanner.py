# SPDX-License-Identifier: Apache-2.0
"""A virtual 2D barcode scanner on a serial line."""

from device.ins import GROUP, InsTraits
from device.people import Sex
from virtual.serial.port import VirtualPort


def datamatrix(traits: InsTraits) -> str:
    """The INS datamatrix of a person."""
    fields = (
        f"S1{traits.matricule}S2{traits.authority}{GROUP if len(traits.authority) < 20 else ''}",  # noqa: PLR2004 - its length
        f"S3{traits.given_names}{GROUP}S4{traits.family}{GROUP}",
        f"S5{'F' if traits.sex is Sex.FEMALE else 'M'}S6{traits.born:%d-%m-%Y}",
        f"S7{traits.birthplace}" if traits.birthplace else "",
    )
    return "IS01" + 22 * "0" + "".join(fields)


class VirtualScanner:
    """Reads what it is shown."""

    def __init__(self, port: VirtualPort) -> None:
        self.port = port

    def plug(self) -> None:
        """Its cable is in the cart."""
        self.port.plug_in()

    def pull(self) -> None:
        """Its cable is out."""
        self.port.pull()

    async def start(self) -> None:
        """It has no switch."""

    async def stop(self) -> None:
        """It has no switch."""

    def read(self, text: str, end: str = "\r") -> bytes:
        """Beep, and send the code."""
        data = (text + end).encode()
        self.port.send(data)
        return data
