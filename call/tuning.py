# SPDX-License-Identifier: Apache-2.0
"""What aiortc keeps in tables and constants of its own and we want otherwise, set once before a description is made.

It offers neither transport-wide feedback nor playout delays. Its SCTP waits a second, then two, before it sends a lost
message again (RFC 9260 §16 recommends RTO.Min of one second); browsers wait 0.4 s at least (dcSCTP), and so do we: a
measurement shall not be late for one lost packet.
"""

from aiortc import rtcsctptransport
from aiortc.codecs import CODECS, HEADER_EXTENSIONS, is_rtx
from aiortc.rtcrtpparameters import RTCRtcpFeedback, RTCRtpHeaderExtensionParameters

WIDE = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
PLAYOUT = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"
_WIDE_ID, _PLAYOUT_ID = 4, 5
"""Of the header extensions, among aiortc's own (1 to 3)."""
RESEND, FIRST = 0.4, 1.0
"""Seconds: the least, and the first, before SCTP sends again."""


def tune() -> None:
    """Set them. Again does no harm."""
    wide = RTCRtpHeaderExtensionParameters(id=_WIDE_ID, uri=WIDE)
    feedback = RTCRtcpFeedback(type="transport-cc")
    for kind in ("video", "audio"):
        if wide not in HEADER_EXTENSIONS[kind]:
            HEADER_EXTENSIONS[kind].append(wide)
        for codec in CODECS[kind]:
            if not is_rtx(codec) and feedback not in codec.rtcpFeedback:
                codec.rtcpFeedback.append(feedback)
    playout = RTCRtpHeaderExtensionParameters(id=_PLAYOUT_ID, uri=PLAYOUT)
    if playout not in HEADER_EXTENSIONS["video"]:
        HEADER_EXTENSIONS["video"].append(playout)
    rtcsctptransport.SCTP_RTO_MIN = RESEND  # type: ignore[assignment]
    rtcsctptransport.SCTP_RTO_INITIAL = FIRST
