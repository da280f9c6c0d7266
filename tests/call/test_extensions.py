# SPDX-License-Identifier: Apache-2.0
import pytest
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtp import HeaderExtensionsMap, RtpPacket, unpack_header_extensions
from hypothesis import given
from hypothesis import strategies as st

from call.extensions import extended, number
from call.tuning import WIDE

MID = "urn:ietf:params:rtp-hdrext:sdes:mid"


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
        written = extended(bare, 4, b"\xab\xcd")
        assert number(written, 4) == 0xABCD
        read = RtpPacket.parse(written, extensions)
        assert (read.payload, read.sequence_number, read.marker, read.ssrc) == (b"payload", 7, 1, 3)
        assert read.extensions.mid == RtpPacket.parse(bare, extensions).extensions.mid


def test_an_extension_of_another_form_is_left_alone():
    two_bytes = bytes((0x90, 97, 0, 1)) + bytes(8) + bytes((0x10, 0, 0, 1, 5, 0, 0, 0)) + b"payload"
    assert extended(two_bytes, 4, b"12") == two_bytes


@pytest.mark.parametrize("size", range(1, 17))
def test_one_after_the_other_all_are_read(size):
    """What is read is aiortc's own reader's."""
    first, second = bytes(range(1, size + 1)), b"\xff\x00"
    bare = RtpPacket(97, 1, 7, 2, 3, b"payload").serialize(HeaderExtensionsMap())
    written = extended(extended(bare, 5, first), 4, second)
    words = int.from_bytes(written[14:16], "big")
    found = dict(unpack_header_extensions(0xBEDE, written[16 : 16 + 4 * words]))
    assert found == {5: first, 4: second}
    assert written[16 + 4 * words :] == b"payload"
    assert number(written, 4) == 0xFF00
