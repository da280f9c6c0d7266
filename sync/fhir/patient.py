# SPDX-License-Identifier: Apache-2.0
"""Patient (https://hl7.org/fhir/R4/patient.html, FR Core 2.2.0). A cart never sends an INS: it cannot qualify one."""

from uuid import UUID

from device.people import IdentityStatus, Patient
from sync.fhir.elements import Json, coding, concept
from sync.fhir.profiles import EXTENSIONS, PROFILES
from sync.fhir.source import Arc, Source

_STATUS = {
    IdentityStatus.PROVISIONAL: "PROV",
    IdentityStatus.RETRIEVED: "RECUP",
    IdentityStatus.VALIDATED: "VALI",
    IdentityStatus.QUALIFIED: "QUAL",
}


def patient_id(source: Source, person: Patient) -> UUID:
    """The same for the same person of the same establishment, whatever the cart."""
    return source.identity("patient", person.id)


def patient(source: Source, person: Patient) -> Json:
    """The strict traits and the status of the identity."""
    name: Json = {"use": "official", "family": person.family, "given": [person.given]}
    if person.given_names:
        name["extension"] = [{"url": EXTENSIONS["birth-given-names"], "valueString": person.given_names}]
    identifier = source.identifier(Arc.PATIENT, person.id)
    return {
        "resourceType": "Patient",
        "id": str(patient_id(source, person)),
        "meta": source.meta(PROFILES["patient"]),
        "extension": _extensions(person),
        "identifier": [identifier | {"use": "usual", "type": concept(coding("identifier-type", "PI"))}],
        "name": [name],
        "gender": person.sex.value,
        "birthDate": person.born.isoformat(),
    }


def _extensions(person: Patient) -> list[Json]:
    status = {"url": "identityStatus", "valueCoding": coding("identity-reliability", _STATUS[person.status])}
    found: list[Json] = [{"url": EXTENSIONS["identity-reliability"], "extension": [status]}]
    if person.birthplace:
        found.append({"url": EXTENSIONS["birth-place"], "valueAddress": {"text": person.birthplace}})
    return found
