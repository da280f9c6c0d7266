# SPDX-License-Identifier: Apache-2.0
"""Heart Rate Profile 1.0 (service 0x180D): any belt or armband that follows it.

Heart Rate Measurement 0x2A37 (GATT Specification Supplement): flags, rate in one or two bytes, then as flagged energy
expended and the intervals between beats (1/1024 s), which are left out.
"""

from decimal import Decimal

from device.codes import Doubt, Metric
from device.driver import Clockwork, Frame, Link
from device.errors import FrameError
from device.measurement import Measurement
from device.wire import Reader, sig_uuid
from drivers.clockwork import set_clock

MEASUREMENT = sig_uuid(0x2A37)

MOST_INTERVALS = 32
"""In one frame: ten seconds of a racing heart. A default link has room for nine (Heart Rate Service 1.0 §3.1.1.4)."""
WIDE, CONTACT, CONTACT_SUPPORTED, ENERGY, INTERVALS = 0x01, 0x02, 0x04, 0x08, 0x10


class HeartRate:
    """A stream of about one rate a second. There is no heart rate of 0: it is how a sensor says that it has none."""

    def decode(self, frame: Frame) -> list[Measurement]:
        """The rate. Raises FrameError."""
        if frame.source != MEASUREMENT:
            raise FrameError(f"no heart rate in characteristic {frame.source}")
        reader = Reader(frame.data)
        flags = reader.u8()
        rate = reader.u16() if flags & WIDE else reader.u8()
        if flags & ENERGY:
            reader.u16()
        if flags & INTERVALS:
            for _ in range(MOST_INTERVALS):
                if reader.more():
                    reader.u16()
        reader.end()
        doubt = None
        if flags & CONTACT_SUPPORTED and not flags & CONTACT:
            doubt = Doubt.NO_CONTACT
        elif rate == 0:
            doubt = Doubt.UNAVAILABLE
        if doubt is not None:
            return [Measurement(Metric.HEART_RATE, None, continuous=True, doubts=frozenset({doubt}))]
        return [Measurement(Metric.HEART_RATE, Decimal(rate), continuous=True)]

    async def prepare(self, link: Link) -> Clockwork:
        """A belt has no clock as a rule; set and read back one that has."""
        return await set_clock(link)
