# SPDX-License-Identifier: Apache-2.0
"""Who sends: the cart and its establishment, and the identities of everything it sends.

Identities are UUIDs computed from what they name (RFC 9562 version 5), so that sending again names the same thing.
Identifier systems are arcs under one OID of our own; values are bare UUIDs, never ``urn:uuid:…``: a server rewrites
those when they equal an entry's ``fullUrl``, and then finds nothing again.
"""

from datetime import tzinfo
from enum import IntEnum, StrEnum
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
    ORGANIZATION = 7
    LOCATION = 8
    ROLE = 9
    FRAME = 10


class Directory(StrEnum):
    """Whether establishment and professionals are resources that the cart sends, or the server's own business."""

    SENT = "sent"
    THEIRS = "theirs"


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """``root`` is the OID under which this establishment's carts name things (2.25.<UUID as an integer> needs no
    registration), ``cart`` the cart's serial number, ``finess`` the establishment's number or "". ``directory``:
    "theirs" for servers with a directory of their own, to which a cart refers by numbers and names only."""

    root: str
    cart: str
    establishment: str
    label: str = "Chariot de téléconsultation"
    finess: str = ""
    timezone: str = "Europe/Paris"
    version: str = ""
    directory: Directory = Directory.SENT

    @cached_property
    def zone(self) -> tzinfo:
        """The establishment's time zone."""
        return ZoneInfo(self.timezone)

    def identity(self, kind: str, *parts: str) -> UUID:
        """The UUID of what is named by ``kind`` and ``parts`` in this establishment."""
        return uuid5(self._namespace, "\x1f".join((kind, *parts)))

    @cached_property
    def _namespace(self) -> UUID:
        return uuid5(NAMESPACE_OID, self.root)

    def identifier(self, arc: Arc, value: object) -> Json:
        """An Identifier of ours."""
        return {"system": f"urn:oid:{self.root}.{arc.value}", "value": str(value)}

    @property
    def uri(self) -> str:
        """The cart as a system (Meta.source)."""
        return f"urn:oid:{self.root}"

    @cached_property
    def device(self) -> UUID:
        """The cart's own Device."""
        return self.identity("cart", self.cart)

    @property
    def sends_directory(self) -> bool:
        """Whether references to establishment and professionals are literal ones, to resources of ours."""
        return self.directory is Directory.SENT

    @property
    def organization(self) -> Json:
        """A reference to the establishment, by its number where it has one."""
        named: Json = {"reference": f"Organization/{self.organization_id}"} if self.sends_directory else {}
        if self.finess:
            named["identifier"] = {"system": SYSTEMS["finess"], "value": self.finess}
        return named | {"display": self.establishment}

    @cached_property
    def organization_id(self) -> UUID:
        """The same on every cart of the establishment."""
        return self.identity("organization")

    @cached_property
    def location_id(self) -> UUID:
        """The establishment as a place."""
        return self.identity("location")

    def meta(self, profiles: list[str], *, simulated: bool = False) -> Json:
        """Meta: profiles, source, and the mark of test data."""
        meta: Json = {"source": self.uri} | ({"profile": list(profiles)} if profiles else {})
        if simulated:
            meta["tag"] = [{"system": SYSTEMS["act-reason"], "code": "HTEST", "display": "test health data"}]
        return meta


def measured(entry: UUID, part: str) -> UUID:
    """The identity of the resource that an entry's ``part`` becomes."""
    return uuid5(entry, part)
