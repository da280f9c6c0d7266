# SPDX-License-Identifier: Apache-2.0
"""The doctor's conclusion: a DocumentReference with its text inside (R4; IHE MHD; LOINC 11488-4, Consult note).

A text is short: as an inline attachment it is one resource, which is there whole or not at all. A later conclusion
replaces the earlier one as MHD does: ``relatesTo`` in the later, status "superseded" in the earlier.
"""

from base64 import b64encode
from datetime import datetime
from enum import StrEnum
from hashlib import sha1
from uuid import UUID

from device.entry import ConclusionWritten
from sync.fhir import people
from sync.fhir.elements import Json, coding, concept, instant, reference
from sync.fhir.source import Arc, Source

TITLE = "Conclusion du médecin"
TEXT = "text/plain; charset=utf-8"


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
        "author": [people.practitioner(source, body.by)],
        "custodian": source.organization,
        "description": TITLE,
        "content": [{"attachment": _attachment(body.text, moment)}],
        "context": {"encounter": [reference("Encounter", encounter)]},
    }
    if replaces:
        made["relatesTo"] = [{"code": "replaces", "target": reference("DocumentReference", replaces)}]
    return made


def _attachment(text: str, moment: str) -> Json:
    """The text and what it is checked by: ``size`` in bytes and ``hash`` (SHA-1, as R4 says) before base64."""
    data = text.encode()
    return {
        "contentType": TEXT,
        "data": b64encode(data).decode(),
        "size": len(data),
        "hash": b64encode(sha1(data, usedforsecurity=False).digest()).decode(),
        "title": TITLE,
        "creation": moment,
    }
