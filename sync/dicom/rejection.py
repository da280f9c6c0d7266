# SPDX-License-Identifier: Apache-2.0
"""Rejection notes: Key Object Selection Documents that take an image out of use (PS3.3 A.35.4, PS3.16 TID 2010 and
CID 7011; IHE RAD TF-2 4.66). Pure."""

from datetime import datetime
from uuid import uuid5

from device.entry import Entry
from sync.dicom.image import Study, about
from sync.dicom.model import attributes, code, day, hour, uid
from sync.fhir.elements import Json

KEY_OBJECTS = "1.2.840.10008.5.1.4.1.1.88.59"
_WRONG_PERSON = code("DCM", "113038", "Incorrect Modality Worklist Entry")
_MISTAKE = code("DCM", "113037", "Rejected for Patient Safety Reasons")
_SOP_CLASS, _SOP_INSTANCE, _SERIES, _STUDY = "00080016", "00080018", "0020000E", "0020000D"


def note(study: Study, entry: Entry, rejected: Json, at: datetime, *, wrong: bool) -> Json:
    """The note that rejects an image; ``wrong``: it is of another person than its study says."""
    moment = at.astimezone(study.source.zone)
    referred = attributes(
        ReferencedSOPClassUID=_only(rejected, _SOP_CLASS), ReferencedSOPInstanceUID=_only(rejected, _SOP_INSTANCE)
    )
    series = attributes(SeriesInstanceUID=_only(rejected, _SERIES), ReferencedSOPSequence=[referred])
    evidence = attributes(StudyInstanceUID=_only(rejected, _STUDY), ReferencedSeriesSequence=[series])
    content = attributes(RelationshipType="CONTAINS", ValueType="IMAGE", ReferencedSOPSequence=[referred])
    found = about(study) | attributes(
        SOPClassUID=KEY_OBJECTS,
        SOPInstanceUID=uid(uuid5(entry.id, "rejection")),
        Modality="KO",
        SeriesInstanceUID=uid(uuid5(entry.id, "rejection series")),
        SeriesNumber=900,
        InstanceNumber=1,
        ReferencedPerformedProcedureStepSequence=[],
        ContentDate=day(moment),
        ContentTime=hour(moment),
        ValueType="CONTAINER",
        ContinuityOfContent="SEPARATE",
        ConceptNameCodeSequence=[_WRONG_PERSON if wrong else _MISTAKE],
        ContentTemplateSequence=[attributes(MappingResource="DCMR", TemplateIdentifier="2010")],
        CurrentRequestedProcedureEvidenceSequence=[evidence],
        ContentSequence=[content],
    )
    return dict(sorted(found.items()))


def _only(image: Json, tag: str) -> str:
    value: str = image[tag]["Value"][0]
    return value
