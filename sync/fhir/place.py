# SPDX-License-Identifier: Apache-2.0
"""Organization and Location: the establishment where the cart stands (FR Core; FINESS of the geographic entity)."""

from sync.fhir.elements import Json, coding, concept
from sync.fhir.profiles import PROFILES, SYSTEMS
from sync.fhir.source import Arc, Source


def organization(source: Source) -> Json:
    """The establishment as an organization."""
    own = source.identifier(Arc.ORGANIZATION, source.organization_id)
    identifiers = [own | {"use": "secondary", "type": concept(coding("identifier-type-fr", "INTRN"))}]
    if source.finess:
        finess = {"system": SYSTEMS["finess"], "value": source.finess}
        identifiers.insert(0, {"use": "official", "type": concept(coding("identifier-type-fr", "FINEG"))} | finess)
    return {
        "resourceType": "Organization",
        "id": str(source.organization_id),
        "meta": source.meta(PROFILES["organization"]),
        "identifier": identifiers,
        "active": True,
        "name": source.establishment,
    }


def location(source: Source) -> Json:
    """The establishment as the place of an encounter; its national number is "1" and the FINESS (idNat_Struct)."""
    own = source.identifier(Arc.LOCATION, source.location_id)
    identifiers = [own | {"type": concept(coding("place-type", "INTRN"))}]
    if source.finess:
        national = {"system": SYSTEMS["national-structure"], "value": f"1{source.finess}"}
        identifiers.insert(0, {"use": "official", "type": concept(coding("place-type", "IDNST"))} | national)
    return {
        "resourceType": "Location",
        "id": str(source.location_id),
        "meta": source.meta(PROFILES["location"]),
        "identifier": identifiers,
        "status": "active",
        "name": source.establishment,
        "mode": "instance",
        "managingOrganization": source.organization,
    }
