# SPDX-License-Identifier: Apache-2.0
"""Consent to the teleconsultation (https://hl7.org/fhir/R4/consent.html; FR Core): oral, written, by a representative.

R4 has no element for who took it down: the text of the rule names them.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from device.entry import ConsentForm, ConsentGiven, ConsentRefused
from sync.fhir import people
from sync.fhir.elements import Json, coding, concept, instant, reference
from sync.fhir.profiles import PROFILES
from sync.fhir.source import Arc, Source

_FORMS = {
    ConsentForm.ORAL: "Consentement oral",
    ConsentForm.WRITTEN: "Consentement écrit",
    ConsentForm.REPRESENTATIVE: "Consentement donné par le représentant de la personne",
}


class ConsentStatus(StrEnum):
    """FHIR R4 ConsentState."""

    ACTIVE = "active"
    REJECTED = "rejected"
    INACTIVE = "inactive"
    ENTERED_IN_ERROR = "entered-in-error"


def consent(  # noqa: PLR0913 - one argument an element
    source: Source,
    entry: UUID,
    body: ConsentGiven | ConsentRefused,
    at: datetime,
    *,
    status: ConsentStatus,
    patient: UUID,
    encounter: UUID,
    withdrawn: datetime | None = None,
) -> Json:
    """A consent given, and until when it stood; or its refusal."""
    given = isinstance(body, ConsentGiven)
    moment = instant(at, source.zone)
    about = [{"meaning": "related", "reference": reference("Encounter", encounter)}]
    made: Json = {
        "resourceType": "Consent",
        "id": str(entry),
        "meta": source.meta(PROFILES["consent"]),
        "identifier": [source.identifier(Arc.ENTRY, entry)],
        "status": status.value,
        "scope": concept(coding("consent-scope", "treatment", "Treatment")),
        "category": [concept(coding("loinc", "59284-0", "Patient Consent"))],
        "patient": reference("Patient", patient),
        "dateTime": moment,
        "performer": [reference("Patient", patient)],
        "organization": [source.organization],
        "policyRule": concept(text=f"{_said(body)}, recueilli par {people.signature(body.recorded_by)}"),
        "provision": {"type": "permit" if given else "deny", "data": about},
    }
    if isinstance(body, ConsentGiven):
        made["verification"] = [{"verified": True, "verificationDate": moment} | _verified_with(body, patient)]
        if body.form is ConsentForm.REPRESENTATIVE:
            made["performer"] = [{"type": "RelatedPerson", "display": body.given_by or "Représentant de la personne"}]
    if withdrawn is not None:
        made["provision"]["period"] = {"start": moment, "end": instant(withdrawn, source.zone)}
    return made


def _said(body: ConsentGiven | ConsentRefused) -> str:
    if isinstance(body, ConsentRefused):
        return "Refus de la téléconsultation"
    return f"{_FORMS[body.form]} (texte {body.text_version})"


def _verified_with(body: ConsentGiven, patient: UUID) -> Json:
    if body.form is ConsentForm.REPRESENTATIVE or body.given_by:
        return {"verifiedWith": {"type": "RelatedPerson", "display": body.given_by or "Représentant de la personne"}}
    return {"verifiedWith": reference("Patient", patient)}
