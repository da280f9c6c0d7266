# SPDX-License-Identifier: Apache-2.0
"""What was kept: Binary for its bytes, DocumentReference for what it is (R4; IHE MHD, on which the French PDSM stands).

R4 gives a DocumentReference no body site: it stands among the events of its context, as XDS-I does with event codes.
"""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from device.entry import CaptureTaken, DocumentAttached, SoundRecorded
from device.people import Operator, Practitioner
from sync.fhir import people
from sync.fhir.elements import Json, coding, concept, instant, reference
from sync.fhir.source import Arc, Source, measured

Kept = CaptureTaken | SoundRecorded | DocumentAttached
"""Entries that name a file of the attachments."""
_MODALITIES = {"ultrasound": coding("dicom", "US", "Ultrasound")}
"""Of cameras that do not photograph (DICOM PS3.16 CID 33), by their role."""
_DOCUMENTS = {
    "ecg": (
        concept(coding("loinc", "11524-6", "EKG study"), text="Électrocardiogramme"),
        concept(coding("dicom", "ECG", "Electrocardiography")),
    ),
    "ultrasound": (
        concept(coding("loinc", "18748-4", "Diagnostic imaging study"), text="Échographie"),
        concept(coding("dicom", "US", "Ultrasound")),
    ),
    "document": (concept(text="Document"), concept(coding("dicom", "DOC", "Document"))),
}
"""Type and modality (DICOM PS3.3 C.7.3.1.1.1) by what the operator said it is."""


def binary_id(entry: UUID) -> UUID:
    """The Binary that holds a file's bytes."""
    return measured(entry, "binary")


class About(NamedTuple):
    """What a kept file is: ``events`` say how and where it was made; ``remote``: a doctor made it from the page."""

    title: str
    kind: Json
    moment: datetime
    events: tuple[Json, ...]
    remote: bool = False


def about(body: Kept) -> About:
    """What the entry of a file tells of it."""
    match body:
        case CaptureTaken():
            place = concept(coding("snomed", body.site.snomed), text=body.site.label)
            modality = concept(_MODALITIES.get(body.role, coding("dicom", "XC", "External-camera Photography")))
            kind = concept(coding("loinc", "72170-4", "Photographic image"), text="Photographie")
            title = f"{body.camera_label} : {body.site.label}"
            return About(title, kind, body.taken.wall, (place, modality), body.by == "practitioner")
        case SoundRecorded():
            events = (concept(text=body.position.label), concept(coding("dicom", "AU", "Audio")))
            title = f"{body.label} : {body.position.label}"
            return About(title, concept(text="Auscultation"), body.taken.wall, events, body.by == "practitioner")
        case DocumentAttached():
            kind, modality = _DOCUMENTS[body.what]
            return About(body.title, kind, body.attached.wall, (modality,))


def document(  # noqa: PLR0913 - one argument an element
    source: Source,
    entry: UUID,
    body: Kept,
    *,
    sha1: str,
    patient: UUID,
    encounter: UUID,
    operator: Operator,
    practitioner: Practitioner | None = None,
    error: bool = False,
) -> Json:
    """The DocumentReference of a kept file. ``sha1`` is base64, as R4's Attachment.hash is."""
    told = about(body)
    nurse = body.by if isinstance(body, DocumentAttached) else operator
    remote = practitioner if told.remote else None
    who = people.who(source, remote or nurse)
    moment = instant(told.moment, source.zone)
    return {
        "resourceType": "DocumentReference",
        "id": str(entry),
        "meta": {"source": source.uri},
        "masterIdentifier": source.identifier(Arc.ENTRY, entry),
        "identifier": [source.identifier(Arc.ENTRY, entry)],
        "status": "entered-in-error" if error else "current",
        "docStatus": "entered-in-error" if error else "final",
        "type": told.kind,
        "subject": reference("Patient", patient),
        "date": moment,
        "author": [who, reference("Device", source.device, source.label)],
        "custodian": source.organization,
        "description": told.title,
        "content": [
            {
                "attachment": {
                    "contentType": body.media_type,
                    "url": f"Binary/{binary_id(entry)}",
                    "size": body.size,
                    "hash": sha1,
                    "title": told.title,
                    "creation": moment,
                }
            }
        ],
        "context": {
            "encounter": [reference("Encounter", encounter)],
            "event": list(told.events),
            "period": {"start": moment, "end": moment},
        },
    }
