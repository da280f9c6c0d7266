# SPDX-License-Identifier: Apache-2.0
"""How a line is, in a few numbers for the technician; none of them is clinical."""

import msgspec

from call.ice import route
from call.peer import Peer
from call.rate import LADDER
from call.video import OutgoingVideo


class Statistics(msgspec.Struct, frozen=True):
    """Totals since the call began (``pictures``, ``octets``, ``keyframes``, ``openings`` of the encoder, ``resent``,
    ``refused`` resends), bits per second aimed at, and what the doctor's side reports: round trip in seconds, share of
    packets lost since the last report, both None before there is one; ``route`` is ``call.ice.route``; ``stills``: the
    link carries the voice and a picture now and then."""

    pictures: int
    octets: int
    keyframes: int
    openings: int
    target: int
    width: int
    height: int
    resent: int
    refused: int
    round_trip: float | None = None
    lost: float | None = None
    route: str = ""
    stills: bool = False


async def measure(peer: Peer, video: OutgoingVideo) -> Statistics:
    """The statistics of the present peer connection."""
    width, height = video.size
    return Statistics(
        pictures=video.frames,
        octets=video.octets,
        keyframes=video.keyframes,
        openings=video.openings,
        target=video.target,
        width=width,
        height=height,
        resent=peer.budget.allowed,
        refused=peer.budget.refused,
        round_trip=peer.sender.round_trip,
        lost=peer.sender.lost,
        route=route(peer.connection),
        stills=video.target < LADDER[1].least,
    )
