# SPDX-License-Identifier: Apache-2.0
"""What one can tell a virtual instrument on a cable to do (see ``virtual.ble.control``), and the doing of it."""

from collections.abc import Sequence

import msgspec

from virtual.ble.orders import Impossible
from virtual.serial.finger import Finger
from virtual.serial.oximeter import VirtualSerialOximeter
from virtual.serial.scanner import VirtualScanner

SerialInstrument = VirtualSerialOximeter | VirtualScanner


class _Order(msgspec.Struct, frozen=True, tag_field="do", forbid_unknown_fields=True):
    pass


class Plug(_Order, frozen=True, tag="plug"):
    """Put its cable in."""


class Unplug(_Order, frozen=True, tag="unplug"):
    """Pull its cable out, whatever is under way."""


class Start(_Order, frozen=True, tag="start"):
    """Switch it on."""


class Die(_Order, frozen=True, tag="die"):
    """Its battery dies: no goodbye."""


class Insert(_Order, frozen=True, tag="insert-finger"):
    """A finger goes in, which switches it on; answered with the first bytes that say so."""

    saturation: int
    pulse: int


class Remove(_Order, frozen=True, tag="remove-finger"):
    """The finger goes out; answered with the first bytes that say so."""


class Read(_Order, frozen=True, tag="scan"):
    """The scanner is shown a code, its group separators (0x1D) in it."""

    text: str


_Any = Plug | Unplug | Start | Die | Insert | Remove | Read


class Handle:
    """One instrument, as the socket of the puppets moves it."""

    def __init__(self, instrument: SerialInstrument) -> None:
        self.instrument = instrument

    async def obey(self, order: bytes) -> Sequence[bytes]:
        """Do it; what was sent. Raises Impossible, msgspec.DecodeError."""
        instrument = self.instrument
        match msgspec.json.decode(order, type=_Any):
            case Plug():
                instrument.plug()
            case Unplug():
                instrument.pull()
            case Start():
                await instrument.start()
            case Die():
                await instrument.stop()
            case Read(text) if isinstance(instrument, VirtualScanner):
                return (instrument.read(text),)
            case Insert(saturation, pulse) if isinstance(instrument, VirtualSerialOximeter):
                return (await instrument.insert(Finger(saturation, pulse)),)
            case Remove() if isinstance(instrument, VirtualSerialOximeter):
                return (await instrument.remove(),)
            case _:
                raise Impossible(f"no such order for a {type(instrument).__name__}")
        return ()
