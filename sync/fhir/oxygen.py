# SPDX-License-Identifier: Apache-2.0
"""The oxygen that a patient breathes while a saturation is measured: MedicationAdministration (FR Core
fr-core-medication-administration-inhaled-oxygen), of which the saturation is a part. Room air is none."""

from datetime import datetime
from uuid import UUID

from device.entry import OxygenNoted
from sync.fhir.elements import Json, coding, concept, instant, note, quantity, reference
from sync.fhir.people import signature
from sync.fhir.profiles import PROFILES
from sync.fhir.source import Arc, Source

_OXYGEN = coding("snomed", "767111007", "Product containing oxygen (medicinal product)")
_INHALED = coding("snomed", "447694001")


def inhaled(  # noqa: PLR0913 - one argument an element
    source: Source,
    entry: UUID,
    body: OxygenNoted,
    at: datetime,
    *,
    patient: UUID,
    encounter: UUID,
    error: bool = False,
) -> Json:
    """The oxygen noted ``at``: nobody told when it began, nor that it will end."""
    return {
        "resourceType": "MedicationAdministration",
        "id": str(entry),
        "meta": source.meta(PROFILES["inhaled-oxygen"]),
        "identifier": [source.identifier(Arc.ENTRY, entry)],
        "status": "entered-in-error" if error else "in-progress",
        "medicationCodeableConcept": concept(_OXYGEN, text="Oxygène"),
        "subject": reference("Patient", patient),
        "context": reference("Encounter", encounter),
        "effectiveDateTime": instant(at, source.zone),
        "dosage": {
            "text": f"Oxygène {body.litres} L/min",
            "route": concept(_INHALED, text="voie inhalée"),
            "rateQuantity": quantity(body.litres, "L/min", "L/min"),
        },
        "note": [note(f"Noté par {signature(body.by)}.")],
    }
