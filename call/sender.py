# SPDX-License-Identifier: Apache-2.0
"""How the picture leaves: our own sender in the place of aiortc's. Pinned by tests/call/test_sender.py.

aiortc 1.16 sends a picture as one burst, resends whatever is asked for without end, keeps 128 packets, follows the
receiver's estimate (REMB) alone, and lets an unexpected error end its sending task with a log line. So: our tracks hand
over packets that are already encoded (a public feature); this sender cuts, numbers and paces them, asks for transport-
wide feedback, keeps a retransmission budget, and passes what it learns to the track. Of aiortc's sender it keeps the
identity (SSRCs, track, transport) alone; the one thing it reaches into is the transport, for the bytes of the feedback.
"""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Callable
from typing import Protocol, cast

from aiortc import RTCRtpSender, clock
from aiortc.codecs import get_encoder, is_rtx
from aiortc.codecs.base import Encoder
from aiortc.mediastreams import MediaStreamError
from aiortc.rtcrtpparameters import RTCRtpCodecParameters, RTCRtpSendParameters
from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    AnyRtcpPacket,
    HeaderExtensionsMap,
    RtcpByePacket,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSdesPacket,
    RtcpSenderInfo,
    RtcpSourceInfo,
    RtcpSrPacket,
    RtpPacket,
    is_rtcp,
    unpack_remb_fci,
    wrap_rtx,
)

from call.budget import Budget
from call.encoders import EncodedPacket
from call.encoding import MARKS
from call.extensions import extended, number
from call.feedback import Fate, Ledger, Load, messages
from call.feedback_given import Arrivals
from call.pacer import GRAIN, PATIENCE, SILENT, Pacer, room
from call.padding import LEAST, Fill
from call.parts import Parts
from call.tuning import PLAYOUT, WIDE
from device.errors import CallError

log = logging.getLogger(__name__)

AROUND = 64 * 8
"""Bits around a payload: Ethernet, IPv4, UDP, RTP with its extensions, SRTP's tag."""
BELOW = 56 * 8
"""Of those, what is not in the packet that is handed to the transport, and the number that it is given."""
TOLD, SELDOM = 0.08, 0.3
"""Seconds between two reports about the page's packets, at least and at most: they take ``REPORTS`` of the target."""
REPORTS, REPORT = 0.05, 800
"""A share, and the bits of a report with all around it."""
AT_ONCE = (0 << 12 | 50).to_bytes(3, "big")
"""Least and most that a picture may be kept back, in units of 10 ms (libwebrtc's "playout-delay" header extension, 12
bits each): from nothing to half a second, at which Chromium shows each picture as soon as it has it."""
HISTORY = 1024
"""Packets kept to be sent again."""
_SEQUENCES = 1 << 16


class Feedback(Protocol):
    """Who encodes."""

    def use(self, codec: str) -> None:
        """The codec agreed on: "H264" or "VP8"."""
        ...

    def keyframe(self) -> None:
        """The receiver needs a whole picture (PLI, RFC 4585 §6.3.1; FIR, RFC 5104 §4.3.1)."""
        ...

    def estimate(self, bits: int) -> None:
        """The receiver thinks that the link carries ``bits`` per second (REMB)."""
        ...

    def arrived(self, fates: list[Fate]) -> None:
        """What became of packets."""
        ...

    @property
    def target(self) -> int:
        """Bits per second that are aimed at."""
        ...

    @property
    def level(self) -> float:
        """Bits per second up to which the link is to be tried (``call.padding``); 0 when it is not."""
        ...


