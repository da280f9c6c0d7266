# SPDX-License-Identifier: Apache-2.0
"""Health Thermometer Profile 1.0 (service 0x1809): any thermometer that follows it.

Temperature Measurement 0x2A1C and Intermediate Temperature 0x2A1E have one layout: flags, temperature (FLOAT), then
as flagged date and time, temperature type (where on the body).
"""

from device.codes import Doubt, Metric, Site, convert
from device.driver import Clockwork, Frame, Link
from device.errors import FrameError, InstrumentError
from device.measurement import Measurement, Quantity
from device.wire import Reader, sig_uuid
from drivers.clockwork import set_clock

MEASUREMENT = sig_uuid(0x2A1C)
TEMPERATURE_TYPE = sig_uuid(0x2A1D)
INTERMEDIATE = sig_uuid(0x2A1E)

FAHRENHEIT, TIME, TYPE = 0x01, 0x02, 0x04

SITES = {
    1: Site.ARMPIT,
    2: Site.BODY,
    3: Site.EAR,
    4: Site.FINGER,
    5: Site.GASTROINTESTINAL,
    6: Site.MOUTH,
    7: Site.RECTUM,
    8: Site.TOE,
    9: Site.TYMPANUM,
}
"""Temperature Type 0x2A1D."""


class Thermometer:
    """One temperature a frame. Intermediate ones are samples of a stream, in doubt until the final one comes."""

    def decode(self, frame: Frame) -> list[Measurement]:
        """The temperature. Raises FrameError."""
        if frame.source not in (MEASUREMENT, INTERMEDIATE):
            raise FrameError(f"no temperature in characteristic {frame.source}")
        reader = Reader(frame.data)
        flags = reader.u8()
        value, doubt = reader.float32()
        taken = reader.date_time() if flags & TIME else None
        site = SITES.get(reader.u8()) if flags & TYPE else None
        reader.end()
        intermediate = frame.source == INTERMEDIATE
        doubts = {doubt} if doubt is not None else set()
        if flags & TIME and taken is None:
            doubts.add(Doubt.CLOCK)
        if intermediate:
            doubts.add(Doubt.ONGOING)
        reported = None
        if value is not None and flags & FAHRENHEIT:
            reported = Quantity(value, "[degF]")
            value = convert(value, "[degF]", Metric.TEMPERATURE)
        return [
            Measurement(
                Metric.TEMPERATURE,
                value,
                taken,
                continuous=intermediate,
                doubts=frozenset(doubts),
                site=site,
                reported=reported,
            )
        ]

    async def prepare(self, link: Link) -> Clockwork:
        """Set the thermometer's clock and read it back; and read where it measures, when that never changes.

        Temperature Type 0x2A1D stands for the field that frames then leave out (Health Thermometer Service 1.0 §3.2).
        """
        return (await set_clock(link))._replace(site=await _site(link))


async def _site(link: Link) -> Site | None:
    if not link.has(TEMPERATURE_TYPE):
        return None
    try:
        return SITES.get(Reader(await link.read(TEMPERATURE_TYPE)).u8())
    except (InstrumentError, FrameError):
        return None
