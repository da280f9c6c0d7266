# SPDX-License-Identifier: Apache-2.0
"""The RESTful interactions of FHIR R4 that the endpoint offers, over its store and without HTTP
(https://hl7.org/fhir/R4/http.html): read, vread, search by identifier, create, update."""

import re
from typing import Any, NamedTuple
from urllib.parse import parse_qsl
from uuid import uuid4

from virtual.records.outcome import Refused, refused
from virtual.records.shapes import resource_types
from virtual.records.store import Store, Stored, tagged
from virtual.records.strict import RELATIVE, faults, links

IDENTITY = re.compile(r"[A-Za-z0-9\-.]{1,64}")


class Interaction(NamedTuple):
    """A request: ``path`` relative to the base without its query, ``body`` decoded."""

    method: str
    path: str
    query: str = ""
    body: Any = None
    if_none_exist: str = ""
    if_match: str = ""


class Result(NamedTuple):
    """What became of it."""

    status: int
    resource: dict[str, Any]
    stored: Stored | None = None


class Exchange:
    """Carries out interactions; each raises Refused. ``gives_ids``: no client may choose one."""

    def __init__(self, store: Store, *, gives_ids: bool = False) -> None:
        self.store = store
        self._gives_ids = gives_ids

    def carry_out(self, interaction: Interaction) -> Result:
        """Dispatch on method and path."""
        kind, _, rest = interaction.path.partition("/")
        if kind not in resource_types():
            raise refused(404, f"no such resource type: {kind!r}")
        match interaction.method, rest:
            case "GET", "":
                return self.search(kind, interaction.query)
            case "GET", _:
                return self.read(kind, rest)
            case "POST", "":
                return self.create(kind, interaction.body, interaction.if_none_exist)
            case "PUT", _ if rest:
                return self.update(kind, rest, interaction.body, interaction.if_match)
        raise refused(405, f"{interaction.method} {interaction.path} is not offered")

    def read(self, kind: str, rest: str) -> Result:
        """``Type/id`` or ``Type/id/_history/version``."""
        parts = rest.split("/")
        if len(parts) == 3 and parts[1] == "_history" and parts[2].isdecimal():  # noqa: PLR2004 - id, _history, version
            stored = self.store.read(kind, parts[0], int(parts[2]))
        elif len(parts) == 1:
            stored = self.store.read(kind, parts[0])
        else:
            raise refused(404, f"no such path: {kind}/{rest}")
        if stored is None:
            raise refused(404, f"{kind}/{parts[0]} is not known")
        return Result(200, stored.body, stored)

    def search(self, kind: str, query: str) -> Result:
        """``Type?identifier=system|value`` or ``Type?_id=…``; another parameter is refused (handling=strict)."""
        found = [{"resource": one.body, "search": {"mode": "match"}} for one in self._matches(kind, query)]
        bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "total": len(found)}
        return Result(200, bundle | ({"entry": found} if found else {}))

    def create(self, kind: str, body: object, if_none_exist: str = "") -> Result:
        """POST, conditional when ``if_none_exist`` is a query: 201, or 200 with the one that exists."""
        resource = _resource(kind, body)
        if if_none_exist:
            held = self._matches(kind, if_none_exist)
            if len(held) > 1:
                raise refused(412, f"{len(held)} resources match {if_none_exist!r}")
            if held:
                return Result(200, held[0].body, held[0])
        self.check(resource)
        stored, _ = self.store.write(kind, str(uuid4()), resource)
        return Result(201, stored.body, stored)

    def update(self, kind: str, identity: str, body: object, if_match: str = "") -> Result:
        """PUT with the client's id: 201 the first time, 200 after."""
        resource = _resource(kind, body)
        if not IDENTITY.fullmatch(identity):
            raise refused(400, f"{identity!r} is not an id")
        if resource.get("id") != identity:
            raise refused(400, f"the id of the body is not the one of the URL {kind}/{identity}", f"{kind}.id")
        held = self.store.read(kind, identity)
        if held is None and self._gives_ids:
            raise refused(405, "this server gives the ids")
        if if_match and if_match != f'W/"{held.version if held else 0}"':
            raise refused(412, f"the version is not {if_match}")
        self.check(resource)
        stored, _ = self.store.write(kind, identity, resource)
        return Result(200 if held else 201, stored.body, stored)

    def check(self, resource: dict[str, Any]) -> None:
        """Refuse what a strict server refuses: shape, rules, references to nothing."""
        if found := faults(resource):
            raise Refused(422, *found)
        for link in links(resource):
            match = RELATIVE.fullmatch(link.target)
            if match is None or self.store.read(match[1], match[2]) is None:
                raise refused(422, f"refers to {link.target}, which is not here", link.where)

    def _matches(self, kind: str, query: str) -> list[Stored]:
        pairs = parse_qsl(query, keep_blank_values=True)
        if [name for name, _ in pairs] in (["identifier"], ["_tag"]):
            system, bar, value = pairs[0][1].rpartition("|")
            if bar and value:
                return self.store.search(kind, system if pairs[0][0] == "identifier" else tagged(system), value)
        if [name for name, _ in pairs] == ["_id"]:
            return [one for one in [self.store.read(kind, pairs[0][1])] if one]
        raise refused(400, "search takes identifier=system|value, _tag=system|code or _id=…")


def _resource(kind: str, body: object) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise refused(400, "the body is not a resource")
    if body.get("resourceType") != kind:
        raise refused(400, f"the body is not a {kind}", "resourceType")
    return body
