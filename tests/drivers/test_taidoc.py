# SPDX-License-Identifier: Apache-2.0
"""TaiDoc: what lies behind the checksum, and the conversation that brings a record."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.driver import Answer, Clockwork, Frame
from device.errors import FrameError, InstrumentError
from drivers import taidoc_records
from drivers.taidoc import (
    CHARACTERISTIC,
    COUNT,
    FROM_METER,
    READ_CLOCK,
    RECORD_TIME,
    RECORD_VALUES,
    SET_CLOCK,
    SWITCH_OFF,
    content,
    message,
    moment,
    packed,
)

NOW = datetime(2026, 11, 21, 9, 30, 45)  # noqa: DTZ001 - the cart's local time, naive by contract
KINDS = (
    taidoc_records.cuff,
    taidoc_records.shared_cuff,
    taidoc_records.two_in_one,
    taidoc_records.thermometer,
    taidoc_records.glucometer,
    taidoc_records.oximeter,
)
WORD = st.binary(min_size=4, max_size=4)
MINUTES = st.datetimes(datetime(2000, 1, 1), datetime(2127, 12, 31, 23, 59)).map(  # noqa: DTZ001 - likewise
    lambda when: when.replace(second=0, microsecond=0)
)


def answer(command: int, data: bytes = bytes(4)) -> bytes:
    return message(command, data, FROM_METER)


def record(time: bytes, values: bytes) -> Frame:
    return Frame(CHARACTERISTIC, answer(RECORD_TIME, time) + answer(RECORD_VALUES, values))


@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
@given(time=WORD, values=WORD)
def test_whatever_stands_behind_a_right_sum_has_a_number_or_a_void_doubt(make, time, values):
    for one in make().decode(record(time, values)):
        assert (one.value is None) is any(doubt.void for doubt in one.doubts)
        assert one.stored
        assert one.taken == moment(time)


@given(when=MINUTES)
def test_a_time_comes_back_as_it_was_sent(when):
    assert moment(packed(when)) == when


def test_the_sums_are_those_of_the_published_requests():
    assert message(RECORD_TIME).hex() == "512500000000a319"
    assert message(RECORD_VALUES).hex() == "512600000000a31a"
    assert message(SWITCH_OFF).hex() == "515000000000a344"
    assert message(COUNT).hex() == "512b00000000a31f"
    assert content(bytes((81, 38, 107, 0, 0, 0, 165, 135)), RECORD_VALUES) == b"\x6b\0\0\0"


@given(data=st.binary(max_size=20))
def test_no_bytes_are_an_answer_by_chance(data):
    if len(data) == 8 and data[0] == 0x51 and data[6] == FROM_METER and sum(data[:7]) & 0xFF == data[7]:
        return
    with pytest.raises(FrameError):
        content(data)


class Meter:
    """A link to a meter that answers at once; ``silent`` are the commands that it never answers."""

    def __init__(self, counts: dict[int, int], *, clock: datetime | None = NOW, silent: tuple[int, ...] = ()) -> None:
        self.asked: list[tuple[int, bytes]] = []
        self.clock = packed(clock) if clock is not None else bytes(4)
        self._counts = counts
        self._silent = silent

    async def ask(
        self, _characteristic: str, data: bytes, *, answer: str, fits: Callable[[bytes], bool], gather: object = ()
    ) -> Answer:
        assert answer == CHARACTERISTIC
        assert not gather
        command, body = data[1], data[2:6]
        self.asked.append((command, body))
        if command in self._silent:
            raise InstrumentError(3, "La liaison s’est interrompue.")
        if command == SET_CLOCK:
            self.clock = body
        for said in (data, message(0x54, direction=FROM_METER), self._says(command, body)):
            if fits(said):
                return Answer(said, ())
        raise AssertionError(f"nothing fits {data.hex()}")

    def _says(self, command: int, body: bytes) -> bytes:
        if command in (READ_CLOCK, SET_CLOCK):
            return message(command, self.clock, FROM_METER)
        if command == COUNT:
            return message(command, bytes((self._counts.get(body[0], 0), 0, 0xFF, 0xFF)), FROM_METER)
        return message(command, packed(NOW) if command == RECORD_TIME else bytes((120, 0, 80, 70)), FROM_METER)

    @property
    def commands(self) -> list[int]:
        return [command for command, _ in self.asked]

    def local_time(self) -> datetime:
        return NOW


@pytest.mark.parametrize(
    ("clock", "set_", "offset"),
    [
        (NOW, True, 0.0),
        (NOW - timedelta(minutes=1), True, -60.0),
        (NOW + timedelta(minutes=1), True, 60.0),
        (NOW - timedelta(minutes=2), False, -120.0),
        (NOW.replace(year=2019), False, (NOW.replace(year=2019) - NOW).total_seconds()),
        (None, False, None),
    ],
)
async def test_a_clock_counts_as_set_when_it_is_right_to_its_minute(clock, set_, offset):
    meter = Meter({}, clock=clock)
    assert await taidoc_records.cuff().prepare(meter) == Clockwork(set_, offset)
    assert meter.commands == [READ_CLOCK]


async def test_a_meter_that_does_not_tell_its_clock_has_none():
    none = Clockwork(clock_set=False, offset=None)
    assert await taidoc_records.cuff().prepare(Meter({}, silent=(READ_CLOCK,))) == none


async def test_a_record_is_asked_for_by_its_number_and_its_user():
    meter = Meter({0: 3, 3: 1})
    frames = await taidoc_records.shared_cuff().recall(meter, None)
    assert len(frames) == 2
    assert [(command, body.hex()) for command, body in meter.asked] == [
        (COUNT, "00000000"),
        (RECORD_TIME, "00000000"),
        (RECORD_VALUES, "00000000"),
        (COUNT, "02000000"),
        (COUNT, "03000000"),
        (RECORD_TIME, "00000003"),
        (RECORD_VALUES, "00000003"),
        (COUNT, "04000000"),
        (READ_CLOCK, "00000000"),
        (SWITCH_OFF, "00000000"),
    ]
    for frame in frames:
        assert [one.value for one in taidoc_records.shared_cuff().decode(frame)] == [120, 80, 70]


async def test_a_wrong_clock_is_set_after_the_records_to_the_minute():
    meter = Meter({0: 1}, clock=datetime(2021, 1, 1))  # noqa: DTZ001 - an instrument knows no time zone
    await taidoc_records.glucometer().recall(meter, None)
    assert meter.commands[-3:] == [READ_CLOCK, SET_CLOCK, SWITCH_OFF]
    assert moment(meter.clock) == NOW.replace(second=0)


@pytest.mark.parametrize("silent", [(READ_CLOCK,), (SET_CLOCK,), (SWITCH_OFF,)])
async def test_records_are_not_lost_to_what_comes_after_them(silent):
    meter = Meter({0: 1}, clock=None, silent=silent)
    assert len(await taidoc_records.cuff().recall(meter, None)) == 1


@pytest.mark.parametrize("silent", [(COUNT,), (RECORD_TIME,), (RECORD_VALUES,)])
async def test_a_record_that_does_not_come_is_an_error_of_the_link(silent):
    with pytest.raises(InstrumentError):
        await taidoc_records.cuff().recall(Meter({0: 1}, silent=silent), None)


async def test_a_user_that_is_not_answered_for_costs_no_other_user_s_record():
    class OneUser(Meter):
        def _says(self, command: int, body: bytes) -> bytes:
            if command == COUNT and body[0]:
                raise InstrumentError(3, "La liaison s’est interrompue.")
            return super()._says(command, body)

    meter = OneUser({0: 1})
    assert len(await taidoc_records.shared_cuff().recall(meter, None)) == 1
    assert meter.commands[-1] == SWITCH_OFF
