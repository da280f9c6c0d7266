# SPDX-License-Identifier: Apache-2.0
"""Encoded sound on its way into peer connections, and what their receivers report."""

import asyncio

import pytest
from aiortc import RTCPeerConnection
from aiortc.mediastreams import MediaStreamError
from aiortc.rtp import RtcpReceiverInfo, RtcpRrPacket

from call.opus import SAMPLES
from call.sound import apart, asking_for_copies
from call.sounded import KEPT, SLACK, PacketTrack, Stamps, Tracks, adopt


def test_stamps_follow_one_another_however_the_blocks_come():
    now = [0.0]
    stamps = Stamps(lambda: now[0])
    found = []
    for wait in (0.02, 0.02, 0.5, 0.0, 0.0, 0.02):
        now[0] += wait
        found.append(stamps.next())
    assert found == [SAMPLES * number for number in range(6)]


def test_stamps_leap_after_a_pause_and_never_back():
    now = [0.0]
    stamps = Stamps(lambda: now[0])
    first = stamps.next()
    now[0] = 5.0
    stamps.resume()
    after = stamps.next()
    assert after - first == 5 * 48_000
    stamps.resume()
    assert stamps.next() == after + SAMPLES
    now[0] = 7.0 + SLACK
    assert stamps.next() > after + 48_000


async def test_what_is_late_for_its_sender_goes_oldest_first():
    track = PacketTrack()
    for number in range(KEPT + 3):
        track.put(bytes([number]), number * SAMPLES)
    first = await track.recv()
    assert bytes(first) == bytes([3])
    assert first.pts == 3 * SAMPLES


async def test_a_track_that_stops_while_it_is_waited_for_ends():
    track = PacketTrack()
    waiting = asyncio.create_task(track.recv())
    await asyncio.sleep(0)
    track.stop()
    with pytest.raises(MediaStreamError):
        await asyncio.wait_for(waiting, 2)


async def test_the_worst_report_of_all_receivers_counts():
    tracks = Tracks()
    connections = [RTCPeerConnection() for _ in range(2)]
    for lost, connection in zip((13, 38), connections, strict=True):
        track = tracks.open()
        sender = connection.addTransceiver(track, "sendonly").sender
        adopt(sender, track)
        other = RtcpReceiverInfo(sender._ssrc ^ 1, 255, 0, 0, 0, 0, 0)
        own = RtcpReceiverInfo(sender._ssrc, lost, 0, 0, 0, 0, 0)
        await sender._handle_rtcp_packet(RtcpRrPacket(ssrc=1, reports=[other, own]))
    assert tracks.lost == pytest.approx(38 / 256)
    for connection in connections:
        await connection.close()


async def test_our_offer_asks_for_copies_of_what_may_be_lost():
    connection = RTCPeerConnection()
    connection.addTransceiver("audio")
    sdp = asking_for_copies((await connection.createOffer()).sdp)
    assert "a=rtpmap:96 opus/48000/2\r\na=fmtp:96 minptime=10;useinbandfec=1\r\n" in sdp
    assert sdp.count("useinbandfec") == 1
    await connection.close()


async def test_sounds_are_offered_in_a_stream_of_their_own_so_that_no_picture_waits_for_them():
    connection = RTCPeerConnection()
    connection.addTransceiver("audio", "sendrecv")
    connection.addTransceiver("video", "sendrecv")
    before = (await connection.createOffer()).sdp
    sdp = apart(before)
    streams = [line.split()[0] for line in sdp.splitlines() if line.startswith("a=msid:")]
    assert len(set(streams)) == 2
    assert len(sdp.splitlines()) == len(before.splitlines())
    await connection.close()
