# SPDX-License-Identifier: Apache-2.0
"""How a line is, in a few numbers for the technician; none of them is clinical."""

import msgspec
from aiortc.rtcrtpreceiver import RemoteStreamTrack

from call.ice import route
from call.peer import Peer
from call.rate import LADDER
from call.video import OutgoingVideo


class Statistics(msgspec.Struct, frozen=True):
    """Totals since the call began (``pictures``, ``octets``, ``keyframes``, ``openings`` of the encoder, ``resent``,
    ``refused`` resends), bits per second aimed at, and what the doctor's side reports: round trip in seconds, share of
    packets lost since the last report, both None before there is one; ``route`` is ``call.ice.route``; ``stills``: the
    link carries the voice and a picture now and then; ``queues`` is what waits (``waiting``)."""

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
    queues: dict[str, int] = {}


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
        queues=waiting(peer),
    )


def waiting(peer: Peer) -> dict[str, int]:
    """What waits on this side: bytes of the two data channels, and of their association in all its queues; frames of
    the doctor's that nobody has read."""
    found = {"control-bytes": peer.control.bufferedAmount, "captures-bytes": peer.captures.bufferedAmount}
    sctp = peer.connection.sctp
    if sctp is not None:
        # aiortc tells a channel's own bytes alone, not what its association holds to send again
        chunks = (*sctp._outbound_queue, *sctp._sent_queue)  # noqa: SLF001 - as said
        held = sum(len(data) for _, _, data in sctp._data_channel_queue)  # noqa: SLF001 - likewise
        found["association-bytes"] = held + sum(len(chunk.user_data) for chunk in chunks)
    tracks = [one.track for one in peer.connection.getReceivers() if one.track is not None]
    found["received-frames"] = sum(one._queue.qsize() for one in tracks if isinstance(one, RemoteStreamTrack))  # noqa: SLF001 - aiortc's queue has no end
    return found
