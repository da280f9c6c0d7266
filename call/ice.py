# SPDX-License-Identifier: Apache-2.0
"""The other place that reaches into aiortc (see ``call.sender``): what its ICE agent, aioice's, may ask and where it
stands. Pinned by tests/call/test_ice.py.

aiortc reads relays from a list of URLs, believes the system's authorities alone, and gathers for five seconds. Here one
relay that has just answered is given to the agent itself, with whom to believe, and as long as that relay may need.
"""

import functools

from aiortc import RTCIceTransport, RTCPeerConnection
from aiortc.rtcicetransport import candidate_from_aioice
from aiortc.sdp import candidate_to_sdp

from call.relays import Choice, Sounding, Way

LEAST, MOST = 0.5, 2.0
"""Seconds that gathering may take when servers are asked."""


def equip(connection: RTCPeerConnection, choice: Choice) -> None:
    """Have the agent of a bundled ``connection`` ask the servers chosen, before it makes its offer."""
    agent = _transport(connection).iceGatherer._connection  # noqa: SLF001 - no other way to it
    asked = [one for one in (choice.relay, choice.stun) if one is not None]
    if choice.stun is not None:
        agent.stun_server = (choice.stun.address, choice.stun.relay.port)
    if choice.relay is not None:
        relay, tls = choice.relay.relay, choice.relay.relay.way is Way.TLS
        agent.turn_server = (relay.host if tls else choice.relay.address, relay.port)
        agent.turn_ssl = (choice.context or True) if tls else False  # type: ignore[assignment] # create_connection takes both
        agent.turn_transport = "udp" if relay.way is Way.UDP else "tcp"
        agent.turn_username, agent.turn_password = relay.username, relay.credential
    agent.get_component_candidates = functools.partial(  # type: ignore[method-assign]
        agent.get_component_candidates,
        timeout=_patience(asked),  # type: ignore[arg-type] # said to be an int, and given to asyncio.wait
    )


def here(connection: RTCPeerConnection) -> str:
    """The address of this machine that the present pair of candidates leaves from; "" before there is one."""
    agent = _transport(connection)._connection  # noqa: SLF001 - as above
    for pair in agent._nominated.values():  # noqa: SLF001 - as above
        transport = pair.protocol.transport
        inner = getattr(transport, "_TurnTransport__inner_protocol", None)
        name = (inner.transport if inner is not None else transport).get_extra_info("sockname")
        return str(name[0]) if name else ""
    return ""


async def late(connection: RTCPeerConnection, choice: Choice) -> list[str]:
    """Candidates of the relay chosen once all others were gathered and told, and before the answer is taken."""
    agent = _transport(connection).iceGatherer._connection  # noqa: SLF001 - as above
    if choice.relay is None or agent.turn_server is not None:
        return []
    equip(connection, choice)
    found = await agent.get_component_candidates(component=1, addresses=[])
    agent._local_candidates += found  # noqa: SLF001 - as the agent's own gathering does
    return [candidate_to_sdp(candidate_from_aioice(one)) for one in found]


def _transport(connection: RTCPeerConnection) -> RTCIceTransport:
    """Of a bundle there is one, its first section's. Raises LookupError without any section."""
    if connection.sctp is not None:
        return connection.sctp.transport.transport
    return connection.getTransceivers()[0].sender.transport.transport


def _patience(asked: list[Sounding]) -> float:
    return min(MOST, max(LEAST, 3 * max((one.seconds for one in asked), default=0.0)))


def route(connection: RTCPeerConnection) -> str:
    """The present pair of candidates as RFC 8445 §5.1.1 names them, and how a relay is reached: "host-srflx udp",
    "relay-host tls"; "" before there is one."""
    agent = _transport(connection)._connection  # noqa: SLF001 - as above
    for pair in agent._nominated.values():  # noqa: SLF001 - as above
        ours, theirs = pair.local_candidate, pair.remote_candidate
        way = str(ours.transport)
        if ours.type == "relay":
            way = "tls" if agent.turn_ssl else str(agent.turn_transport)
        return f"{ours.type}-{theirs.type} {way}".lower()
    return ""
