# SPDX-License-Identifier: Apache-2.0
"""Whose measurement is it? What enters the open encounter by itself, and what is set aside with its reason.

The worst fault of a cart is a right-looking number for the wrong person: every rule here, in doubt, sets aside.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple

from device.clock import Instant
from device.codes import Doubt
from device.encounter import times
from device.encounter.limits import ClockLimits, Limits
from device.encounter.sameness import identity
from device.encounter.state import Bedside, Encounter
from device.encounter.values import controlled, doubted, impossible, judged, sited, telling, unreal
from device.encounter.weights import weighed
from device.entry import AsideReason, MeasurementRecorded, MeasurementSetAside
from device.measurement import Arrival, Measurement, Provenance

Admitted = MeasurementRecorded | MeasurementSetAside


def admit(
    state: Bedside,
    burst: Sequence[Arrival],
    limits: Limits,
    now: Instant,
    *,
    enrolled: Collection[str],
    zone: tzinfo | None = None,
) -> tuple[Admitted, ...]:
    """What becomes of a whole burst: one body for each group, in order, all for ``state.measurement_chain``.

    ``burst`` is what one connection brought until it was quiet; live arrivals may come alone. ``enrolled`` are the
    instruments of this cart; ``zone`` is where their local time is (None: the machine's own).

    Nothing at all is written for a group already recorded or set aside, for one that tells nothing (a failure, which
    the station shows), and for a stream while nobody is identified.
    """
    rules = _Rules(state, limits, now, enrolled, zone)
    groups = [group for arrival in burst for group in _groups(arrival, rules) if telling(group.measurements)]
    last = _last(groups, rules)
    known, admitted = dict(state.known), []
    for group in groups:
        if _known(known, group, limits.clock):
            continue
        known[group.key] = group.received
        body = _body(group, last, rules)
        if body is not None:
            admitted.append(body)
    return tuple(admitted)


class _Rules(NamedTuple):
    """What everything is judged by."""

    state: Bedside
    limits: Limits
    now: Instant
    enrolled: Collection[str]
    zone: tzinfo | None


class _Group(NamedTuple):
    """Measurements that belong together. ``key``: its identity; ``moments``: what its stamp may stand for, none when it
    cannot be believed."""

    key: str
    measurements: tuple[Measurement, ...]
    provenance: Provenance
    received: Instant
    live: bool
    taken: datetime | None
    moments: tuple[datetime, ...]

    @property
    def continuous(self) -> bool:
        """Whether it comes from a stream."""
        return all(one.continuous for one in self.measurements)


def _groups(arrival: Arrival, rules: _Rules) -> Iterator[_Group]:
    provenance = arrival.provenance
    for number in dict.fromkeys(one.group for one in arrival.measurements):
        measurements = tuple(one for one in arrival.measurements if one.group == number)
        live = arrival.live and not any(one.stored for one in measurements)
        taken = next((one.taken for one in measurements if one.taken is not None), None)
        placed: tuple[datetime, ...] = ()
        if taken is not None and times.believable(provenance, rules.limits.clock):
            placed = times.moments(taken, provenance.clock_offset or 0.0, rules.zone)
        key = identity(measurements, provenance)
        yield _Group(key, measurements, provenance, arrival.received, live, taken, placed)


def _known(known: dict[str, Instant], group: _Group, limits: ClockLimits) -> bool:
    """Whether the group was already received. Without any time, two equal live values are one only when close."""
    when = known.get(group.key)
    if when is None:
        return False
    if group.taken is not None or not group.live:
        return True
    apart = abs(group.received.monotonic - when.monotonic), abs((group.received.wall - when.wall).total_seconds())
    return max(apart) <= limits.resend


def _body(group: _Group, last: list[_Group], rules: _Rules) -> Admitted | None:
    encounter = rules.state.encounter
    measurements = judged(group.measurements, rules.limits)
    if group.live and _clockless(group, rules):
        measurements = doubted(measurements, Doubt.CLOCK)
    group = group._replace(measurements=measurements)
    reason = _reason(group, last, rules)
    at = _at(group, rules.now, rules.limits.clock)
    if reason is None and encounter is not None:
        measurements = weighed(sited(measurements, encounter.sites), encounter, rules.limits)
        return MeasurementRecorded(measurements, group.provenance, group.received, at=at)
    if group.continuous and (encounter is None or reason not in (AsideReason.IMPOSSIBLE, AsideReason.NOT_REAL)):
        return None
    return MeasurementSetAside(reason or AsideReason.NO_PATIENT, measurements, group.provenance, group.received, at=at)


def _reason(group: _Group, last: list[_Group], rules: _Rules) -> AsideReason | None:  # noqa: PLR0911 - one for each
    """Why the group may not enter by itself, or None."""
    encounter = rules.state.encounter
    if group.provenance.instrument not in rules.enrolled:
        return AsideReason.NOT_ENROLLED
    if controlled(group.measurements):
        return AsideReason.CONTROL_SOLUTION
    if unreal(group.measurements):
        return AsideReason.NOT_REAL
    if impossible(group.measurements):
        return AsideReason.IMPOSSIBLE
    if encounter is None:
        return AsideReason.NO_PATIENT
    if encounter.closed is not None:
        return AsideReason.ENDED
    if encounter.identified is None:
        return AsideReason.BEFORE_PATIENT
    if group.live:
        return _live_reason(group, encounter.identified, rules)
    return _stored_reason(group, encounter, encounter.identified, last, rules)


def _live_reason(group: _Group, identified: Instant, rules: _Rules) -> AsideReason | None:
    """Live is of now, unless it was received, or was surely taken, before the patient was identified."""
    if times.before(group.received, identified, rules.now):
        return AsideReason.BEFORE_PATIENT
    if group.moments:
        lead = (times.floor(identified, rules.now) - group.moments[-1]).total_seconds()
        if lead > rules.limits.clock.tolerance:
            return AsideReason.BEFORE_PATIENT
    return None


def _stored_reason(
    group: _Group, encounter: Encounter, identified: Instant, last: list[_Group], rules: _Rules
) -> AsideReason | None:
    """A memory's measurement enters by its time alone: every instant that it may stand for has to be the patient's."""
    if group.taken is None:
        return AsideReason.NO_TIME
    if not group.moments:
        return AsideReason.CLOCK_UNSET
    possible = _past(group, rules.now, rules.limits.clock)
    if not possible:
        return AsideReason.FUTURE
    if possible[0] < times.floor(identified, rules.now):
        return AsideReason.BEFORE_PATIENT
    if not _newest(group, possible[-1], encounter, last):
        return AsideReason.NOT_NEWEST
    return None


def _last(groups: list[_Group], rules: _Rules) -> list[_Group]:
    """The last of a burst, for each instrument: what is live, and what bears the latest time that is not to come."""
    latest: dict[str, datetime] = {}
    for group in groups:
        for moment in _past(group, rules.now, rules.limits.clock)[-1:]:
            name = group.provenance.instrument
            latest[name] = max(moment, latest.get(name, moment))
    return [
        group
        for group in groups
        if group.live or _past(group, rules.now, rules.limits.clock)[-1:] == (latest.get(group.provenance.instrument),)
    ]


def _newest(group: _Group, at: datetime, encounter: Encounter, last: list[_Group]) -> bool:
    """Whether it is the last of its burst, alone, and later than all that is recorded of its instrument."""
    rivals = [one for one in last if one.provenance.instrument == group.provenance.instrument]
    if not all(_together(one, group) for one in rivals):
        return False
    return not any(
        one.body.provenance.instrument == group.provenance.instrument and one.body.at is not None and one.body.at >= at
        for one in encounter.recorded
    )


def _together(one: _Group, other: _Group) -> bool:
    """Whether two groups are the same one sent twice, or came in one frame."""
    return one.key == other.key or (one.received, one.provenance.frame) == (other.received, other.provenance.frame)


def _past(group: _Group, now: Instant, limits: ClockLimits) -> tuple[datetime, ...]:
    """The instants that a group's stamp may stand for, without those still to come."""
    return tuple(one for one in group.moments if (one - now.wall).total_seconds() <= limits.future)


def _at(group: _Group, now: Instant, limits: ClockLimits) -> datetime | None:
    if group.live:
        return group.received.wall
    past = _past(group, now, limits)
    return past[-1] if past else None


def _clockless(group: _Group, rules: _Rules) -> bool:
    """Whether a live group has no time of its own, or one that is not of now: ours is used, its own is kept."""
    if group.taken is None:
        return not group.continuous
    return times.strays(group.taken, group.received, rules.zone, rules.limits.clock)
