# SPDX-License-Identifier: Apache-2.0
"""The cart's picture on its way to every doctor: encoded once for all who can take the same, and only when it is new.

Whoever is ready first has the next picture made; the others find it in their track. So a receiver alone is the one who
asks, and nothing is queued; among several, one that cannot keep up lets go of what waits for it and goes on with a
whole picture: it delays nobody.
"""

import collections
import itertools
import time
from typing import cast

from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from call.audience import Audience, Member, common, gather, place
from call.congestion import CEILING, FLOOR, Flow, Gauge, follow
from call.encoders import CLOCK, EncodedPacket, Kind
from call.encoding import Encoding
from call.feedback import Fate
from call.padding import Padding, pad
from call.ports import Pictures, Views
from call.rate import LADDER, Rate, climb
from call.scenes import Scenes

BEHIND = CLOCK.denominator // 2
"""Ticks of the clock (half a second) that pictures may wait for a receiver which is slower than the others."""

_numbers = itertools.count(1)


class OutgoingVideo:
    """Pictures in, packets out, by two encoders at most. Lives as long as the call. The counts are of what was
    encoded, once for however many receivers; ``target`` and ``size`` are the first encoding's."""

    def __init__(self, source: Pictures, views: Views) -> None:
        scenes = Scenes(source, views)
        self._encodings = (Encoding(scenes), Encoding(scenes))
        self._audience = Audience()
        self._tracks: list[VideoTrack] = []

    @property
    def frames(self) -> int:
        """Pictures encoded."""
        return sum(encoding.frames for encoding in self._encodings)

    @property
    def octets(self) -> int:
        """Bytes of encoded picture."""
        return sum(encoding.octets for encoding in self._encodings)

    @property
    def keyframes(self) -> int:
        """Whole pictures encoded."""
        return sum(encoding.keyframes for encoding in self._encodings)

    @property
    def openings(self) -> int:
        """Encoders opened."""
        return sum(encoding.openings for encoding in self._encodings)

    @property
    def target(self) -> int:
        """Bits per second aimed at."""
        return self._encodings[0].rate.target

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as sent; zeros before the first picture."""
        return self._encodings[0].size

    @property
    def encodings(self) -> tuple[Encoding, Encoding]:
        """For all, and for the weak or the second codec."""
        return self._encodings

    def receiver(self) -> "Receiver":
        """Another doctor, another link."""
        return Receiver(self)

    def track(self) -> "VideoTrack":
        """A track for a receiver of one peer connection."""
        return self.receiver().track()

    def silence(self) -> None:
        """Send nothing more, from now on, until a new track is asked for."""
        for track in self._tracks:
            track.stop()
        self._tracks.clear()

    def close(self) -> None:
        """Give the threads back; a later track takes others."""
        self.silence()
        for encoding in self._encodings:
            encoding.close()

    def join(self, track: "VideoTrack") -> None:
        """``track`` takes pictures from now on."""
        self._tracks = [other for other in self._tracks if other.readyState == "live"]
        self._tracks.append(track)

    async def packet(self, track: "VideoTrack") -> EncodedPacket:
        """The next encoded picture for ``track``; MediaStreamError once it has ended."""
        while track.readyState == "live":
            encoding = self._settled(track)
            packet = track.take()
            if packet is not None:
                return packet
            async with encoding.turn:
                if self._settled(track) is encoding and not track.waiting:
                    await self._make(track, encoding)
        raise MediaStreamError

    async def _make(self, track: "VideoTrack", encoding: Encoding) -> None:
        """Have the next picture encoded, for all who take this encoding."""
        if track.stale:
            encoding.keyframe()

        def rate() -> Rate:
            return common([other.receiver.rate for other in self._of(encoding)] or [track.receiver.rate])

        packet = await encoding.next(track.codec, rate, lambda: track.readyState == "live")
        if packet is not None:
            for other in self._of(encoding):
                other.put(packet)

    def _of(self, encoding: Encoding) -> list["VideoTrack"]:
        return [track for track in self._tracks if track.encoding is encoding and track.readyState == "live"]

    def _settled(self, track: "VideoTrack") -> Encoding:
        """The encoding that ``track`` takes now, once everybody has the one that suits them."""
        track.begun = True
        begun = [other for other in self._tracks if other.begun and other.readyState == "live"]
        members = {other.receiver.number: Member(other.codec, other.receiver.rate) for other in begun}
        self._audience = gather(self._audience, members, time.monotonic())
        moved = [
            other
            for other in begun
            if other.take_from(self._encodings[place(self._audience, other.receiver.number, members)])
        ]
        for encoding in self._encodings:
            encoding.shared = len(self._of(encoding)) > 1
        for other in moved:
            other.greeted()
        if not self._of(self._encodings[1]):
            self._encodings[1].close()
        return track.encoding or self._encodings[0]


class Receiver:
    """The way to one doctor, over one peer connection after the other: what it can carry, and the pictures it took."""

    def __init__(self, video: OutgoingVideo) -> None:
        self._video = video
        self._track: VideoTrack | None = None
        self._flow = Flow()
        self._gauge = Gauge()
        self._padding = Padding()
        self.number = next(_numbers)
        self.rate = Rate()
        self.frames = 0

    def track(self) -> "VideoTrack":
        """A track for a new peer connection; the one before it ends."""
        if self._track is not None:
            self._track.stop()
        self._track = VideoTrack(self._video, self)
        self._video.join(self._track)
        return self._track

    def estimate(self, bits: int) -> None:
        """Follow the receiver's estimate (REMB), of one that does not say when packets arrived."""
        bits = int(max(FLOOR, min(bits, CEILING)))
        self.rate = climb(self.rate, bits, time.monotonic())

    def arrived(self, fates: list[Fate]) -> None:
        """Follow what became of packets."""
        now = time.monotonic()
        reading = self._gauge.read(fates, now)
        if reading is not None:
            self._flow = follow(self._flow, reading)
            self.rate = climb(self.rate, int(self._flow.picture), now)
            whole = self.rate.rung == len(LADDER) - 1
            self._padding = pad(self._padding, self._flow, reading, whole=whole)

    @property
    def level(self) -> float:
        """Bits per second up to which the link is to be tried (``call.padding``); 0 when it is not."""
        return self._padding.level if time.monotonic() < self._padding.end else 0.0


