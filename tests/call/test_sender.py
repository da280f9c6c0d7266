# SPDX-License-Identifier: Apache-2.0
"""Pins what call/sender.py takes for granted of aiortc: when one of these fails, read its new sender first."""

import inspect
from importlib.metadata import version

import aiortc
import pytest
from aiortc import RTCPeerConnection, RTCRtpSender
from aiortc.rtp import RTCP_PSFB_APP, RTCP_PSFB_PLI, RtcpPsfbPacket, pack_remb_fci

from call.sender import VideoSender, adopt


class Notes:
    target = 500_000

    def __init__(self) -> None:
        self.said = []

    def use(self, codec) -> None:
        self.said.append(("use", codec))

    def keyframe(self) -> None:
        self.said.append(("keyframe",))

    def estimate(self, bits) -> None:
        self.said.append(("estimate", bits))


@pytest.fixture
async def adopted():
    connection = RTCPeerConnection(aiortc.RTCConfiguration([]))
    sender, notes = connection.addTransceiver("video").sender, Notes()
    clock = [0.0]
    budget = adopt(sender, notes, lambda: clock[0])
    yield sender, notes, budget, clock
    await connection.close()


def test_the_version_whose_source_was_read():
    assert version("aiortc").startswith("1.16.")


def test_the_methods_that_are_replaced_stand_as_they_did():
    signatures = {
        "_retransmit": "(self, sequence_number: int) -> None",
        "_handle_rtcp_packet": None,
        "send": "(self, parameters: aiortc.rtcrtpparameters.RTCRtpSendParameters) -> None",
    }
    for name, signature in signatures.items():
        method = getattr(RTCRtpSender, name)
        assert inspect.iscoroutinefunction(method)
        if signature is not None:
            assert str(inspect.signature(method)) == signature
    source = inspect.getsource(RTCRtpSender._handle_rtcp_packet)
    assert "await self._retransmit(seq)" in source
    assert "self.__encoder.pack(data)" in inspect.getsource(RTCRtpSender._next_encoded_frame)
    assert not hasattr(RTCRtpSender, "__slots__")


async def test_keyframe_requests_and_estimates_reach_the_track(adopted):
    sender, notes, *_ = adopted
    await sender._handle_rtcp_packet(RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=1, media_ssrc=sender._ssrc))
    remb = pack_remb_fci(321_000, [sender._ssrc])
    await sender._handle_rtcp_packet(RtcpPsfbPacket(fmt=RTCP_PSFB_APP, ssrc=1, media_ssrc=0, fci=remb))
    other = pack_remb_fci(1_000, [sender._ssrc ^ 1])
    await sender._handle_rtcp_packet(RtcpPsfbPacket(fmt=RTCP_PSFB_APP, ssrc=1, media_ssrc=0, fci=other))
    await sender._handle_rtcp_packet(RtcpPsfbPacket(fmt=RTCP_PSFB_APP, ssrc=1, media_ssrc=0, fci=b"bad"))
    assert notes.said[0] == ("keyframe",)
    assert len(notes.said) == 2
    assert abs(notes.said[1][1] - 321_000) < 1000


async def test_resends_are_those_of_the_budget(adopted, monkeypatch):
    sender, _, budget, clock = adopted
    resent = []

    async def resend(self, sequence_number):  # noqa: ARG001 - aiortc's
        resent.append(sequence_number)

    monkeypatch.setattr(RTCRtpSender, "_retransmit", resend)
    for n in range(1000):
        clock[0] = n * 0.001
        await sender._retransmit(n % 50)
    assert isinstance(sender, VideoSender)
    assert len(resent) == budget.allowed
    assert 0 < len(resent) < 20
    assert budget.refused == 1000 - len(resent)
