# SPDX-License-Identifier: Apache-2.0
"""The one place that reaches into aiortc: what a video sender does with feedback. Pinned by tests/call/test_sender.py.

aiortc 1.16 resends whatever is asked for, without end; gives keyframe requests and bit rate estimates (REMB) to its own
encoder only; and lets an unexpected error end its sending task with a log line. So: our tracks hand over packets that
are already encoded (a public feature), and this sender passes feedback to the track and keeps a retransmission budget.
"""

import time
from collections.abc import Callable
from typing import Protocol

from aiortc import RTCRtpSender
from aiortc.rtcrtpparameters import RTCRtpSendParameters
from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    AnyRtcpPacket,
    RtcpPsfbPacket,
    unpack_remb_fci,
)

from call.budget import Budget


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

    @property
    def target(self) -> int:
        """Bits per second that are aimed at."""
        ...


class VideoSender(RTCRtpSender):
    """A sender of packets that a track encodes itself."""

    _feedback: Feedback
    _budget: Budget
    _monotonic: Callable[[], float]

    async def send(self, parameters: RTCRtpSendParameters) -> None:
        """Begin to send."""
        self._feedback.use(parameters.codecs[0].name)
        await super().send(parameters)

    async def _handle_rtcp_packet(self, packet: AnyRtcpPacket) -> None:
        await super()._handle_rtcp_packet(packet)
        if not isinstance(packet, RtcpPsfbPacket):
            return
        if packet.fmt in (RTCP_PSFB_FIR, RTCP_PSFB_PLI):
            self._feedback.keyframe()
        elif packet.fmt == RTCP_PSFB_APP:
            self._estimate(packet.fci)

    def _estimate(self, fci: bytes) -> None:
        try:
            bits, sources = unpack_remb_fci(fci)
        except ValueError:
            return
        if self._ssrc in sources:
            self._feedback.estimate(bits)

    async def _retransmit(self, sequence_number: int) -> None:
        if self._budget.allow(sequence_number, self._feedback.target, self._monotonic()):
            await super()._retransmit(sequence_number)


def adopt(sender: RTCRtpSender, feedback: Feedback, monotonic: Callable[[], float] = time.monotonic) -> Budget:
    """Make ``sender`` one of ours, before it sends; its budget, to be read."""
    sender.__class__ = VideoSender
    if not isinstance(sender, VideoSender):
        raise TypeError(type(sender).__name__)
    sender._feedback = feedback  # noqa: SLF001 - it is of our class from here on
    sender._budget = Budget()  # noqa: SLF001 - likewise
    sender._monotonic = monotonic  # noqa: SLF001 - likewise
    return sender._budget  # noqa: SLF001 - likewise
