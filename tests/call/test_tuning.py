# SPDX-License-Identifier: Apache-2.0
from aiortc import rtcsctptransport
from aiortc.codecs import CODECS, HEADER_EXTENSIONS

from call.tuning import PLAYOUT, RESEND, WIDE, tune


def test_transport_wide_feedback_and_playout_delays_are_offered_once():
    tune()
    tune()
    for uri in (WIDE, PLAYOUT):
        assert [one.uri for one in HEADER_EXTENSIONS["video"]].count(uri) == 1
    identities = [one.id for kind in ("audio", "video") for one in HEADER_EXTENSIONS[kind]]
    assert len({one.uri for kind in ("audio", "video") for one in HEADER_EXTENSIONS[kind]}) == len(set(identities))
    for codec in CODECS["video"]:
        said = [one.type for one in codec.rtcpFeedback].count("transport-cc")
        assert said == (0 if codec.name == "rtx" else 1)


def test_sctp_sends_again_as_soon_as_a_browser_would():
    tune()
    transport = object.__new__(rtcsctptransport.RTCSctpTransport)
    transport._srtt = None
    transport._update_rto(0.01)
    assert transport._rto == RESEND
