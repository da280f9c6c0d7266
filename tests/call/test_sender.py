# SPDX-License-Identifier: Apache-2.0
"""Pins what call/sender.py takes for granted of aiortc: when one of these fails, read its new sender first."""

import asyncio
import inspect
import re
from importlib.metadata import version

import aiortc
import pytest
from aiortc import RTCPeerConnection, RTCRtpSender
from aiortc.rtcdtlstransport import RTCDtlsTransport
from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_PLI,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtpPacket,
    pack_remb_fci,
)

from call.sender import adopt
from tests.call.test_feedback import fci, report


class Notes:
    target = 500_000
    level = 0.0

    def __init__(self) -> None:
        self.said = []

    def use(self, codec) -> None:
        self.said.append(("use", codec))

    def keyframe(self) -> None:
        self.said.append(("keyframe",))

    def estimate(self, bits) -> None:
        self.said.append(("estimate", bits))

    def arrived(self, fates) -> None:
        self.said.append(("arrived", fates))


@pytest.fixture
async def adopted():
    connection = RTCPeerConnection(aiortc.RTCConfiguration([]))
    sender, notes = connection.addTransceiver("video").sender, Notes()
    clock = [0.0]
    adopt(sender, notes, lambda: clock[0])
    yield sender, notes, clock
    await connection.close()


def test_the_version_whose_source_was_read():
    assert version("aiortc").startswith("1.16.")


def test_what_is_kept_and_what_is_replaced_stand_as_they_did():
    for name in ("send", "stop", "_handle_rtcp_packet", "_retransmit"):
        assert inspect.iscoroutinefunction(getattr(RTCRtpSender, name))
    connection = inspect.getsource(aiortc.rtcpeerconnection)
    used = set(re.findall(r"(?<!\w)sender\.(\w+)", connection))
    assert used <= {
        "_rtx_ssrc",
        "_ssrc",
        "_stream_id",
        "_track_id",
        "getStats",
        "replaceTrack",
        "send",
        "setTransport",
        "track",
    }
    assert "await self._handle_rtcp_data(data)" in inspect.getsource(RTCDtlsTransport)
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


async def test_an_estimate_is_not_followed_beside_transport_wide_feedback(adopted):
    sender, notes, _ = adopted
    sender._wide = 4
    number = sender._ledger.send(9_600, 0.0)
    sender._heard(report(fci(number, 1, 0, [0x2001], b"\x01")))
    assert notes.said.pop()[0] == "arrived"
    remb = pack_remb_fci(321_000, [sender._ssrc])
    await sender._handle_rtcp_packet(RtcpPsfbPacket(fmt=RTCP_PSFB_APP, ssrc=1, media_ssrc=0, fci=remb))
    assert notes.said == []


async def test_resends_are_those_of_the_budget(adopted, monkeypatch):
    sender, _, clock = adopted
    resent = []

    async def send(data):
        resent.append(data)

    monkeypatch.setattr(sender.transport, "_send_rtp", send)
    for n in range(50):
        sender._history[n] = RtpPacket(97, 0, n, 0, sender._ssrc, bytes(1_200))
    for n in range(1000):
        clock[0] = n * 0.001
        await sender._handle_rtcp_packet(RtcpRtpfbPacket(fmt=1, ssrc=1, media_ssrc=sender._ssrc, lost=[n % 50, 700]))
    assert len(resent) == sender.budget.allowed
    assert 0 < len(resent) < 30
    assert sender.budget.refused == 1000 - len(resent)


async def test_a_report_gives_loss_and_round_trip(adopted):
    sender, _, clock = adopted
    sender._report, clock[0] = (7, 0.0), 0.3
    report = RtcpReceiverInfo(sender._ssrc, 64, 3, 0, 0, 7, 65536 // 5)
    await sender._handle_rtcp_packet(RtcpRrPacket(ssrc=1, reports=[report]))
    assert sender.lost == 0.25
    assert sender.round_trip == pytest.approx(0.1, abs=0.001)


async def test_a_picture_asks_to_be_shown_at_once_where_that_was_agreed_on(adopted, monkeypatch):
    """As RFC 8285 §4.2 says it, read by aiortc's own reader; again when it is sent again."""
    sender, *_ = adopted
    sent = []

    async def send(data):
        sent.append(data)

    monkeypatch.setattr(sender.transport, "_send_rtp", send)
    packet = RtpPacket(97, 0, 7, 0, sender._ssrc, b"payload")
    packet.extensions.mid = "0"
    for sender._playout in (0, 5):
        await sender._put(packet)
    plain, prompt = (RtpPacket.parse(data) for data in sent)
    assert plain.payload == prompt.payload == b"payload"
    assert sent[1].count(b"\x52\x00\x00\x32") == 1  # identity 5, three bytes: 0 and 500 ms
    assert len(sent[1]) == len(sent[0]) + (4 if sent[0][0] & 0x10 else 8)


async def test_while_the_link_is_tried_the_newest_packet_goes_again_as_a_copy_and_delays_no_picture(
    adopted, monkeypatch
):
    sender, notes, clock = adopted
    sent = []

    async def send(data):
        sent.append(RtpPacket.parse(data))
        if len(sent) == 20:
            notes.level = 0.0

    monkeypatch.setattr(sender.transport, "_send_rtp", send)
    sender._wide, sender._rtx, sender._rtx_sequence = 4, 98, 65_530
    sender._newest = RtpPacket(97, 0, 41, 7, sender._ssrc, b"newest")
    notes.level, notes.target = 2e6, 500_000
    sender._trying.set()
    padding = asyncio.create_task(sender._pad())
    async with asyncio.timeout(20):
        while sender._trying.is_set():
            clock[0] += 0.005
            await asyncio.sleep(0.005)
    padding.cancel()
    assert {(one.ssrc, one.payload_type, one.timestamp) for one in sent} == {(sender._rtx_ssrc, 98, 7)}
    assert {one.payload for one in sent} == {(41).to_bytes(2, "big") + b"newest"}
    assert [one.sequence_number for one in sent] == [(65_530 + n) % 65_536 for n in range(len(sent))]
    assert sender._ledger.flight == 0
    assert sender._pacer.wait(500_000, clock[0]) == 0


async def test_where_copies_are_no_stream_of_their_own_the_link_is_not_tried(adopted):
    sender, *_ = adopted
    sender._newest = RtpPacket(97, 0, 41, 7, sender._ssrc, b"newest")
    assert not await sender._padded()
