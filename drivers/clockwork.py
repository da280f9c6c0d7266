# SPDX-License-Identifier: Apache-2.0
"""Set an instrument's clock and read it back.

Sources: Date Time 0x2A08 (inside the profile's own service) or Current Time 0x2A2B (Current Time Service 1.1).
A write that the instrument acknowledges and does not apply is common: only what is read back counts.
"""

from datetime import datetime

from device.driver import Clockwork, Link
from device.errors import FrameError, InstrumentError
from device.wire import Reader, pack_current_time, pack_date_time, sig_uuid

DATE_TIME = sig_uuid(0x2A08)
CURRENT_TIME = sig_uuid(0x2A2B)
TOLERANCE = 5.0
"""Seconds between our time and the clock read back: a slow link, and a clock that drops the seconds' fraction."""

NO_CLOCK = Clockwork(clock_set=False, offset=None)


async def set_clock(link: Link) -> Clockwork:
    """Measure the clock's offset, set it, read it back.

    An instrument that refuses or forgets is no error: its Clockwork says ``clock_set`` false. Never raises
    InstrumentError: a lost link shows at the next step.
    """
    if link.has(DATE_TIME):
        characteristic, pack = DATE_TIME, pack_date_time
    elif link.has(CURRENT_TIME):
        characteristic, pack = CURRENT_TIME, pack_current_time
    else:
        return NO_CLOCK
    offset = await _offset(link, characteristic)
    try:
        await link.write(characteristic, pack(link.local_time()))
    except InstrumentError:
        return Clockwork(clock_set=False, offset=offset)
    after = await _offset(link, characteristic)
    return Clockwork(clock_set=after is not None and abs(after) <= TOLERANCE, offset=offset)


async def _offset(link: Link, characteristic: str) -> float | None:
    """The instrument's clock minus ours in seconds; None where it cannot be read or shows no date."""
    try:
        shown = read_clock(await link.read(characteristic))
    except (InstrumentError, FrameError):
        return None
    return None if shown is None else (shown - link.local_time()).total_seconds()


def read_clock(data: bytes) -> datetime | None:
    """The date in a Date Time or Current Time value. Raises FrameError."""
    return Reader(data).date_time()
