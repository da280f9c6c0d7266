# SPDX-License-Identifier: Apache-2.0
"""A capture: Binary for its bytes, DocumentReference for what it is (R4; IHE MHD, on which the French PDSM stands).

R4 gives a DocumentReference no body site: it stands among the events of its context, as XDS-I does with event codes.
"""

from uuid import UUID

from device.entry import CaptureTaken
from device.people import Operator, Practitioner
from sync.fhir import people
from sync.fhir.elements import Json, coding, concept, instant, reference
from sync.fhir.source import Arc, Source, measured

_MODALITIES = {"ultrasound": coding("dicom", "US", "Ultrasound")}
"""Of cameras that do not photograph (DICOM PS3.16 CID 33), by their role."""


def binary_id(entry: UUID) -> UUID:
    """The Binary that holds a capture's bytes."""
    return measured(entry, "binary")


def document(  # noqa: PLR0913 - one argument an element
    source: Source,
    entry: UUID,
    body: CaptureTaken,
    *,
    sha1: str,
    patient: UUID,
    encounter: UUID,
    operator: Operator,
    practitioner: Practitioner | None = None,
    error: bool = False,
) -> Json:
    """The DocumentReference of a capture. ``sha1`` is base64, as R4's Attachment.hash is."""
    remote = body.by == "practitioner" and practitioner is not None
    who = people.practitioner(source, practitioner) if remote and practitioner else people.operator(source, operator)
    moment = instant(body.taken.wall, source.zone)
    title = f"{body.camera_label} : {body.site.label}"
    return {
        "resourceType": "DocumentReference",
        "id": str(entry),
        "meta": {"source": source.uri},
        "masterIdentifier": source.identifier(Arc.ENTRY, entry),
        "identifier": [source.identifier(Arc.ENTRY, entry)],
        "status": "entered-in-error" if error else "current",
        "docStatus": "entered-in-error" if error else "final",
        "type": concept(coding("loinc", "72170-4", "Photographic image"), text="Photographie"),
        "subject": reference("Patient", patient),
        "date": moment,
        "author": [who, reference("Device", source.device, source.label)],
        "custodian": source.organization,
        "description": title,
        "content": [
            {
                "attachment": {
                    "contentType": body.media_type,
                    "url": f"Binary/{binary_id(entry)}",
                    "size": body.size,
                    "hash": sha1,
                    "title": title,
                    "creation": moment,
                }
            }
        ],
        "context": {
            "encounter": [reference("Encounter", encounter)],
            "event": [
                concept(coding("snomed", body.site.snomed), text=body.site.label),
                concept(_MODALITIES.get(body.role, coding("dicom", "XC", "External-camera Photography"))),
            ],
            "period": {"start": moment, "end": moment},
        },
    }
