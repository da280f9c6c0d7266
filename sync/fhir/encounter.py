# SPDX-License-Identifier: Apache-2.0
"""Encounter (https://hl7.org/fhir/R4/encounter.html; FR Core fr-core-encounter), class VR (virtual)."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from device.entry import Outcome
from device.people import Operator, Practitioner
from sync.fhir import people
from sync.fhir.elements import Json, coding, concept, instant, reference
from sync.fhir.profiles import PROFILES
from sync.fhir.source import Arc, Source

_CLOSED = {
    Outcome.FINISHED: "finished",
    Outcome.REFUSED: "cancelled",
    Outcome.WITHDRAWN: "finished",
    Outcome.WRONG_PATIENT: "entered-in-error",
}


class Presence(NamedTuple):
    """A doctor on the call; ``until`` None: still there, or never seen to leave."""

    practitioner: Practitioner
    since: datetime
    until: datetime | None = None


class Closing(NamedTuple):
    """How and when an encounter ended."""

    outcome: Outcome
    at: datetime


def encounter(  # noqa: PLR0913 - one argument an element
    source: Source,
    identity: UUID,
    patient: UUID,
    operator: Operator,
    opened: datetime,
    *,
    presences: tuple[Presence, ...] = (),
    closing: Closing | None = None,
) -> Json:
    """The encounter as it stands; without ``closing`` it is in progress."""
    period = {"start": instant(opened, source.zone)}
    if closing:
        period["end"] = instant(closing.at, source.zone)
    nurse = {
        "type": [concept(coding("participation", "SPRF", "secondary performer"))],
        "individual": people.who(source, operator),
    }
    visit = {"type": concept(coding("visit-type", "VN"))} | source.identifier(Arc.ENCOUNTER, identity)
    made: Json = {
        "resourceType": "Encounter",
        "id": str(identity),
        "meta": source.meta(PROFILES["encounter"]),
        "identifier": [visit],
        "status": _CLOSED[closing.outcome] if closing else "in-progress",
        "class": coding("act-code", "VR", "virtual"),
        "type": [concept(text="Téléconsultation")],
        "subject": reference("Patient", patient),
        "participant": [nurse, *(_doctor(source, one, closing) for one in presences)],
        "period": period,
        "serviceProvider": source.organization,
    }
    if source.sends_directory:
        place = reference("Location", source.location_id, source.establishment)
        made["location"] = [{"location": place, "status": "completed" if closing else "active"}]
    return made


def _doctor(source: Source, presence: Presence, closing: Closing | None) -> Json:
    period = {"start": instant(presence.since, source.zone)}
    until = presence.until or (closing.at if closing else None)
    if until:
        period["end"] = instant(until, source.zone)
    return {
        "type": [concept(coding("participation", "PPRF", "primary performer"))],
        "period": period,
        "individual": people.who(source, presence.practitioner),
    }
