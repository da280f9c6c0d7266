# SPDX-License-Identifier: Apache-2.0
"""Sound that is already encoded, on its way into peer connections: one encoder, a track for each receiver."""

import asyncio
import collections
import logging
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import av
from aiortc import MediaStreamTrack, RTCRtpSender
from aiortc.mediastreams import MediaStreamError
from aiortc.rtp import AnyRtcpPacket, RtcpRrPacket, RtcpSrPacket

from call.opus import RATE, SAMPLES

KEPT = 5
"""Packets (20 ms) of a voice that wait for a sender which is late; the oldest go first."""
SLACK = 1.0
"""Seconds by which the time stamps may lag before they jump."""
_CLOCK = Fraction(1, RATE)

log = logging.getLogger(__name__)


class PacketTrack(MediaStreamTrack):
    """Packets in one peer connection. While there are none it waits and nothing is sent; ``lost`` is the share of
    packets that its receiver missed lately, 0 to 1; ``thin``: its link carries little more than a voice."""

    kind = "audio"

    def __init__(self, kept: int = KEPT) -> None:
        super().__init__()
        self._packets: collections.deque[tuple[bytes, int]] = collections.deque(maxlen=kept)
        self._fresh = asyncio.Event()
        self.lost = 0.0
        self.thin = False

    def put(self, packet: bytes, pts: int) -> None:
        """Send ``packet``; ``pts`` in samples."""
        self._packets.append((packet, pts))
        self._fresh.set()

    def stop(self) -> None:
        """Send nothing more."""
        super().stop()
        self._packets.clear()
        self._fresh.set()

    async def recv(self) -> "av.Packet[Any]":
        """The next packet."""
        while not self._packets and self.readyState == "live":
            self._fresh.clear()
            await self._fresh.wait()
        if self.readyState != "live":
            raise MediaStreamError
        data, pts = self._packets.popleft()
        packet: av.Packet[Any] = av.Packet(data)
        packet.pts, packet.time_base = pts, _CLOCK
        return packet


class Tracks:
    """The tracks that one encoder feeds, each with ``kept`` packets at most; those that ended are forgotten."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._tracks: list[PacketTrack] = []

    def open(self) -> PacketTrack:
        """Another one."""
        track = PacketTrack(self._kept)
        self._tracks.append(track)
        return track

    def __iter__(self) -> Iterator[PacketTrack]:
        """Those that live."""
        self._tracks = [track for track in self._tracks if track.readyState == "live"]
        return iter(self._tracks)

    @property
    def lost(self) -> float:
        """The worst share of packets lost by any of their receivers."""
        return max((track.lost for track in self), default=0.0)

    @property
    def thin(self) -> bool:
        """Whether any of their links is thin."""
        return any(track.thin for track in self)


class Stamps:
    """Time stamps of blocks, in samples: one after the other however they come, and by the clock after a pause."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._start = monotonic()
        self._next = 0

    def next(self) -> int:
        """The stamp of the block that is here now."""
        now = self._monotonic() - self._start
        if now - self._next / RATE > SLACK:
            self._leap(now)
        stamp, self._next = self._next, self._next + SAMPLES
        return stamp

    def resume(self) -> None:
        """There was a pause."""
        self._leap(self._monotonic() - self._start)

    def _leap(self, now: float) -> None:
        self._next = max(self._next, round(now * RATE) // SAMPLES * SAMPLES)


class SoundSender(RTCRtpSender):
    """A sender that tells its track what its receiver reports lost (RFC 3550 §6.4.1, "fraction lost")."""

    _sound: PacketTrack

    async def _handle_rtcp_packet(self, packet: AnyRtcpPacket) -> None:
        await super()._handle_rtcp_packet(packet)
        if isinstance(packet, RtcpRrPacket | RtcpSrPacket):
            for report in packet.reports:
                if report.ssrc == self._ssrc:
                    self._sound.lost = report.fraction_lost / 256


def adopt(sender: RTCRtpSender, track: PacketTrack) -> None:
    """Make ``sender`` one that tells ``track``, before it sends."""
    sender.__class__ = SoundSender
    if not isinstance(sender, SoundSender):
        raise TypeError(type(sender).__name__)
    sender._sound = track  # noqa: SLF001 - it is of our class from here on
