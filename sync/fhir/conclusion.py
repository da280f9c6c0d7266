# SPDX-License-Identifier: Apache-2.0
"""The doctor's conclusion: a DocumentReference with its text inside (R4; IHE MHD; LOINC 11488-4, Consult note).

A text is short: as an inline attachment it is one resource, which is there whole or not at all. A later conclusion
replaces the earlier one as MHD does: ``relatesTo`` in the later, status "superseded" in the earlier.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from device.entry import ConclusionWritten
from sync.fhir import people
from sync.fhir.elements import Json, coding, concept, instant, reference
from sync.fhir.source import Arc, Source
from sync.fhir.text import attachment

TITLE = "Conclusion du médecin"


class DocumentStatus(StrEnum):
    """FHIR R4 DocumentReferenceStatus."""

    CURRENT = "current"
    SUPERSEDED = "superseded"
    ENTERED_IN_ERROR = "entered-in-error"


def conclusion(  # noqa: PLR0913 - one argument an element
    source: Source,
    entry: UUID,
    body: ConclusionWritten,
    at: datetime,
    *,
    status: DocumentStatus,
    patient: UUID,
    encounter: UUID,
    replaces: UUID | None = None,
) -> Json:
    """The DocumentReference of a conclusion written ``at``; ``replaces`` is the entry of the one before it."""
    moment = instant(at, source.zone)
    made: Json = {
        "resourceType": "DocumentReference",
        "id": str(entry),
        "meta": {"source": source.uri},
        "masterIdentifier": source.identifier(Arc.ENTRY, entry),
        "identifier": [source.identifier(Arc.ENTRY, entry)],
        "status": status.value,
        "docStatus": "entered-in-error" if status is DocumentStatus.ENTERED_IN_ERROR else "final",
        "type": concept(coding("loinc", "11488-4", "Consult note"), text=TITLE),
        "subject": reference("Patient", patient),
        "date": moment,
        "author": [people.who(source, body.by)],
        "custodian": source.organization,
        "description": TITLE,
        "content": [{"attachment": attachment(body.text, TITLE, moment)}],
        "context": {"encounter": [reference("Encounter", encounter)]},
    }
    if replaces:
        made["relatesTo"] = [{"code": "replaces", "target": reference("DocumentReference", replaces)}]
    return made
