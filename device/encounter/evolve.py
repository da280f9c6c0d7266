# SPDX-License-Identifier: Apache-2.0
"""The fold: what one more entry makes of the state. Pure, and total: an entry that does not fit changes nothing."""

from datetime import timedelta
from functools import reduce
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from device import entry as e
from device.clock import Instant
from device.codes import Metric, Site
from device.encounter.sameness import identity
from device.encounter.state import Aside, Attached, Bedside, Captured, Encounter, Heard, Recorded
from device.encounter.values import FAMILIES
from device.entry import CART, Entry

TRAY = timedelta(hours=12)
"""What was set aside before any patient leaves the tray when a file is opened this long after; the entry stays."""
KNOWN = 4000
"""How many groups are remembered as seen: more than the memories of all instruments of a cart together."""

_Marked = TypeVar("_Marked", Recorded, Captured, Heard, Attached)


def replay(entries: list[Entry], state: Bedside | None = None) -> Bedside:
    """The state after ``entries``, from the beginning or from ``state``."""
    return reduce(evolve, entries, state or Bedside())


def evolve(state: Bedside, entry: Entry) -> Bedside:
    """The state after ``entry``."""
    match entry.body:
        case e.EncounterOpened():
            return _opened(state, entry, entry.body)
        case e.MeasurementSetAside():
            return _set_aside(state, entry, entry.body)
        case e.MeasurementDiscarded(aside):
            return msgspec.structs.replace(
                state,
                aside=tuple(one for one in state.aside if one.entry != aside),
                settled=state.settled | {aside},
            )
        case e.MeasurementRecorded():
            state = _recorded(state, entry.body)
        case e.FileClosed():
            return _closed_file(state, entry)
    encounter = state.encounter
    if encounter is None or encounter.id != entry.encounter:
        return state
    return msgspec.structs.replace(state, encounter=_within(encounter, entry))


def _opened(state: Bedside, entry: Entry, body: e.EncounterOpened) -> Bedside:
    since = entry.instant.wall - TRAY
    return msgspec.structs.replace(
        state,
        encounter=Encounter(entry.encounter, entry.sequence, body.patient, body.operator, entry.instant),
        aside=tuple(one for one in state.aside if one.chain == CART and one.body.received.wall > since),
        settled=frozenset(),
    )


def _set_aside(state: Bedside, entry: Entry, body: e.MeasurementSetAside) -> Bedside:
    state = _seen(state, body)
    ours = state.encounter is not None and state.encounter.id == entry.encounter
    if entry.encounter != CART and not ours:
        return state
    aside = Aside(entry.id, entry.encounter, body, entry.instant)
    return msgspec.structs.replace(state, aside=(*state.aside, aside))


def _recorded(state: Bedside, body: e.MeasurementRecorded) -> Bedside:
    if body.attributed is not None:
        state = msgspec.structs.replace(
            state,
            aside=tuple(one for one in state.aside if one.entry != body.attributed),
            settled=state.settled | {body.attributed},
        )
    return _seen(state, body)


def _closed_file(state: Bedside, entry: Entry) -> Bedside:
    if state.encounter is None or state.encounter.id != entry.encounter:
        return state
    aside = tuple(one for one in state.aside if one.chain == CART)
    return msgspec.structs.replace(state, encounter=None, aside=aside, settled=frozenset())


def _seen(state: Bedside, body: e.MeasurementRecorded | e.MeasurementSetAside) -> Bedside:
    key = identity(body.measurements, body.provenance)
    known: dict[str, Instant] = {name: when for name, when in state.known.items() if name != key}
    known[key] = body.received
    if len(known) > KNOWN:
        del known[next(iter(known))]
    return msgspec.structs.replace(state, known=known)


def _within(encounter: Encounter, entry: Entry) -> Encounter:
    changes = _people(encounter, entry) or _kept(encounter, entry) or _facts(encounter, entry)
    return msgspec.structs.replace(encounter, **changes) if changes else encounter


def _people(encounter: Encounter, entry: Entry) -> dict[str, Any]:  # noqa: PLR0911 - one for each kind
    """What identity, consent, call and end change."""
    match entry.body:
        case e.IdentityConfirmed() if encounter.identified is None:
            return {"identified": entry.instant}
        case e.ConsentGiven(form):
            return {"consent": form, "withdrawn": False}
        case e.ConsentWithdrawn():
            return {"consent": None, "withdrawn": True}
        case e.CallRequested():
            return {"call_requested": True}
        case e.CallEnded():
            return {"call_requested": False, "practitioners": (), "conference": False}
        case e.ConferenceOpened() | e.ConferenceClosed():
            return {"conference": isinstance(entry.body, e.ConferenceOpened)}
        case e.PractitionerJoined(practitioner):
            return {"practitioners": (*_without(encounter, practitioner.peer), practitioner)}
        case e.PractitionerLeft(practitioner):
            return {"practitioners": _without(encounter, practitioner.peer)}
        case e.EncounterClosed(outcome):
            ended = {"call_requested": False, "practitioners": (), "conference": False}
            return {"closed": entry.instant, "outcome": outcome, **ended}
    return {}


def _kept(encounter: Encounter, entry: Entry) -> dict[str, Any]:
    """What captures, sounds and documents change, and an entry marked as an error."""
    body = entry.body
    match body:
        case e.CaptureTaken():
            return {"captures": (*encounter.captures, Captured(entry.id, body))}
        case e.SoundRecorded():
            return {"sounds": (*encounter.sounds, Heard(entry.id, body))}
        case e.DocumentAttached():
            return {"documents": (*encounter.documents, Attached(entry.id, body))}
        case e.EnteredInError(target):
            return {
                "recorded": _marked(encounter.recorded, target, in_error=True),
                "captures": _marked(encounter.captures, target, in_error=True),
                "sounds": _marked(encounter.sounds, target, in_error=True),
                "documents": _marked(encounter.documents, target, in_error=True),
            }
    return {}


def _facts(encounter: Encounter, entry: Entry) -> dict[str, Any]:  # noqa: PLR0911 - one for each kind
    """What measurements, context and words change."""
    body = entry.body
    match body:
        case e.MeasurementRecorded():
            return {"recorded": (*encounter.recorded, Recorded(entry.id, body, entry.instant))}
        case e.MeasurementConfirmed(target):
            return {"recorded": _marked(encounter.recorded, target, confirmed=True)}
        case e.OxygenNoted(litres):
            return {"oxygen": litres}
        case e.SiteNoted(metric, site):
            return {"sites": {**encounter.sites, **_sited(metric, site)}}
        case e.Incident():
            return {"incidents": (*encounter.incidents, body)}
        case e.ConclusionWritten():
            return {"conclusion": body}
    return {}


def _without(encounter: Encounter, peer: str) -> tuple[Any, ...]:
    return tuple(one for one in encounter.practitioners if one.peer != peer)


def _marked(items: tuple[_Marked, ...], target: UUID, **changes: bool) -> tuple[_Marked, ...]:
    return tuple(msgspec.structs.replace(one, **changes) if one.entry == target else one for one in items)


def _sited(metric: Metric, site: Site) -> dict[Metric, Site]:
    family = next((family for family in FAMILIES if metric in family), frozenset({metric}))
    return dict.fromkeys(family, site)
