# SPDX-License-Identifier: Apache-2.0
"""The people of an encounter (FHIR words: patient, practitioner, operator)."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec


class Sex(StrEnum):
    """Administrative gender (FHIR R4 AdministrativeGender)."""

    FEMALE = "female"
    MALE = "male"
    UNKNOWN = "unknown"


class IdentityStatus(StrEnum):
    """Status of an identity (RNIV): only the identity service can qualify one, a cart never does."""

    PROVISIONAL = "provisoire"
    RETRIEVED = "récupérée"
    VALIDATED = "validée"
    QUALIFIED = "qualifiée"


class Patient(msgspec.Struct, frozen=True, omit_defaults=True):
    """Strict traits of a patient (RNIV). ``id`` is the establishment's own identifier (IPP) or a fresh UUID;
    ``weight`` in kg is the last one that its list knows. ``matricule`` and ``authority`` (its OID) are the INS as a
    scanned code told it: it leaves the cart only with a qualified identity, which a cart cannot make."""

    id: str
    family: str
    given: str
    born: date
    sex: Sex = Sex.UNKNOWN
    given_names: str = ""
    birthplace: str = ""
    room: str = ""
    status: IdentityStatus = IdentityStatus.PROVISIONAL
    weight: Decimal | None = None
    matricule: str = ""
    authority: str = ""


class Operator(msgspec.Struct, frozen=True, omit_defaults=True):
    """The accompanying person, as signed in. ``profession`` is the French word shown ("infirmière"); ``rpps`` the
    national number of a professional (11 digits), "" for none."""

    id: str
    name: str
    profession: str
    rpps: str = ""


class Practitioner(msgspec.Struct, frozen=True, omit_defaults=True):
    """A doctor on the call. ``peer`` is the rendezvous server's name for the page; ``rpps`` the national number (11
    digits) where it is known, else ""."""

    peer: str
    name: str
    rpps: str = ""
