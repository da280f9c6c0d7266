# SPDX-License-Identifier: Apache-2.0
"""Records by the Record Access Control Point: the specification’s conversations. The fake is a meter on the wire."""

import pytest

from device.driver import Answer, Frame, Prepared, Recalled
from device.errors import InstrumentError
from drivers.glucose import CONTEXT, CONTROL_POINT, MEASUREMENT, Glucose

NO_RECORDS = bytes([6, 0, 1, 6])
SUCCESS = bytes([6, 0, 1, 1])
COUNT_ALL, LAST, ABORT = bytes([4, 1]), bytes([1, 6]), bytes([3, 0])


def record(number, *, context=False, milligrams=95):
    flags = 0x02 | (0x10 if context else 0)
    body = bytes([flags]) + number.to_bytes(2, "little") + bytes.fromhex("ea070b15081e00")
    return Frame(MEASUREMENT, body + (0xB000 | milligrams).to_bytes(2, "little") + b"\x11")


def context(number, meal=1):
    return Frame(CONTEXT, bytes([2]) + number.to_bytes(2, "little") + bytes([meal]))


def at_least(number):
    return bytes([1, 3, 1]) + number.to_bytes(2, "little")


def count(number):
    return bytes([5, 0]) + number.to_bytes(2, "little")


class Meter:
    """Answers each request as it was told to, and writes down what it was asked."""

    def __init__(self, answers, *, contexts=True):
        self.answers, self.contexts, self.asked, self.written = answers, contexts, [], []

    def has(self, characteristic):
        return characteristic != CONTEXT or self.contexts

    async def write(self, characteristic, data):
        assert characteristic == CONTROL_POINT
        self.written.append(data)

    async def ask(self, characteristic, data, *, answer, gather=()):
        assert characteristic == answer == CONTROL_POINT
        self.asked.append((data, tuple(gather)))
        found = self.answers[data]
        if isinstance(found, InstrumentError):
            raise found
        frames, last = found
        return Answer(last, tuple(frames))

    async def recall(self, after):
        return await Glucose().recall(self, after)


def test_a_meter_has_a_clock_and_a_memory():
    assert isinstance(Glucose(), Prepared)
    assert isinstance(Glucose(), Recalled)


async def test_the_first_time_only_the_last_record_is_asked_for():
    meter = Meter({COUNT_ALL: ([], count(12)), LAST: ([record(12)], SUCCESS)})
    assert await meter.recall(None) == [record(12)]
    assert [request for request, _ in meter.asked] == [COUNT_ALL, LAST]


@pytest.mark.parametrize("empty", [count(0), bytes([6, 0, 4, 6])])
async def test_an_empty_memory_is_no_error(empty):
    assert await Meter({COUNT_ALL: ([], empty)}).recall(None) == []


async def test_a_meter_that_does_not_count_is_asked_for_its_last_record():
    meter = Meter({COUNT_ALL: ([], bytes([6, 0, 4, 2])), LAST: ([record(3)], SUCCESS)})
    assert await meter.recall(None) == [record(3)]


async def test_then_only_later_records_are_asked_for():
    meter = Meter({at_least(13): ([record(13), record(14)], SUCCESS)})
    assert await meter.recall(12) == [record(13), record(14)]
    assert meter.asked == [(at_least(13), (MEASUREMENT, CONTEXT))]


async def test_nothing_new_is_no_error():
    meter = Meter({at_least(13): ([], NO_RECORDS), LAST: ([record(12)], SUCCESS)})
    assert await meter.recall(12) == []


async def test_a_memory_that_was_emptied_counts_anew_and_is_seen():
    meter = Meter({at_least(13): ([], NO_RECORDS), LAST: ([record(1)], SUCCESS)})
    assert await meter.recall(12) == [record(1)]


async def test_an_emptied_memory_without_a_record_is_no_error():
    assert await Meter({at_least(13): ([], NO_RECORDS), LAST: ([], NO_RECORDS)}).recall(12) == []


