# SPDX-License-Identifier: Apache-2.0
"""TaiDoc (FORA) meters: eight bytes asked, eight answered, over one characteristic.

``51``, command, four bytes, ``A3`` (to the meter) or ``A5`` (from it), the sum of the seven. Commands: 23 read the
clock, 33 set it (its answer is the time that was set), 2B count the records of a user, 25 and 26 the time and the
values of record n, the newest being 0, of a user, 50 switch off. A time: 7 bits of year from 2000, 4 of month, 5 of
day, little endian; minute (6 bits), hour (5 bits); what the bits beside them and the values mean differs by meter.

A record is the answers to 25 and 26, joined into one frame; ``drivers.taidoc_records`` says what is in it.

The clock has no seconds, and on some meters setting it blocks the records (cardio-rehab): it is read first, and set
once they are read. So what a meter measured while its clock was wrong is set aside, once.

Sources: glucometers-tech/glucometer-protocols ``src/taidoc/td42xx.md``; signatps/cardio-rehab-mobile
(``TaiDocProtocol.kt``, ``Td3128Session.kt``, ``Td4277Session.kt``); advmeds-service/advmeds-bluetooth-lib
(``taidoc/``); markchuang56/iOS-Demo (``FORA_MTI/ForaD40.h``, ``ForaD40.m``).
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

from device.driver import Clockwork, Conversation, Frame
from device.errors import FrameError, InstrumentError
from device.measurement import Measurement

CHARACTERISTIC = "00001524-1212-efde-1523-785feabcd123"
START, TO_METER, FROM_METER = 0x51, 0xA3, 0xA5
READ_CLOCK, SET_CLOCK, COUNT, RECORD_TIME, RECORD_VALUES, SWITCH_OFF = 0x23, 0x33, 0x2B, 0x25, 0x26, 0x50
SIZE = 8
NOTHING = bytes(4)
MINUTE = 60.0
"""Seconds that the meter's clock, which has none, may seem off although it is right."""

Meaning = Callable[[bytes, bytes], Sequence[Measurement]]
"""From the four bytes of a record's time and the four of its values."""


def message(command: int, data: bytes = NOTHING, direction: int = TO_METER) -> bytes:
    """The eight bytes of a request, or of an answer."""
    head = bytes((START, command)) + data + bytes((direction,))
    return head + bytes((sum(head) & 0xFF,))


def content(data: bytes, command: int | None = None) -> bytes:
    """The four bytes in an answer (to ``command``). Raises FrameError."""
    if len(data) != SIZE or data[0] != START or data[6] != FROM_METER:
        raise FrameError(f"{len(data)} bytes that are no answer: wanted at offset 0")
    if sum(data[:7]) & 0xFF != data[7]:
        raise FrameError("a sum that is wrong")
    if command not in (None, data[1]):
        raise FrameError(f"an answer to {data[1]:#x}, not to {command:#x}")
    return data[2:6]


def moment(data: bytes) -> datetime | None:
    """The time in four bytes, naive; None where it is no date of the calendar, as before the clock was ever set."""
    day = data[0] | data[1] << 8
    try:
        return datetime(2000 + (day >> 9), day >> 5 & 0x0F, day & 0x1F, data[3] & 0x1F, data[2] & 0x3F)  # noqa: DTZ001 - an instrument knows no time zone
    except ValueError:
        return None


def packed(when: datetime) -> bytes:
    """The four bytes of a time, its seconds left out."""
    day = (when.year - 2000) << 9 | when.month << 5 | when.day
    return day.to_bytes(2, "little") + bytes((when.minute, when.hour))


class TaiDoc:
    """A meter that keeps records for ``users`` (as its requests number them) with one ``meaning``."""

    def __init__(self, meaning: Meaning, users: Sequence[int] = (0,)) -> None:
        self._meaning = meaning
        self._users = users

    def decode(self, frame: Frame) -> Sequence[Measurement]:
        """What a record holds; nothing in a lone answer. Raises FrameError."""
        source, data = frame
        if source != CHARACTERISTIC:
            raise FrameError(f"no record in characteristic {source}")
        if len(data) == 2 * SIZE:
            return self._meaning(content(data[:SIZE], RECORD_TIME), content(data[SIZE:], RECORD_VALUES))
        content(data)
        return ()

    async def prepare(self, link: Conversation) -> Clockwork:
        """Read the clock: one that is right to its minute needs no setting, a wrong one waits for ``recall``."""
        try:
            offset = _offset(await _ask(link, READ_CLOCK), link)
        except InstrumentError:
            return Clockwork(clock_set=False, offset=None)
        return Clockwork(clock_set=offset is not None and abs(offset) <= MINUTE, offset=offset)

    async def recall(self, link: Conversation, after: int | None) -> Sequence[Frame]:  # noqa: ARG002 - its records bear no number
        """The newest record of each user; then the clock is set where it is wrong, and the meter switched off.

        Raises InstrumentError.
        """
        records: list[bytes] = []
        for user in self._users:
            try:
                record = await _newest(link, user)
            except InstrumentError:
                if not records:
                    raise
                break  # a meter that does not answer for a user it lacks must not cost the record of another
            if record is not None:
                records.append(record)
        with suppress(InstrumentError):
            await _settle(link)
        return [Frame(CHARACTERISTIC, record) for record in records]


async def _newest(link: Conversation, user: int) -> bytes | None:
    """Time and values of record 0 of a user, joined; None where the meter keeps none."""
    count = content(await _ask(link, COUNT, bytes((user, 0, 0, 0))))
    if not count[0] | count[1]:
        return None
    which = bytes((0, 0, 0, user))
    return await _ask(link, RECORD_TIME, which) + await _ask(link, RECORD_VALUES, which)


async def _settle(link: Conversation) -> None:
    offset = _offset(await _ask(link, READ_CLOCK), link)
    if offset is None or abs(offset) > MINUTE:
        await _ask(link, SET_CLOCK, packed(link.local_time()))
    await _ask(link, SWITCH_OFF)


async def _ask(link: Conversation, command: int, data: bytes = NOTHING) -> bytes:
    """The answer to a request: neither its echo nor the meter's greeting (54)."""

    def fits(answer: bytes) -> bool:
        with suppress(FrameError):
            content(answer, command)
            return True
        return False

    answer = await link.ask(CHARACTERISTIC, message(command, data), answer=CHARACTERISTIC, fits=fits)
    return answer.data


def _offset(answer: bytes, link: Conversation) -> float | None:
    """The meter's clock minus ours in seconds, both without their seconds."""
    shown = moment(content(answer))
    return None if shown is None else (shown - link.local_time().replace(second=0, microsecond=0)).total_seconds()