class VideoTrack(MediaStreamTrack):
    """The cart's picture in one peer connection (``call.sender.Feedback``). ``begun``: it was asked for a picture;
    ``stale``: it can go on with a whole one only."""

    kind = "video"

    def __init__(self, video: OutgoingVideo, receiver: Receiver) -> None:
        super().__init__()
        self._video = video
        self._packets: collections.deque[EncodedPacket] = collections.deque()
        self._last = 0
        self.receiver = receiver
        self.encoding: Encoding | None = None
        self.codec: Kind = "H264"
        self.begun = False
        self.stale = True

    @property
    def target(self) -> int:
        """Bits per second that this receiver's link can take."""
        return self.receiver.rate.target

    @property
    def level(self) -> float:
        """Bits per second up to which its link is to be tried."""
        return self.receiver.level

    @property
    def waiting(self) -> bool:
        """Whether a picture is here."""
        return bool(self._packets)

    def use(self, codec: str) -> None:
        """Encode with the codec that was agreed on."""
        self.codec = cast("Kind", codec.upper())

    def keyframe(self) -> None:
        """Make the next picture a whole one."""
        if self.encoding is not None:
            self.encoding.keyframe()

    def estimate(self, bits: int) -> None:
        """Follow the receiver's estimate."""
        self.receiver.estimate(bits)

    def arrived(self, fates: list[Fate]) -> None:
        """Follow what became of packets."""
        self.receiver.arrived(fates)

    def take_from(self, encoding: Encoding) -> bool:
        """Take ``encoding`` from now on; True when it is another, which has to greet this track."""
        other = self.encoding is not encoding
        self.encoding, self.stale = encoding, self.stale or other
        return other

    def greeted(self) -> None:
        """Have the encoding begin with a whole picture."""
        if self.encoding is not None:
            self.encoding.welcome(self._last)

    def put(self, packet: EncodedPacket) -> None:
        """A picture of the encoding; what waits for too long, and all that rests on it, is let go of."""
        stamp = packet.pts or 0
        if self._packets and stamp - (self._packets[0].pts or 0) > BEHIND:
            self._packets.clear()
            self.stale = True
        if packet.is_keyframe:
            self.stale = False
        if not self.stale:
            self._packets.append(packet)
            self._last = stamp

    def take(self) -> EncodedPacket | None:
        """The oldest picture that waits, if any."""
        if not self._packets:
            return None
        self.receiver.frames += 1
        return self._packets.popleft()

    def stop(self) -> None:
        """Take no more."""
        super().stop()
        self._packets.clear()

    async def recv(self) -> EncodedPacket:
        """The next packet."""
        return await self._video.packet(self)