@pytest.mark.parametrize("code", [2, 4, 9])
async def test_a_meter_that_cannot_filter_gives_its_last_record(code):
    unable = bytes([6, 0, 1, code])
    assert await Meter({at_least(13): ([], unable), LAST: ([record(15)], SUCCESS)}).recall(12) == [record(15)]
    assert await Meter({at_least(13): ([], unable), LAST: ([record(12)], SUCCESS)}).recall(12) == []


async def test_after_the_highest_number_the_last_record_tells_whether_it_went_round():
    assert await Meter({LAST: ([record(0)], SUCCESS)}).recall(65535) == [record(0)]
    assert await Meter({LAST: ([record(65535)], SUCCESS)}).recall(65535) == []


async def test_records_and_contexts_out_of_order_are_joined_by_their_number():
    frames = [context(9, 2), record(10), record(9, context=True), context(8), record(8, context=True)]
    found = await Meter({at_least(8): (frames, SUCCESS)}).recall(7)
    joined = [record(number, context=True).data + context(number, meal).data for number, meal in ((8, 1), (9, 2))]
    assert [frame.data for frame in found] == [*joined, record(10).data]
    assert [Glucose().decode(frame)[0].sequence for frame in found] == [8, 9, 10]
    assert [Glucose().decode(frame)[0].meal for frame in found] == ["before-meal", "after-meal", None]


async def test_a_context_that_does_not_come_costs_nothing_but_the_meal():
    (found,) = await Meter({at_least(8): ([record(8, context=True)], SUCCESS)}).recall(7)
    assert Glucose().decode(found)[0].value == 95


async def test_a_context_that_nobody_announced_is_left_out():
    (found,) = await Meter({at_least(8): ([record(8), context(8)], SUCCESS)}).recall(7)
    assert found == record(8)


async def test_the_same_record_twice_in_one_answer_is_one():
    assert len(await Meter({at_least(8): ([record(8), record(8)], SUCCESS)}).recall(7)) == 1


async def test_a_meter_without_contexts_is_not_listened_to_for_them():
    meter = Meter({at_least(8): ([record(8)], SUCCESS)}, contexts=False)
    await meter.recall(7)
    assert meter.asked == [(at_least(8), (MEASUREMENT,))]


async def test_a_frame_too_short_for_a_number_is_left_to_the_decoder():
    found = await Meter({at_least(8): ([Frame(MEASUREMENT, b"\x02"), record(8)], SUCCESS)}).recall(7)
    assert found == [record(8), Frame(MEASUREMENT, b"\x02")]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (bytes([6, 0, 1, 8]), "response code 0x08 to request 0x01"),
        (bytes([6, 0, 1, 5]), "response code 0x05"),
        (bytes([6, 0, 1, 0]), "response code 0x00"),
        (bytes([6, 0, 4, 1]), "for request 0x04 answers 0x01"),
        (bytes([7, 0, 1, 1]), "op code 0x07"),
        (count(3), "op code 0x05"),
        (b"", "an answer of 0 bytes"),
        (b"\x06\x00\x01", "an answer of 3 bytes"),
    ],
)
async def test_any_other_answer_is_an_error_and_the_procedure_is_aborted(answer, said):
    meter = Meter({at_least(8): ([record(8)], answer)})
    with pytest.raises(InstrumentError, match=said) as caught:
        await meter.recall(7)
    assert caught.value.code == "BLE-30"
    assert caught.value.retry
    assert meter.written == [ABORT]


async def test_a_meter_that_falls_silent_is_told_to_stop():
    silence = InstrumentError(3, "La liaison s’est interrompue.", "no answer", retry=True)
    meter = Meter({at_least(8): silence})
    with pytest.raises(InstrumentError, match="no answer"):
        await meter.recall(7)
    assert meter.written == [ABORT]


async def test_a_meter_that_cannot_report_its_last_record_is_told():
    meter = Meter({COUNT_ALL: ([], count(2)), LAST: ([], bytes([6, 0, 1, 4]))})
    with pytest.raises(InstrumentError, match="last record"):
        await meter.recall(None)
