# SPDX-License-Identifier: Apache-2.0
"""DICOM attributes as plain dictionaries, in the DICOM JSON model (PS3.18 Annex F), by their keywords (PS3.6)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sync.fhir.elements import Json

_TAGS = {
    "SpecificCharacterSet": ("00080005", "CS"),
    "ImageType": ("00080008", "CS"),
    "InstanceCreationDate": ("00080012", "DA"),
    "InstanceCreationTime": ("00080013", "TM"),
    "SOPClassUID": ("00080016", "UI"),
    "SOPInstanceUID": ("00080018", "UI"),
    "StudyDate": ("00080020", "DA"),
    "SeriesDate": ("00080021", "DA"),
    "ContentDate": ("00080023", "DA"),
    "AcquisitionDateTime": ("0008002A", "DT"),
    "StudyTime": ("00080030", "TM"),
    "SeriesTime": ("00080031", "TM"),
    "ContentTime": ("00080033", "TM"),
    "AccessionNumber": ("00080050", "SH"),
    "Modality": ("00080060", "CS"),
    "ConversionType": ("00080064", "CS"),
    "Manufacturer": ("00080070", "LO"),
    "InstitutionName": ("00080080", "LO"),
    "ReferringPhysicianName": ("00080090", "PN"),
    "CodeValue": ("00080100", "SH"),
    "CodingSchemeDesignator": ("00080102", "SH"),
    "CodeMeaning": ("00080104", "LO"),
    "TimezoneOffsetFromUTC": ("00080201", "SH"),
    "StationName": ("00081010", "SH"),
    "StudyDescription": ("00081030", "LO"),
    "SeriesDescription": ("0008103E", "LO"),
    "OperatorsName": ("00081070", "PN"),
    "ManufacturerModelName": ("00081090", "LO"),
    "ReferencedSOPClassUID": ("00081150", "UI"),
    "ReferencedSOPInstanceUID": ("00081155", "UI"),
    "ReferencedSOPSequence": ("00081199", "SQ"),
    "ReferencedSeriesSequence": ("00081115", "SQ"),
    "AnatomicRegionSequence": ("00082218", "SQ"),
    "PatientName": ("00100010", "PN"),
    "PatientID": ("00100020", "LO"),
    "IssuerOfPatientID": ("00100021", "LO"),
    "TypeOfPatientID": ("00100022", "CS"),
    "IssuerOfPatientIDQualifiersSequence": ("00100024", "SQ"),
    "PatientBirthDate": ("00100030", "DA"),
    "PatientSex": ("00100040", "CS"),
    "OtherPatientIDsSequence": ("00101002", "SQ"),
    "BodyPartExamined": ("00180015", "CS"),
    "DeviceSerialNumber": ("00181000", "LO"),
    "SoftwareVersions": ("00181020", "LO"),
    "StudyInstanceUID": ("0020000D", "UI"),
    "SeriesInstanceUID": ("0020000E", "UI"),
    "StudyID": ("00200010", "SH"),
    "SeriesNumber": ("00200011", "IS"),
    "InstanceNumber": ("00200013", "IS"),
    "PatientOrientation": ("00200020", "CS"),
    "ImageLaterality": ("00200062", "CS"),
    "ImageComments": ("00204000", "LT"),
    "BurnedInAnnotation": ("00280301", "CS"),
    "UniversalEntityID": ("00400032", "UT"),
    "UniversalEntityIDType": ("00400033", "CS"),
    "ValueType": ("0040A040", "CS"),
    "ConceptNameCodeSequence": ("0040A043", "SQ"),
    "ContinuityOfContent": ("0040A050", "CS"),
    "CurrentRequestedProcedureEvidenceSequence": ("0040A375", "SQ"),
    "ContentTemplateSequence": ("0040A504", "SQ"),
    "ContentSequence": ("0040A730", "SQ"),
    "RelationshipType": ("0040A010", "CS"),
    "MappingResource": ("00080105", "CS"),
    "TemplateIdentifier": ("0040DB00", "CS"),
    "ReferencedPerformedProcedureStepSequence": ("00081111", "SQ"),
    "AcquisitionContextSequence": ("00400555", "SQ"),
}
_SHORT = {"SH": 16, "LO": 64, "CS": 16, "LT": 10240}
"""Longest value of a representation, in characters (PS3.5 §6.2)."""
_TEXT = frozenset({"SH", "LO", "LT", "PN", "UT"})


def attributes(**values: object) -> Json:
    """Attributes by keyword. A value is text, a number, or a list of items of a sequence or of values; None and "" are
    an attribute without value (type 2)."""
    return dict(sorted(_attribute(keyword, value) for keyword, value in values.items()))


def _attribute(keyword: str, value: object) -> tuple[str, Json]:
    tag, kind = _TAGS[keyword]
    if value is None or value in ("", [], ()):
        return tag, {"vr": kind}
    values = list(value) if isinstance(value, list | tuple) else [value]
    return tag, {"vr": kind, "Value": [_value(kind, one) for one in values]}


def _value(kind: str, value: object) -> Any:  # noqa: ANN401 - text, a number, a name or an item
    if kind == "SQ" or isinstance(value, int):
        return value
    text = plain(str(value), keep="^" if kind == "PN" else "") if kind in _TEXT else str(value)
    if kind == "PN":
        return {"Alphabetic": text[:64]}
    return text[: _SHORT[kind]] if kind in _SHORT else text


def plain(text: str, keep: str = "") -> str:
    """Text without what separates values, components and name groups in DICOM (PS3.5 §6.1, §6.2)."""
    return "".join(" " if one in set("\\^=") - set(keep) or ord(one) < ord(" ") else one for one in text).strip()


def code(scheme: str, value: str, meaning: str) -> Json:
    """An item of a code sequence (PS3.3 §8.8)."""
    return attributes(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)


def uid(identity: UUID) -> str:
    """A UID from a UUID (PS3.5 §B.2, ITU-T X.667): the same UUID gives the same image again."""
    return f"2.25.{identity.int}"


def day(moment: datetime) -> str:
    """DA."""
    return moment.strftime("%Y%m%d")


def hour(moment: datetime) -> str:
    """TM, with milliseconds."""
    return moment.strftime("%H%M%S.") + f"{moment.microsecond // 1000:03d}"


def offset(moment: datetime) -> str:
    """Of a local time from UTC (PS3.3 §C.12.1.1.8)."""
    return moment.strftime("%z")
