# SPDX-License-Identifier: Apache-2.0
"""Descriptions as WHIP and WHEP want them (RFC 9725 §4.4, RFC 8840 §4.4), and what is taken of a server's. Pure."""

import re
from collections.abc import Iterable

from call.messages import CANDIDATES
from call.sound import asking_for_copies
from call.wish_answers import unusable

_ENDED = "a=end-of-candidates"
_KINDS = re.compile(r"^m=(\w+) ", re.MULTILINE)


def offered(sdp: str) -> str:
    """Our offer: candidates may still follow, RTP and RTCP share one port, all sections but the first one bundle."""
    head, *sections = re.split(r"(?=^m=)", asking_for_copies(sdp), flags=re.MULTILINE)
    head = _without(head, "a=ice-options:") + "a=ice-options:trickle\r\n"
    told = [
        _without(section, _ENDED) + ("a=bundle-only\r\n" if place else "") + "a=rtcp-mux-only\r\n"
        for place, section in enumerate(sections)
    ]
    return "".join((head, *told))


def taken(sdp: str) -> str:
    """A server's description with ``CANDIDATES`` candidates at most. Raises CallError (CAL-53) when it is none, or has
    more than one section for a kind of media (RFC 9725 §4.4.2: unread, each would grow without end)."""
    found = kinds(sdp)
    if not sdp.startswith("v=0") or not found:
        raise unusable(f"no description: {sdp[:40]!r}")
    if len(found) != len(set(found)) or not set(found) <= {"audio", "video"}:
        raise unusable(f"sections {found[:8]}: one of audio and one of video at most")
    lines, left = [], CANDIDATES
    for line in sdp.splitlines():
        left -= line.startswith("a=candidate:")
        if left >= 0 or not line.startswith("a=candidate:"):
            lines.append(line)
    return "\r\n".join(lines) + "\r\n"


def kinds(sdp: str) -> tuple[str, ...]:
    """The kinds of media of a description, in their order."""
    return tuple(_KINDS.findall(sdp))


def fragment(sdp: str, late: Iterable[str]) -> str:
    """The candidates ``late`` for the session of our offer ``sdp``, and that no more follow (RFC 8840 §4.4)."""
    group = _first(sdp, "a=group:BUNDLE")
    section = re.split(r"(?=^m=)", sdp, flags=re.MULTILINE)[1]
    lines = [
        *([group] if group else []),
        section.splitlines()[0],
        *(_first(section, start) for start in ("a=mid:", "a=ice-ufrag:", "a=ice-pwd:")),
        *(f"a=candidate:{one}" for one in late),
        _ENDED,
    ]
    return "\r\n".join(lines) + "\r\n"


def trickles(sdp: str) -> bool:
    """Whether the server said that it takes candidates later (RFC 8838 §4.1)."""
    return re.search(r"^a=ice-options:.*\btrickle\b", sdp, re.MULTILINE) is not None


def _first(sdp: str, start: str) -> str:
    return next((line for line in sdp.splitlines() if line.startswith(start)), "")


def _without(sdp: str, start: str) -> str:
    return "".join(line for line in sdp.splitlines(keepends=True) if not line.startswith(start))
