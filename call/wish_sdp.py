# SPDX-License-Identifier: Apache-2.0
"""Descriptions as WHIP and WHEP want them (RFC 9725 §4.4, RFC 8840 §4.4), and what is taken of a server's. Pure."""

import re
from collections.abc import Iterable

from call.messages import CANDIDATES
from call.sound import asking_for_copies
from call.wish_answers import unusable

_ENDED = "a=end-of-candidates"
_KINDS = re.compile(r"^m=(\w+) ", re.MULTILINE)
_MID = "a=mid:"
_OURS = ("audio", "video")


def offered(sdp: str) -> str:
    """Our offer: candidates may still follow, RTP and RTCP share one port, all sections but the first one bundle."""
    head, *sections = _sections(asking_for_copies(sdp))
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
    if len(found) != len(set(found)) or not set(found) <= set(_OURS):
        raise unusable(f"sections {found[:8]}: one of audio and one of video at most")
    lines, left = [], CANDIDATES
    for line in sdp.splitlines():
        left -= line.startswith("a=candidate:")
        if left >= 0 or not line.startswith("a=candidate:"):
            lines.append(line)
    return "\r\n".join(lines) + "\r\n"


def chosen(sdp: str) -> str:
    """A server's own offer without what we refuse of it: all sections but the first voice and the first picture. A
    player has one of each (draft-ietf-wish-whep-03, "Single MediaStream"); that draft's own example has a data channel
    and a second picture as well."""
    head, *sections = _sections(sdp)
    ours = _chosen(sections)
    left = {_first(one, _MID)[len(_MID) :] for place, one in enumerate(sections) if place not in ours}
    if group := _first(head, "a=group:BUNDLE"):
        head = head.replace(group, " ".join(word for word in group.split(" ") if word not in left))
    return "".join((head, *(sections[place] for place in ours)))


def refusing(answer: str, offer: str) -> str:
    """``answer`` to ``chosen(offer)`` as one to all of ``offer``: the others are refused in their places, by port 0
    (RFC 3264 §6), and outside the bundle (RFC 9143 §7.3.3)."""
    (head, *given), (_, *sections) = _sections(answer), _sections(offer)
    ours = dict(zip(_chosen(sections), given, strict=False))
    return head + "".join(ours.get(place) or _refused(one) for place, one in enumerate(sections))


def kinds(sdp: str) -> tuple[str, ...]:
    """The kinds of media of a description, in their order."""
    return tuple(_KINDS.findall(sdp))


def fragment(sdp: str, late: Iterable[str]) -> str:
    """The candidates ``late`` for the session of our offer ``sdp``, and that no more follow (RFC 8840 §4.4)."""
    group = _first(sdp, "a=group:BUNDLE")
    section = _sections(sdp)[1]
    lines = [
        *([group] if group else []),
        section.splitlines()[0],
        *(_first(section, start) for start in (_MID, "a=ice-ufrag:", "a=ice-pwd:")),
        *(f"a=candidate:{one}" for one in late),
        _ENDED,
    ]
    return "\r\n".join(lines) + "\r\n"


def trickles(sdp: str) -> bool:
    """Whether the server said that it takes candidates later (RFC 8838 §4.1)."""
    return re.search(r"^a=ice-options:.*\btrickle\b", sdp, re.MULTILINE) is not None


def _sections(sdp: str) -> list[str]:
    """What stands before the first section, and the sections."""
    return re.split(r"(?=^m=)", sdp, flags=re.MULTILINE)


def _chosen(sections: list[str]) -> list[int]:
    """The places of the first voice and of the first picture."""
    found = [(_KINDS.findall(one) or [""])[0] for one in sections]
    return sorted(found.index(kind) for kind in _OURS if kind in found)


def _refused(section: str) -> str:
    kind, _, rest = (*section.splitlines()[0].split(" ", 2), "", "")[:3]
    mid = _first(section, _MID)
    lines = (f"{kind} 0 {rest}", "c=IN IP4 0.0.0.0", "a=inactive", *([mid] if mid else []))
    return "\r\n".join(lines) + "\r\n"


def _first(sdp: str, start: str) -> str:
    return next((line for line in sdp.splitlines() if line.startswith(start)), "")


def _without(sdp: str, start: str) -> str:
    return "".join(line for line in sdp.splitlines(keepends=True) if not line.startswith(start))
