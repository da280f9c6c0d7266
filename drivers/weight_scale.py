# SPDX-License-Identifier: Apache-2.0
"""Weight Scale Profile 1.0 (service 0x181D): any scale that follows it.

Weight Measurement 0x2A9D (GATT Specification Supplement): flags, weight in 5 g or in hundredths of a pound, then as
flagged date and time, user index, body mass index with height. The Body Composition service (0x181B) that many scales
offer beside it is not subscribed to: fat and water are no measurement of this cart.
"""

from decimal import Decimal

from device.codes import Doubt, Metric, convert
from device.driver import Clockwork, Frame, Link
from device.errors import FrameError
from device.measurement import Measurement, Quantity
from device.wire import Reader, sig_uuid
from drivers.clockwork import set_clock

MEASUREMENT = sig_uuid(0x2A9D)

POUNDS, TIME, USER, INDEX = 0x01, 0x02, 0x04, 0x08
UNSUCCESSFUL = 0xFFFF

_KILOGRAMS = Decimal("0.005")
_HUNDREDTHS = Decimal("0.01")


class WeightScale:
    """One weighing a frame.

    The user index is a memory slot of the scale and never our patient; index and height are what somebody typed into
    the scale: they are read and left out.
    """

    def decode(self, frame: Frame) -> list[Measurement]:
        """The weight. Raises FrameError."""
        if frame.source != MEASUREMENT:
            raise FrameError(f"no weight in characteristic {frame.source}")
        reader = Reader(frame.data)
        flags = reader.u8()
        raw = reader.u16()
        taken = reader.date_time() if flags & TIME else None
        if flags & USER:
            reader.u8()
        if flags & INDEX:
            reader.take(4)
        reader.end()
        doubts = set()
        if flags & TIME and taken is None:
            doubts.add(Doubt.CLOCK)
        value, reported = None, None
        if raw == UNSUCCESSFUL:
            doubts.add(Doubt.NOT_A_NUMBER)
        elif flags & POUNDS:
            reported = Quantity(raw * _HUNDREDTHS, "[lb_av]")
            value = convert(reported.value, "[lb_av]", Metric.WEIGHT)
        else:
            value = raw * _KILOGRAMS
        return [Measurement(Metric.WEIGHT, value, taken, doubts=frozenset(doubts), reported=reported)]

    async def prepare(self, link: Link) -> Clockwork:
        """Set the scale's clock and read it back."""
        return await set_clock(link)
