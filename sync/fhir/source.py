# SPDX-License-Identifier: Apache-2.0
"""Who sends: the cart and its establishment, and the identities of everything it sends.

Identities are UUIDs computed from what they name (RFC 9562 version 5), so that sending again names the same thing.
Identifier systems are arcs under one OID of our own; values are bare UUIDs, never ``urn:uuid:…``: a server rewrites
those when they equal an entry's ``fullUrl``, and then finds nothing again.
"""

from datetime import tzinfo
from enum import IntEnum
from functools import cached_property
from uuid import NAMESPACE_OID, UUID, uuid5
from zoneinfo import ZoneInfo

import msgspec

from sync.fhir.elements import Json
from sync.fhir.profiles import SYSTEMS


class Arc(IntEnum):
    """The last arc of an identifier's OID."""

    ENTRY = 1
    PATIENT = 2
    ENCOUNTER = 3
    DEVICE = 4
    OPERATOR = 5
    PRACTITIONER = 6


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """``root`` is the OID under which this establishment's carts name things (2.25.<UUID as an integer> needs no
    registration), ``cart`` the cart's serial number, ``finess`` the establishment's number or ""."""

    root: str
    cart: str
    establishment: str
    label: str = "Chariot de téléconsultation"
    finess: str = ""
    timezone: str = "Europe/Paris"
    version: str = ""

    @cached_property
    def zone(self) -> tzinfo:
        """The establishment's time zone."""
        return ZoneInfo(self.timezone)

    def identity(self, kind: str, *parts: str) -> UUID:
        """The UUID of what is named by ``kind`` and ``parts`` in this establishment."""
        return uuid5(uuid5(NAMESPACE_OID, self.root), "\x1f".join((kind, *parts)))

    def identifier(self, arc: Arc, value: object) -> Json:
        """An Identifier of ours."""
        return {"system": f"urn:oid:{self.root}.{arc.value}", "value": str(value)}

    @property
    def uri(self) -> str:
        """The cart as a system (Meta.source)."""
        return f"urn:oid:{self.root}"

    @property
    def device(self) -> UUID:
        """The cart's own Device."""
        return self.identity("cart", self.cart)

    @property
    def organization(self) -> Json:
        """The establishment, by its number where it has one."""
        named: Json = {"display": self.establishment}
        if self.finess:
            named["identifier"] = {"system": SYSTEMS["finess"], "value": self.finess}
        return named

    def meta(self, profiles: list[str], *, simulated: bool = False) -> Json:
        """Meta: profiles, source, and the mark of test data."""
        meta: Json = {"source": self.uri, "profile": list(profiles)}
        if simulated:
            meta["tag"] = [{"system": SYSTEMS["act-reason"], "code": "HTEST", "display": "test health data"}]
        return meta


def measured(entry: UUID, part: str) -> UUID:
    """The identity of the resource that an entry's ``part`` becomes."""
    return uuid5(entry, part)
