# SPDX-License-Identifier: Apache-2.0
"""Consent to the teleconsultation (https://hl7.org/fhir/R4/consent.html), oral, written or by a representative."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from device.entry import ConsentForm, ConsentGiven, ConsentRefused
from sync.fhir.elements import Json, coding, concept, instant, reference
from sync.fhir.source import Arc, Source

_FORMS = {
    ConsentForm.ORAL: "Consentement oral, recueilli par l’accompagnant",
    ConsentForm.WRITTEN: "Consentement écrit, recueilli par l’accompagnant",
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
) -> Json:
    """A consent given, or its refusal."""
    given = isinstance(body, ConsentGiven)
    moment = instant(at, source.zone)
    about = [{"meaning": "related", "reference": reference("Encounter", encounter)}]
    made: Json = {
        "resourceType": "Consent",
        "id": str(entry),
        "meta": {"source": source.uri},
        "identifier": [source.identifier(Arc.ENTRY, entry)],
        "status": status.value,
        "scope": concept(coding("consent-scope", "treatment", "Treatment")),
        "category": [concept(coding("loinc", "59284-0", "Patient Consent"))],
        "patient": reference("Patient", patient),
        "dateTime": moment,
        "performer": [reference("Patient", patient)],
        "organization": [source.organization],
        "policyRule": concept(text="Refus de la téléconsultation"),
        "provision": {"type": "permit" if given else "deny", "data": about},
    }
    if isinstance(body, ConsentGiven):
        made["policyRule"] = concept(text=f"{_FORMS[body.form]} (texte {body.text_version})")
        made["verification"] = [{"verified": True, "verificationDate": moment} | _verified_with(body, patient)]
        if body.form is ConsentForm.REPRESENTATIVE:
            made["performer"] = [{"type": "RelatedPerson", "display": body.given_by or "Représentant de la personne"}]
    return made


def _verified_with(body: ConsentGiven, patient: UUID) -> Json:
    if body.form is ConsentForm.REPRESENTATIVE or body.given_by:
        return {"verifiedWith": {"type": "RelatedPerson", "display": body.given_by or "Représentant de la personne"}}
    return {"verifiedWith": reference("Patient", patient)}
