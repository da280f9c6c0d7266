# SPDX-License-Identifier: Apache-2.0
"""Relays: what each address means (RFC 7064, RFC 7065), what a sounding of it found, and which one is used. Pure.

aiortc takes the first relay of a list and waits five seconds for it. So it is given one at most, that has just
answered; and none when none does: then only the addresses of this machine are tried, at once.
"""

import enum
import re
import ssl
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from call.messages import IceServer

_URL = re.compile(r"(stun|turns?):(\[[0-9A-Fa-f:.]+\]|[^][:?/@\s]+)(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?")
PORT, TLS_PORT = 3478, 5349


class Way(enum.StrEnum):
    """How a server is spoken to, the best first: what is lost on the way of a stream stops all that follows it."""

    STUN = "stun"
    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"


class Relay(msgspec.Struct, frozen=True):
    """One address of a server: ``host`` as it stands in ``url``, a name or an address (without brackets)."""

    url: str
    way: Way
    host: str
    port: int
    username: str = ""
    credential: str = ""


class Trouble(enum.StrEnum):
    """Why a server cannot be used."""

    SILENT = "silent"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown name"
    CERTIFICATE = "certificate"
    REFUSED = "refused"


class Sounding(msgspec.Struct, frozen=True):
    """What came of asking a server: ``seconds`` until it gave what is wanted of it, at ``address``; or a trouble."""

    relay: Relay
    seconds: float = 0.0
    address: str = ""
    trouble: Trouble | None = None
    detail: str = ""


class Choice(NamedTuple):
    """What a peer connection is to use: a relay, a server that tells our public address, each of which may be absent;
    and who is believed of a relay over TLS."""

    relay: Sounding | None = None
    stun: Sounding | None = None
    context: ssl.SSLContext | None = None


def relays(ice: Iterable[IceServer]) -> tuple[tuple[Relay, ...], tuple[str, ...]]:
    """Every address of ``ice``, once and in order, and those that cannot be read. A relay over UDP tells our public
    address too, so it counts as a STUN server as well."""
    found: dict[tuple[Way, str, int], Relay] = {}
    unreadable = []
    for server in ice:
        for url in (server.urls,) if isinstance(server.urls, str) else server.urls:
            one = _read(url, server.username or "", server.credential or "")
            if one is None:
                unreadable.append(url)
                continue
            found.setdefault((one.way, one.host, one.port), one)
            if one.way is Way.UDP:
                stun = msgspec.structs.replace(one, way=Way.STUN)
                found.setdefault((Way.STUN, one.host, one.port), stun)
    return tuple(found.values()), tuple(unreadable)


def choose(soundings: Iterable[Sounding]) -> Choice:
    """The best way that answered, and among those of a way the quickest."""
    good = sorted(
        (one for one in soundings if one.trouble is None), key=lambda one: (_RANK[one.relay.way], one.seconds)
    )
    relay = next((one for one in good if one.relay.way is not Way.STUN), None)
    return Choice(relay, next((one for one in good if one.relay.way is Way.STUN), None))


def settled(soundings: Iterable[Sounding]) -> bool:
    """Whether nothing better can come any more of those that have not answered yet."""
    choice = choose(soundings)
    return choice.relay is not None and choice.relay.relay.way is Way.UDP and choice.stun is not None


_RANK = {way: rank for rank, way in enumerate(Way)}


def _read(url: str, username: str, credential: str) -> Relay | None:
    match = _URL.fullmatch(url)
    if match is None:
        return None
    scheme, host, port, transport = match.groups()
    if (scheme, transport) == ("turns", "udp") or (scheme == "stun" and transport is not None):
        return None  # DTLS relays, and a parameter that RFC 7064 does not have
    way = {"stun": Way.STUN, "turns": Way.TLS}.get(scheme) or (Way.TCP if transport == "tcp" else Way.UDP)
    number = int(port) if port else TLS_PORT if way is Way.TLS else PORT
    if not 0 < number < 65536:  # noqa: PLR2004 - the ports there are
        return None
    return Relay(url, way, host.strip("[]"), number, username, credential)