class VideoSender(RTCRtpSender):
    """A sender of packets that a track encodes itself. ``adopt`` gives it what it needs."""

    def _adopted(self, feedback: Feedback, monotonic: Callable[[], float]) -> None:
        self._feedback, self._monotonic = feedback, monotonic
        self.budget, self._pacer, self._ledger = Budget(), Pacer(), Ledger()
        self._arrivals = Arrivals()
        self._history: dict[int, RtpPacket] = {}
        self._newest: RtpPacket | None = None
        self._extensions = HeaderExtensionsMap()
        self.parts = Parts()
        self._moved, self._trying = asyncio.Event(), asyncio.Event()
        self._rtx: int | None = None
        self._rtx_sequence = random.randrange(_SEQUENCES // 2)  # noqa: S311 - RFC 3550 asks for chance, not for a secret
        self._wide, self._playout, self._theirs = 0, 0, 0
        self._told = False
        self._mid = self._cname = ""
        self._stamp, self._ntp, self._packets, self._octets = 0, 0, 0, 0
        self._report: tuple[int, float] = (0, 0.0)
        self.round_trip: float | None = None
        self.lost: float | None = None
        self.pushed: float = 0.0
        """Seconds spent waiting for room on the link."""
        self.on_target: Callable[[int], None] = lambda _: None

    async def send(self, parameters: RTCRtpSendParameters) -> None:
        """Begin to send."""
        if self.parts:
            return
        codec = parameters.codecs[0]
        self._feedback.use(codec.name)
        self._mid, self._cname = parameters.muxId, parameters.rtcp.cname or ""
        self._extensions.configure(parameters)
        agreed = {extension.uri: extension.id for extension in parameters.headerExtensions}
        self._wide, self._playout = agreed.get(WIDE, 0), agreed.get(PLAYOUT, 0)
        for other in parameters.codecs:
            if is_rtx(other) and other.parameters["apt"] == codec.payloadType:
                self._rtx = other.payloadType
        transport = self.transport
        transport._register_rtp_sender(self, parameters)  # noqa: SLF001 - as aiortc's own sender does
        self.parts.start("rtp", self._pictures(codec))
        self.parts.start("rtcp", self._reports())
        if self._wide:
            self._listen()
            self.parts.start("feedback", self._tell())
            self.parts.start("padding", self._pad())

    async def stop(self) -> None:
        """Send nothing more."""
        if not self.parts:
            return
        self.transport._unregister_rtp_sender(self)  # noqa: SLF001 - as aiortc's own sender does
        await self.parts.close()
        await self._say([RtcpByePacket(sources=[self._ssrc])])

    # Pictures.

    async def _pictures(self, codec: RTCRtpCodecParameters) -> None:
        cutter = get_encoder(codec)
        sequence = random.randrange(_SEQUENCES // 2)  # noqa: S311 - likewise
        origin = random.getrandbits(32) // MARKS * MARKS
        try:
            while True:
                await self._room()
                sequence = await self._picture(codec, cutter, sequence, origin)
        except (ConnectionError, MediaStreamError):
            pass
        except CallError as error:
            log.warning("%s %s", error.code, error)
        finally:
            if self.track is not None:
                self.track.stop()

    async def _picture(self, codec: RTCRtpCodecParameters, cutter: Encoder, sequence: int, origin: int) -> int:
        """Send the next picture, its packets numbered from ``sequence``; the number after them."""
        payload_type = codec.payloadType or 0
        payloads, stamp = cutter.pack(cast("EncodedPacket", await self.track.recv()))
        if not self._enabled:
            return sequence
        stamp = (origin + stamp) & 0xFFFFFFFF
        for place, payload in enumerate(payloads):
            packet = RtpPacket(payload_type, int(place == len(payloads) - 1), sequence, stamp, self._ssrc, payload)
            packet.extensions.mid = self._mid
            while seconds := self._pacer.wait(self._feedback.target, self._monotonic()):  # noqa: ASYNC110 - time is what it waits for
                await asyncio.sleep(seconds)
            self._history[sequence % HISTORY] = self._newest = packet
            await self._put(packet)
            self._stamp, self._ntp = stamp, clock.current_ntp_time()
            self._packets, self._octets = self._packets + 1, self._octets + len(payload)
            sequence = (sequence + 1) % _SEQUENCES
        return sequence

    async def _put(self, packet: RtpPacket, load: Load = Load.PICTURE) -> None:
        now, bits = self._monotonic(), len(packet.payload) * 8 + AROUND
        packet.extensions.abs_send_time = (clock.current_ntp_time() >> 14) & 0xFFFFFF
        if self._wide:
            packet.extensions.transport_sequence_number = self._ledger.send(bits, now, load)
        if load is Load.PICTURE:
            self._pacer.sent(bits, self._feedback.target, now)
        data = packet.serialize(self._extensions)
        if self._playout:
            data = extended(data, self._playout, AT_ONCE)
        await self.transport._send_rtp(data)  # noqa: SLF001 - as aiortc's own sender does

    async def _room(self) -> None:
        """Wait, a moment at most, until what is under way leaves room for a picture."""
        began = self._monotonic()
        while self._told and (now := self._monotonic()) < began + PATIENCE:
            self._ledger.forget(now)
            if room(self._ledger.flight, self._feedback.target, self.round_trip or 0.0):
                break
            self._moved.clear()
            try:
                async with asyncio.timeout(SILENT + (self.round_trip or 0.0)):
                    await self._moved.wait()
            except TimeoutError:
                break
        self.pushed += self._monotonic() - began

    # What the receiver says.

    def _listen(self) -> None:
        """Have RTCP and RTP as they come: aiortc reads every transport-layer feedback as a list of lost packets."""
        transport = self.transport
        handle, receive = transport._handle_rtcp_data, transport._handle_rtp_data  # noqa: SLF001 - see the module
        send = transport._send_rtp  # noqa: SLF001 - see the module

        async def heard(data: bytes) -> None:
            self._heard(data)
            await handle(data)

        async def received(data: bytes, arrival_time_ms: int) -> None:
            sequence = number(data, self._wide)
            if sequence is not None:
                self._arrivals.note(sequence, self._monotonic())
                self._theirs = int.from_bytes(data[8:12], "big")
            await receive(data, arrival_time_ms)

        async def sent(data: bytes) -> None:
            await send(self._counted(data))

        transport._send_rtp = sent  # type: ignore[method-assign]  # noqa: SLF001 - see the module
        transport._handle_rtcp_data = heard  # type: ignore[method-assign]  # noqa: SLF001 - see the module
        transport._handle_rtp_data = received  # type: ignore[method-assign]  # noqa: SLF001 - see the module

    def _counted(self, data: bytes) -> bytes:
        """What leaves on the same transport. Sounds get their number here: they go on when the picture hardly does, so
        that it is never long unknown what the link carries."""
        if is_rtcp(data) or int.from_bytes(data[8:12], "big") in {self._ssrc, self._rtx_ssrc}:
            return data
        sequence = self._ledger.send(len(data) * 8 + BELOW, self._monotonic(), Load.SOUND)
        return extended(data, self._wide, sequence.to_bytes(2, "big"))

    def _heard(self, data: bytes) -> None:
        for message in messages(data):
            fates = self._ledger.take(message, self._monotonic())
            if fates:
                self._told = True
                self._feedback.arrived(fates)
                self.on_target(self._feedback.target)
                self._moved.set()
                if self._feedback.level:
                    self._trying.set()

    async def _handle_rtcp_packet(self, packet: AnyRtcpPacket) -> None:
        if isinstance(packet, RtcpRrPacket | RtcpSrPacket):
            for report in packet.reports:
                if report.ssrc == self._ssrc:
                    self._reported(report.lsr, report.dlsr, report.fraction_lost)
        elif isinstance(packet, RtcpRtpfbPacket) and packet.fmt == RTCP_RTPFB_NACK:
            for sequence in packet.lost:
                await self._retransmit(sequence)
        elif isinstance(packet, RtcpPsfbPacket):
            if packet.fmt in {RTCP_PSFB_FIR, RTCP_PSFB_PLI}:
                self._feedback.keyframe()
            elif packet.fmt == RTCP_PSFB_APP and not self._told:
                self._estimate(packet.fci)

    def _reported(self, lsr: int, dlsr: int, fraction: int) -> None:
        """A receiver's report (RFC 3550 §6.4.1)."""
        self.lost = fraction / 256
        if lsr and lsr == self._report[0]:
            trip = max(0.0, self._monotonic() - self._report[1] - dlsr / 65536)
            self.round_trip = trip if self.round_trip is None else min(trip, 0.85 * self.round_trip + 0.15 * trip)

    def _estimate(self, fci: bytes) -> None:
        try:
            bits, sources = unpack_remb_fci(fci)
        except ValueError:
            return
        if self._ssrc in sources:
            self._feedback.estimate(bits)

    async def _retransmit(self, sequence_number: int) -> None:
        packet = self._history.get(sequence_number % HISTORY)
        if packet is None or packet.sequence_number != sequence_number:
            return
        bits, target = len(packet.payload) * 8 + AROUND, self._feedback.target
        if not self.budget.allow(sequence_number, bits, target, self._monotonic(), self.round_trip or 0.0):
            return
        await self._again(packet, Load.PICTURE)

    async def _again(self, packet: RtpPacket, load: Load) -> None:
        if self._rtx is not None:
            packet = wrap_rtx(packet, self._rtx, self._rtx_sequence, self._rtx_ssrc)
            self._rtx_sequence = (self._rtx_sequence + 1) % _SEQUENCES
        await self._put(packet, load)

    async def _pad(self) -> None:
        """Fill the link up with what was sent last, while the track wants it tried."""
        fill = Fill()
        while True:
            await self._trying.wait()
            while level := self._feedback.level:
                await asyncio.sleep(GRAIN)
                while fill.lacks(level, self._ledger.sent, self._monotonic()) >= LEAST and await self._padded():
                    pass
            self._trying.clear()

    async def _padded(self) -> bool:
        """Whether a packet was there to be sent again for nothing: where copies are no stream of their own
        (RFC 4588), there is none."""
        if self._newest is None or self._rtx is None:
            return False
        with contextlib.suppress(ConnectionError):
            await self._again(self._newest, Load.PADDING)
        return True

    # What we say.

    async def _tell(self) -> None:
        """Transport-wide feedback about the page's packets."""
        while True:
            await asyncio.sleep(min(SELDOM, max(TOLD, REPORT / (REPORTS * self._feedback.target))))
            report = self._arrivals.report(self._ssrc, self._theirs)
            if report is not None:
                with contextlib.suppress(ConnectionError):
                    await self.transport._send_rtp(report)  # noqa: SLF001 - as aiortc's own sender does

    async def _reports(self) -> None:
        """A sender's report and our name, once a second or so (RFC 3550 §6.4.1, §6.5)."""
        while True:
            await asyncio.sleep(0.5 + random.random())  # noqa: S311 - so that reports do not fall into step
            info = RtcpSenderInfo(
                ntp_timestamp=self._ntp,
                rtp_timestamp=self._stamp,
                packet_count=self._packets & 0xFFFFFFFF,
                octet_count=self._octets & 0xFFFFFFFF,
            )
            self._report = (self._ntp >> 16 & 0xFFFFFFFF, self._monotonic())
            name = RtcpSourceInfo(ssrc=self._ssrc, items=[(1, self._cname.encode())])
            await self._say([RtcpSrPacket(ssrc=self._ssrc, sender_info=info), RtcpSdesPacket(chunks=[name])])

    async def _say(self, packets: list[AnyRtcpPacket]) -> None:
        with contextlib.suppress(ConnectionError):
            await self.transport._send_rtp(b"".join(bytes(packet) for packet in packets))  # noqa: SLF001 - likewise


def adopt(sender: RTCRtpSender, feedback: Feedback, monotonic: Callable[[], float] = time.monotonic) -> VideoSender:
    """Make ``sender`` one of ours, before it sends."""
    sender.__class__ = VideoSender
    if not isinstance(sender, VideoSender):
        raise TypeError(type(sender).__name__)
    sender._adopted(feedback, monotonic)  # noqa: SLF001 - it is of our class from here on
    return sender
