# SPDX-License-Identifier: Apache-2.0
"""Patient (https://hl7.org/fhir/R4/patient.html; FR Core fr-core-patient and fr-core-patient-ins).

The INS, matricule and authority, leaves the cart only with a qualified identity (RNIV; fr-core-patient-ins: "le
matricule INS ne peut être véhiculé que dans le cas d'une identité qualifiée"), and only with every trait of it.
A cart cannot qualify one: the establishment's list of residents says so, or nobody does.
"""

import re
from uuid import UUID

from device.people import IdentityStatus, Patient, Sex
from sync.fhir.elements import Json, coding, concept
from sync.fhir.profiles import EXTENSIONS, PROFILES, SYSTEMS
from sync.fhir.source import Arc, Source

_STATUS = {
    IdentityStatus.PROVISIONAL: "PROV",
    IdentityStatus.RETRIEVED: "RECUP",
    IdentityStatus.VALIDATED: "VALI",
    IdentityStatus.QUALIFIED: "QUAL",
}
_COMMUNE = re.compile(r"(?:\d\d|2[AB])\d{3}")
_AUTHORITIES = {
    "ins-nir": ("official", "INS-NIR"),
    "ins-nia": ("temp", "INS-NIA"),
    "ins-nir-test": ("official", "INS-NIR-TEST"),
    "ins-nir-demo": ("official", "INS-NIR-DEMO"),
}
"""Use and type of an INS by the name of its authority in ``profiles.toml`` (fr-core-patient-ins, identifier slices)."""


def patient_id(source: Source, person: Patient) -> UUID:
    """The same for the same person of the same establishment, whatever the cart."""
    return source.identity("patient", person.id)


def patient(source: Source, person: Patient) -> Json:
    """The strict traits, the status of the identity, and the INS where it may go out."""
    name: Json = {"use": "official", "family": person.family, "given": [person.given]}
    if person.given_names:
        name["extension"] = [{"url": EXTENSIONS["birth-given-names"], "valueString": person.given_names}]
    ins = _ins(person)
    return {
        "resourceType": "Patient",
        "id": str(patient_id(source, person)),
        "meta": source.meta(PROFILES["patient-ins" if ins else "patient"]),
        "extension": _extensions(person),
        "identifier": [*ins, _own(source, person)],
        "active": True,
        "name": [name],
        "gender": person.sex.value,
        "birthDate": person.born.isoformat(),
        "managingOrganization": source.organization,
    }


def _own(source: Source, person: Patient) -> Json:
    return {"use": "usual", "type": concept(coding("identifier-type", "PI"))} | source.identifier(
        Arc.PATIENT, person.id
    )


def _ins(person: Patient) -> list[Json]:
    """The INS of a qualified identity whose traits are complete; else nothing."""
    traits = person.given_names and _COMMUNE.fullmatch(person.birthplace) and person.sex is not Sex.UNKNOWN
    if person.status is not IdentityStatus.QUALIFIED or not person.matricule or not traits:
        return []
    for name, (use, code) in _AUTHORITIES.items():
        if SYSTEMS[name] == f"urn:oid:{person.authority}":
            kind = concept(coding("identifier-type-fr", code))
            return [{"use": use, "type": kind, "system": SYSTEMS[name], "value": person.matricule}]
    return []


def _extensions(person: Patient) -> list[Json]:
    status = {"url": "identityStatus", "valueCoding": coding("identity-status", _STATUS[person.status])}
    found: list[Json] = [{"url": EXTENSIONS["identity-reliability"], "extension": [status]}]
    if person.birthplace:
        found.append({"url": EXTENSIONS["birth-place"], "valueAddress": _birthplace(person.birthplace)})
    return found


def _birthplace(place: str) -> Json:
    """A commune's code (COG) as such; anything else is its name."""
    if _COMMUNE.fullmatch(place):
        return {"extension": [{"url": EXTENSIONS["insee-code"], "valueCoding": coding("communes", place)}]}
    return {"city": place}
