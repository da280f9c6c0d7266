# SPDX-License-Identifier: Apache-2.0
import pytest
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtp import HeaderExtensionsMap, RtpPacket
from hypothesis import given
from hypothesis import strategies as st

from call.feedback import messages
from call.feedback_given import MOST, Arrivals, number, numbered
from call.tuning import WIDE

MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
ARRIVALS = st.dictionaries(st.integers(0, 200), st.floats(0, 1.5), min_size=1, max_size=60)


@given(ARRIVALS, st.integers(0, 65_535), st.floats(0, 1e6))
def test_what_was_noted_is_what_our_own_reader_reads(came, base, clock):
    arrivals = Arrivals()
    arrivals.note(base, clock)
    arrivals.report(1, 2)
    for offset, at in came.items():
        arrivals.note((base + 1 + offset) % 65_536, clock + at)
    (message,) = messages(arrivals.report(1, 2))
    told = {(message.first + n) % 65_536: at for n, at in enumerate(message.arrivals) if at is not None}
    assert set(told) == {(base + 1 + offset) % 65_536 for offset in came}
    zero = min(came)
    first = told[(base + 1 + zero) % 65_536]
    for offset, at in came.items():
        assert told[(base + 1 + offset) % 65_536] - first == pytest.approx(at - came[zero], abs=0.0006)


def test_nothing_new_is_no_report_and_a_gap_is_told_as_lost():
    arrivals = Arrivals()
    assert arrivals.report(1, 2) is None
    arrivals.note(10, 1.0)
    arrivals.report(1, 2)
    assert arrivals.report(1, 2) is None
    arrivals.note(13, 1.1)
    (message,) = messages(arrivals.report(1, 2))
    assert message.first == 11
    assert [at is None for at in message.arrivals] == [True, True, False]


@given(st.lists(st.integers(0, 65_535), max_size=300))
def test_whatever_numbers_come_a_report_is_bounded(sequences):
    arrivals = Arrivals()
    for n, sequence in enumerate(sequences):
        arrivals.note(sequence, n * 0.001)
    report = arrivals.report(1, 2)
    assert report is None or len(report) < 4 * MOST


def test_the_number_is_found_in_what_aiortc_writes():
    extensions = HeaderExtensionsMap()
    extensions.configure(RTCRtpParameters(headerExtensions=[RTCRtpHeaderExtensionParameters(id=4, uri=WIDE)]))
    packet = RtpPacket(97, 0, 1, 2, 3, b"payload")
    packet.extensions.transport_sequence_number = 0xABCD
    assert number(packet.serialize(extensions), 4) == 0xABCD
    assert number(packet.serialize(extensions), 5) is None
    assert number(RtpPacket(97, 0, 1, 2, 3, b"payload").serialize(extensions), 4) is None


@given(st.binary(max_size=60))
def test_any_bytes_are_read_without_an_error(rubbish):
    number(rubbish, 4)


def test_a_number_is_put_beside_what_aiortc_writes_and_into_what_has_no_extension():
    extensions = HeaderExtensionsMap()
    extensions.configure(RTCRtpParameters(headerExtensions=[RTCRtpHeaderExtensionParameters(id=1, uri=MID)]))
    packet = RtpPacket(97, 1, 7, 2, 3, b"payload")
    packet.extensions.mid = "12"
    for bare in (packet.serialize(extensions), RtpPacket(97, 1, 7, 2, 3, b"payload").serialize(HeaderExtensionsMap())):
        written = numbered(bare, 4, 0xABCD)
        assert number(written, 4) == 0xABCD
        read = RtpPacket.parse(written, extensions)
        assert (read.payload, read.sequence_number, read.marker, read.ssrc) == (b"payload", 7, 1, 3)
        assert read.extensions.mid == RtpPacket.parse(bare, extensions).extensions.mid


def test_an_extension_of_another_form_is_left_alone():
    two_bytes = bytes((0x90, 97, 0, 1)) + bytes(8) + bytes((0x10, 0, 0, 1, 5, 0, 0, 0)) + b"payload"
    assert numbered(two_bytes, 4, 1) == two_bytes
