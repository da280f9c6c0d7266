# SPDX-License-Identifier: Apache-2.0
"""Who is given which encoding of the picture, when several look at it. Pure: the caller gives the time.

One encoding serves all, at what the weakest of them can take. Only when that is far below what the strongest can, and
stays so, the weak ones get an encoding of their own; more than two there never are. An estimate is worth no more than
what it was tried with (``call.congestion``), so one that stands well over the rest is tried once in a while, and is
given up again when it does not grow. Receivers that agreed on different codecs have an encoding for each codec.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from call.encoders import Kind
from call.rate import Rate

FAR, CLOSE = 0.5, 0.6
"""Share of the strongest target under which a receiver is weak, and from which it is so no more."""
TRIED, AGAIN = 0.75, 60.0
"""Share under which the strongest is tried with an encoding of its own, and the least seconds between two tries."""
PARTING, JOINING = 2.0, 5.0
"""Seconds that a receiver must look weak, and look weak no more."""


class Member(NamedTuple):
    """A receiver: what it takes, and at which rate."""

    kind: Kind
    rate: Rate


class Audience(msgspec.Struct, frozen=True):
    """Those who are ``weak``; since when others should be; when receivers were last parted."""

    weak: frozenset[int] = frozenset()
    since: float | None = None
    parted: float = float("-inf")


def gather(audience: Audience, members: Mapping[int, Member], now: float) -> Audience:
    """The audience at ``now``."""
    weak = audience.weak & members.keys()
    if len({member.kind for member in members.values()}) > 1 or len(members) == len(weak):
        weak = frozenset()
    wanted = _weak(weak, members, trial=now - audience.parted >= AGAIN)
    if wanted == weak:
        return Audience(weak, None, audience.parted)
    since = now if audience.since is None else audience.since
    if now - since < (JOINING if wanted < weak else PARTING):
        return Audience(weak, since, audience.parted)
    return Audience(wanted, None, now if wanted - weak else audience.parted)


def _weak(weak: frozenset[int], members: Mapping[int, Member], *, trial: bool) -> frozenset[int]:
    """Who ought to be weak."""
    if len(members) < 2 or len({member.kind for member in members.values()}) > 1:  # noqa: PLR2004 - nobody to be weaker than
        return frozenset()
    most = max(member.rate.target for member in members.values())
    far = TRIED if trial and not weak else FAR
    return frozenset(
        key for key, member in members.items() if member.rate.target < (CLOSE if key in weak else far) * most
    )


def place(audience: Audience, key: int, members: Mapping[int, Member]) -> int:
    """Which encoding ``key`` is given: 0, or 1 for the weak and for the second codec."""
    kinds = sorted({member.kind for member in members.values()})
    if len(kinds) > 1:
        return kinds.index(members[key].kind)
    return int(key in audience.weak)


def common(rates: Iterable[Rate]) -> Rate:
    """The rate that all of them can take; of one, its own."""
    found = list(rates)
    if len(found) == 1:
        return found[0]
    return Rate(min(rate.target for rate in found), min(rate.rung for rate in found))
