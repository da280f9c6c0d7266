# SPDX-License-Identifier: Apache-2.0
"""What a person decides about measurements: attribute or discard one set aside, confirm one, mark one as an error."""

from uuid import UUID

from device.codes import Doubt
from device.encounter.limits import Limits
from device.encounter.refusals import Why, refusal
from device.encounter.state import Bedside, Encounter
from device.encounter.values import controlled, doubted
from device.encounter.weights import weighed
from device.entry import (
    AsideReason,
    Body,
    EnteredInError,
    MeasurementConfirmed,
    MeasurementDiscarded,
    MeasurementRecorded,
    MeasurementSetAside,
)
from device.people import Operator

MAX_REASON = 500
_TIMELESS = frozenset({AsideReason.NO_TIME, AsideReason.CLOCK_UNSET, AsideReason.FUTURE})
"""Reasons that leave the time of the measurement unknown: the doubt stays with it."""


def attribute(state: Bedside, file: Encounter, aside: UUID, by: Operator, limits: Limits) -> tuple[Body, ...]:
    """« C’est bien la sienne »: the group enters ``file`` by this person's word. Raises Refusal."""
    if any(one.body.attributed == aside for one in file.recorded):
        return ()
    body = _in_tray(state, aside)
    if body.reason is AsideReason.IMPOSSIBLE:
        raise refusal(Why.IMPOSSIBLE)
    if controlled(body.measurements):
        raise refusal(Why.CONTROL_SOLUTION)
    measurements = weighed(body.measurements, file, limits)
    if body.reason in _TIMELESS:
        measurements = doubted(measurements, Doubt.CLOCK)
    return (MeasurementRecorded(measurements, body.provenance, body.received, attributed=aside, by=by, at=body.at),)


def discard(state: Bedside, aside: UUID, by: Operator) -> tuple[Body, ...]:
    """« Écarter ». Raises Refusal."""
    if aside in state.settled and not _attributed(state, aside):
        return ()
    _in_tray(state, aside)
    return (MeasurementDiscarded(aside, by),)


def confirm(file: Encounter, entry: UUID, by: Operator) -> tuple[Body, ...]:
    """« Oui, c’est bien cette valeur ». Raises Refusal."""
    for one in file.recorded:
        if one.entry == entry:
            if one.in_error:
                raise refusal(Why.IN_ERROR)
            return (MeasurementConfirmed(entry, by),) if one.unusual else ()
    raise refusal(Why.NO_ENTRY)


def mark(file: Encounter, entry: UUID, reason: str, by: Operator) -> tuple[Body, ...]:
    """A recorded group, a capture, a sound or a document was wrong: it stays, marked. Raises Refusal."""
    reason = reason.strip()
    for one in file.kept:
        if one.entry == entry:
            if one.in_error:
                return ()
            if not 0 < len(reason) <= MAX_REASON:
                raise refusal(Why.NO_REASON)
            return (EnteredInError(entry, reason, by),)
    raise refusal(Why.NO_ENTRY)


def _in_tray(state: Bedside, aside: UUID) -> MeasurementSetAside:
    for one in state.aside:
        if one.entry == aside:
            return one.body
    raise refusal(Why.NOT_ASIDE)


def _attributed(state: Bedside, aside: UUID) -> bool:
    return state.encounter is not None and any(one.body.attributed == aside for one in state.encounter.recorded)
