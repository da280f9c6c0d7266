# SPDX-License-Identifier: Apache-2.0
"""The technical incidents of an encounter, which the patient's file must name (art. R. 6316-4 of the code of public
health): one DocumentReference with its text inside, made when the encounter is closed (decision 0008)."""

from collections.abc import Sequence
from uuid import UUID

from device.clock import Instant
from device.entry import Incident
from sync.fhir.elements import Json, concept, instant, reference
from sync.fhir.source import Arc, Source
from sync.fhir.text import attachment

TITLE = "Incidents techniques de la téléconsultation"
_MINUTE = 60


def incidents(  # noqa: PLR0913 - one argument an element
    source: Source,
    identity: UUID,
    found: Sequence[tuple[Instant, Incident]],
    at: Instant,
    *,
    patient: UUID,
    encounter: UUID,
    error: bool = False,
) -> Json:
    """The document: a line an incident, its hour and how long it lasted, in their order."""
    moment = instant(at.wall, source.zone)
    status = "entered-in-error" if error else "current"
    text = "\n".join(_line(source, when, one) for when, one in found)
    return {
        "resourceType": "DocumentReference",
        "id": str(identity),
        "meta": {"source": source.uri},
        "masterIdentifier": source.identifier(Arc.ENTRY, identity),
        "identifier": [source.identifier(Arc.ENTRY, identity)],
        "status": status,
        "docStatus": "entered-in-error" if error else "final",
        "type": concept(text=TITLE),
        "subject": reference("Patient", patient),
        "date": moment,
        "author": [reference("Device", source.device, source.label)],
        "custodian": source.organization,
        "description": TITLE,
        "content": [{"attachment": attachment(text, TITLE, moment)}],
        "context": {"encounter": [reference("Encounter", encounter)]},
    }


def _line(source: Source, when: Instant, incident: Incident) -> str:
    said = f"{when.wall.astimezone(source.zone):%H:%M:%S} {incident.line}"
    return said if incident.seconds is None else f"{said} Durée : {_duration(incident.seconds)}."


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), _MINUTE)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
