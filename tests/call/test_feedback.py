# SPDX-License-Identifier: Apache-2.0
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call.feedback import KEPT, Ledger, Load, Message, messages


def report(fci: bytes) -> bytes:
    fci += bytes(-len(fci) % 4)
    return struct.pack("!BBHLL", 0x80 | 15, 205, 2 + len(fci) // 4, 1, 2) + fci


def fci(first: int, count: int, reference: int, chunks: list[int], deltas: bytes) -> bytes:
    return struct.pack("!HHL", first, count, reference << 8) + b"".join(struct.pack("!H", c) for c in chunks) + deltas


def test_a_run_of_small_deltas():
    (message,) = messages(report(fci(65_534, 3, 10, [0x2003], bytes([4, 8, 0]))))
    assert message == Message(65_534, (0.641, 0.643, 0.643))


def test_a_vector_of_one_bit_symbols_tells_what_was_lost():
    (message,) = messages(report(fci(7, 4, 0, [0x8000 | 0b1010_0000_0000_00], bytes([4, 4]))))
    assert message == Message(7, (0.001, None, 0.002, None))


def test_a_vector_of_two_bit_symbols_with_a_large_delta_that_goes_back():
    symbols = 0xC000 | 0b01_10_00_00_00_00_00
    (message,) = messages(report(fci(7, 3, 0, [symbols], bytes([40]) + struct.pack("!h", -20))))
    assert message == Message(7, (0.01, 0.005, None))


def test_reports_behind_other_rtcp_are_found():
    receiver = struct.pack("!BBHL", 0x80, 201, 1, 1)
    assert len(list(messages(receiver + report(fci(1, 1, 0, [0x2001], b"\x01"))))) == 1


@pytest.mark.parametrize("cut", range(1, 24))
def test_a_report_cut_short_is_left_out(cut):
    whole = report(fci(1, 5, 0, [0x2005], bytes(5)))
    assert list(messages(whole[: len(whole) - cut])) == []


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_an_error(rubbish):
    list(messages(rubbish))
    list(messages(report(rubbish)))


def test_a_report_that_was_lost_leaves_nothing_under_way():
    ledger = Ledger()
    numbers = [ledger.send(1000, n * 0.01) for n in range(6)]
    ledger.take(Message(numbers[4], (5.04,)), 0.2)
    assert ledger.flight == 1000
    late = ledger.take(Message(numbers[0], (5.0, 5.01, 5.02, 5.03)), 0.3)
    assert len(late) == 4
    assert ledger.flight == 1000
    ledger.forget(10.0)
    assert ledger.flight == 0


def test_a_sound_has_a_fate_and_is_never_what_a_picture_waits_for():
    ledger = Ledger()
    number = ledger.send(1000, 0.0, Load.SOUND)
    assert ledger.flight == 0
    (fate,) = ledger.take(Message(number, (5.0,)), 0.1)
    assert fate.load is Load.SOUND
    assert ledger.flight == 0


def test_a_packets_fate_is_told_once():
    ledger = Ledger()
    numbers = [ledger.send(1000, n * 0.01) for n in range(3)]
    assert ledger.flight == 3000
    fates = ledger.take(Message(numbers[0], (5.0, None, 5.02)), 1.0)
    assert [fate.arrived for fate in fates] == [5.0, None, 5.02]
    assert ledger.flight == 0
    assert ledger.take(Message(numbers[0], (5.0, 5.01, 5.02)), 1.1) == []


def test_the_receivers_clock_begins_again():
    ledger, period = Ledger(), (1 << 24) * 0.064
    seen = []
    for n, told in enumerate((period - 0.1, 0.1, period - 0.05, 0.2)):
        ledger.send(8, n * 0.1)
        seen += [fate.arrived for fate in ledger.take(Message(n, (told,)), n * 0.1)]
    assert seen == pytest.approx([period - 0.1, period + 0.1, period - 0.05, period + 0.2], abs=1e-6)


def test_numbers_begin_again():
    ledger = Ledger()
    numbers = [ledger.send(8, 0.0) for _ in range(65_537)]
    assert numbers[-2:] == [65_535, 0]


def test_what_nobody_speaks_of_is_forgotten():
    ledger = Ledger()
    ledger.send(1000, 0.0)
    ledger.send(1000, 2.0)
    ledger.forget(KEPT + 0.5)
    assert ledger.flight == 1000
