# SPDX-License-Identifier: Apache-2.0
"""One capture as the attributes of a DICOM image, all but those that the JPEG itself tells. Pure.

PS3.3: VL Photographic Image (A.32.4), VL Endoscopic Image (A.32.1) for an otoscope, Secondary Capture Image (A.8.1) for
the screen of an ultrasound scanner. The encounter is the study, each camera a series of it.
"""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid5

from device.codes import Site
from device.entry import CaptureTaken
from device.people import IdentityStatus, Operator, Patient, Sex
from sync.dicom.model import attributes, code, day, hour, offset, uid
from sync.dicom.sites import part
from sync.fhir.elements import Json
from sync.fhir.source import Arc, Source

PHOTOGRAPH = "1.2.840.10008.5.1.4.1.1.77.1.4"
ENDOSCOPE = "1.2.840.10008.5.1.4.1.1.77.1.1"
SECONDARY = "1.2.840.10008.5.1.4.1.1.7"


class Kind(NamedTuple):
    """SOP class and modality (PS3.16 CID 29)."""

    sop_class: str
    modality: str


_KINDS = {"otoscope": Kind(ENDOSCOPE, "ES"), "ultrasound": Kind(SECONDARY, "US")}
_SEXES = {Sex.FEMALE: "F", Sex.MALE: "M"}
STUDY = "Téléconsultation"


class Study(NamedTuple):
    """An encounter, as its images tell it."""

    source: Source
    encounter: UUID
    opened: datetime
    patient: Patient
    operator: Operator


def kind_of(role: str) -> Kind:
    """What a camera's pictures are, by its role."""
    return _KINDS.get(role, Kind(PHOTOGRAPH, "XC"))


def about(study: Study) -> Json:
    """Patient, general study and general equipment modules (C.7.1.1, C.7.2.1, C.7.5.1)."""
    source, person = study.source, study.patient
    opened = study.opened.astimezone(source.zone)
    return attributes(
        SpecificCharacterSet="ISO_IR 192",
        TimezoneOffsetFromUTC=offset(opened),
        PatientName=f"{_component(person.family)}^{_component(person.given)}",
        PatientID=person.id,
        IssuerOfPatientID=source.establishment,
        IssuerOfPatientIDQualifiersSequence=[_issuer(f"{source.root}.{Arc.PATIENT.value}")],
        PatientBirthDate=day_of_birth(person),
        PatientSex=_SEXES.get(person.sex, ""),
        **_national(person),
        StudyInstanceUID=uid(study.encounter),
        StudyDate=day(opened),
        StudyTime=hour(opened),
        StudyID=study.encounter.hex[-16:],
        StudyDescription=STUDY,
        AccessionNumber="",
        ReferringPhysicianName="",
        Manufacturer="",
        InstitutionName=source.establishment,
        StationName=source.cart,
        SoftwareVersions=f"Chevet {source.version}".strip(),
    )


def image(study: Study, entry: UUID, body: CaptureTaken, *, series: int, number: int) -> Json:
    """Everything that is said of one capture; ``series`` and ``number`` count from 1 in the encounter."""
    kind, where = kind_of(body.role), part(body.site)
    taken = body.taken.wall.astimezone(study.source.zone)
    region = [] if body.site is Site.ROOM else [code("SCT", body.site.snomed, body.site.label)]
    side = {"ImageLaterality": where.side} if where.side else {}
    converted: dict[str, object] = (
        {"ConversionType": "DV"} if kind.sop_class == SECONDARY else {"AcquisitionContextSequence": []}
    )
    found = about(study) | attributes(
        SOPClassUID=kind.sop_class,
        SOPInstanceUID=uid(entry),
        InstanceCreationDate=day(taken),
        InstanceCreationTime=hour(taken),
        Modality=kind.modality,
        SeriesInstanceUID=uid(uuid5(study.encounter, f"series {body.camera} {body.role}")),
        SeriesNumber=series,
        SeriesDescription=body.camera_label,
        OperatorsName=study.operator.name,
        ManufacturerModelName=body.camera_label,
        BodyPartExamined=where.examined,
        InstanceNumber=number,
        PatientOrientation="",
        ImageType=["ORIGINAL", "PRIMARY"],
        ContentDate=day(taken),
        ContentTime=hour(taken),
        AcquisitionDateTime=f"{day(taken)}{hour(taken)}{offset(taken)}",
        ImageComments=f"{body.camera_label} : {body.site.label}",
        AnatomicRegionSequence=region,
        **side,
        **converted,
    )
    return dict(sorted(found.items()))


def day_of_birth(person: Patient) -> str:
    """DA of a birth."""
    return person.born.strftime("%Y%m%d")


def _component(name: str) -> str:
    return name.replace("^", " ")


def _issuer(oid: str) -> Json:
    return attributes(UniversalEntityID=oid, UniversalEntityIDType="ISO")


def _national(person: Patient) -> dict[str, object]:
    """The INS, of a qualified identity only."""
    if person.status is not IdentityStatus.QUALIFIED or not (person.matricule and person.authority):
        return {}
    other = attributes(
        PatientID=person.matricule,
        TypeOfPatientID="TEXT",
        IssuerOfPatientIDQualifiersSequence=[_issuer(person.authority)],
    )
    return {"OtherPatientIDsSequence": [other]}
