# SPDX-License-Identifier: Apache-2.0
"""Residents as FHIR R4 tells of them: a Patient, a Bundle of them (a search's answer, a collection), or NDJSON
(https://hl7.org/fhir/R4/patient.html; FR Core fr-core-patient, fr-core-patient-ins). Any bytes end in rows and faults.

Only the traits are taken. Who died, is not active or was replaced by another record is left out, and said.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import TypeVar

import msgspec

from device.people import IdentityStatus, Sex
from sync.fhir.profiles import EXTENSIONS, SYSTEMS
from sync.residents import values
from sync.residents.incoming import Fault, Incoming, Read, Wrong

Value = TypeVar("Value")
_STATUSES = {
    "PROV": IdentityStatus.PROVISIONAL,
    "RECUP": IdentityStatus.RETRIEVED,
    "VALI": IdentityStatus.VALIDATED,
    "QUAL": IdentityStatus.QUALIFIED,
}
_SEXES = {"female": Sex.FEMALE, "male": Sex.MALE, "other": Sex.UNKNOWN, "unknown": Sex.UNKNOWN, "": None}
_INS = {SYSTEMS[name] for name in ("ins-nir", "ins-nia", "ins-nir-test", "ins-nir-demo")}
_FILE = "Le fichier"
_EXPORT = "Refaites l’export depuis le logiciel de soins."


class _Coding(msgspec.Struct, frozen=True):
    system: str = ""
    code: str = ""


class _Concept(msgspec.Struct, frozen=True):
    coding: tuple[_Coding, ...] = ()


class _Extension(msgspec.Struct, frozen=True):
    url: str = ""
    extension: tuple["_Extension", ...] = ()
    value_coding: _Coding | None = msgspec.field(default=None, name="valueCoding")
    value_string: str = msgspec.field(default="", name="valueString")
    value_address: "_Address | None" = msgspec.field(default=None, name="valueAddress")


class _Address(msgspec.Struct, frozen=True):
    extension: tuple[_Extension, ...] = ()
    city: str = ""


class _Identifier(msgspec.Struct, frozen=True):
    use: str = ""
    type: _Concept = _Concept()
    system: str = ""
    value: str = ""


class _Name(msgspec.Struct, frozen=True):
    use: str = ""
    family: str = ""
    given: tuple[str, ...] = ()
    extension: tuple[_Extension, ...] = ()


class _Link(msgspec.Struct, frozen=True):
    type: str = ""


class _Patient(msgspec.Struct, frozen=True):
    id: str = ""
    identifier: tuple[_Identifier, ...] = ()
    active: bool = True
    name: tuple[_Name, ...] = ()
    gender: str = ""
    born: str = msgspec.field(default="", name="birthDate")
    dead: bool = msgspec.field(default=False, name="deceasedBoolean")
    died: str = msgspec.field(default="", name="deceasedDateTime")
    link: tuple[_Link, ...] = ()
    extension: tuple[_Extension, ...] = ()


class _Kind(msgspec.Struct, frozen=True):
    resource_type: str = msgspec.field(default="", name="resourceType")


class _Entry(msgspec.Struct, frozen=True):
    resource: msgspec.Raw = msgspec.Raw(b"{}")


class _BundleLink(msgspec.Struct, frozen=True):
    relation: str = ""


class _Bundle(msgspec.Struct, frozen=True):
    entry: tuple[_Entry, ...] = ()
    link: tuple[_BundleLink, ...] = ()


def read(data: bytes, today: date) -> Read:
    """The rows of a FHIR file, and everything that is wrong with it."""
    rows: list[Incoming] = []
    faults: list[Fault] = []
    notes: list[str] = []
    others = 0
    try:
        for place, resource in _resources(data.removeprefix(b"\xef\xbb\xbf")):
            try:
                if _decoded(resource, _Kind).resource_type != "Patient":
                    others += 1
                    continue
                found = _decoded(resource, _Patient)
            except Wrong as error:
                faults.append(Fault(place, "", error.what, error.do))
                continue
            if gone := _gone(found):
                notes.append(f"{place} : non repris, {gone}.")
                continue
            row, wrong = _row(place, found, today)
            faults += wrong
            rows += [] if wrong else [row]
    except Wrong as error:
        faults.append(Fault(_FILE, "", error.what, error.do))
    if others:
        notes.append(f"{others} ressources qui ne sont pas des Patient sont ignorées.")
    if not rows and not faults:
        faults.append(Fault(_FILE, "", "il ne contient aucun résident", "Vérifiez que c’est le bon fichier."))
    return Read(tuple(rows), tuple(faults), tuple(notes))


def _resources(data: bytes) -> Iterator[tuple[str, bytes | msgspec.Raw]]:
    """Each resource and where it stands: of a whole JSON, or of each line of NDJSON. Raises Wrong."""
    try:
        kind = _decoded(data, _Kind).resource_type
    except Wrong:
        lines = data.splitlines()
        if len([line for line in lines if line.strip()]) < 2:  # noqa: PLR2004 - one line is one JSON, and it is bad
            raise
        yield from ((f"ligne {number}", line) for number, line in enumerate(lines, 1) if line.strip())
        return
    if kind == "Bundle":
        bundle = _decoded(data, _Bundle)
        if any(link.relation == "next" for link in bundle.link):
            raise Wrong("ce n’est qu’une page d’une recherche (il y a un lien « next »)", "Réunissez toutes les pages.")
        for number, entry in enumerate(bundle.entry, 1):
            yield f"entrée {number}", entry.resource
    elif kind == "Patient":
        yield "Patient", data
    else:
        raise Wrong(f"c’est une ressource {values.shown(kind)}, ni Patient ni Bundle", _EXPORT)


def _decoded(data: bytes | msgspec.Raw, kind: type[Value]) -> Value:
    """``data`` as what it must be. Raises Wrong."""
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as error:
        raise Wrong(f"un élément n’est pas du type de FHIR R4 ({_at(error)})", _EXPORT) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Wrong("ce n’est pas du JSON lisible", _EXPORT) from error


def _at(error: msgspec.ValidationError) -> str:
    """Where, without what stands there."""
    return str(error).partition(" - at `")[2].rstrip("`") or "à la racine"


def _gone(patient: _Patient) -> str:
    if patient.dead or patient.died:
        return "cette personne est décédée"
    if not patient.active:
        return "cette fiche n’est plus active"
    if any(link.type == "replaced-by" for link in patient.link):
        return "cette fiche est remplacée par une autre"
    return ""


def _row(place: str, patient: _Patient, today: date) -> tuple[Incoming, list[Fault]]:
    taken = _Taken(place)
    name = next((one for one in patient.name if one.use == "official"), next(iter(patient.name), _Name()))
    ins = next((one for one in patient.identifier if one.system in _INS), _Identifier())
    listed = next((one.value_string for one in name.extension if one.url == EXTENSIONS["birth-given-names"]), "")
    made = Incoming(
        place=place,
        family=taken("name.family", values.name, name.family, "").upper(),
        given=taken("name.given", values.name, next(iter(name.given), ""), ""),
        born=taken("birthDate", lambda text: values.born(text, today), patient.born, today),
        id=taken("identifier", values.words, _own(patient), ""),
        sex=taken("gender", _sex, patient.gender, None),
        given_names=taken("name.given", values.words, listed or " ".join(name.given[1:] and name.given), ""),
        birthplace=taken("extension", values.words, _birthplace(patient), ""),
        status=taken("extension", _status, _reliability(patient), None),
        matricule=taken("identifier", values.matricule, ins.value, ""),
        authority=taken("identifier", values.authority, ins.system, "") if ins.value else "",
    )
    return made, taken.faults


class _Taken:
    """Values of one resource; what cannot be taken becomes a fault."""

    def __init__(self, place: str) -> None:
        self._place = place
        self.faults: list[Fault] = []

    def __call__(self, element: str, check: Callable[[str], Value], text: str, instead: Value) -> Value:
        try:
            return check(text)
        except Wrong as error:
            self.faults.append(Fault(self._place, f"élément {element}", error.what, error.do))
            return instead


def _own(patient: _Patient) -> str:
    """The establishment's own identifier: that of type PI (IPP), else the usual one, else none: a server's id is
    nobody's number."""
    others = [one for one in patient.identifier if one.system not in _INS and one.value]
    typed = [one for one in others if any(coding.code == "PI" for coding in one.type.coding)]
    usual = [one for one in others if one.use == "usual"]
    return next(iter([*typed, *usual]), _Identifier()).value


def _sex(text: str) -> Sex | None:
    if text not in _SEXES:
        raise Wrong(f"{values.shown(text)} n’est pas un sexe", "female, male, other ou unknown.")
    return _SEXES[text]


def _status(text: str) -> IdentityStatus | None:
    if text and text not in _STATUSES:
        raise Wrong(f"{values.shown(text)} n’est pas un statut d’identité", f"L’un de : {', '.join(_STATUSES)}.")
    return _STATUSES[text] if text else None


def _reliability(patient: _Patient) -> str:
    for outer in patient.extension:
        if outer.url == EXTENSIONS["identity-reliability"]:
            for inner in outer.extension:
                if inner.url == "identityStatus" and inner.value_coding:
                    return inner.value_coding.code
    return ""


def _birthplace(patient: _Patient) -> str:
    """The commune's code (COG) where it is given, else its name."""
    for one in patient.extension:
        if one.url == EXTENSIONS["birth-place"] and one.value_address:
            codes = [
                each.value_coding.code
                for each in one.value_address.extension
                if each.url == EXTENSIONS["insee-code"] and each.value_coding
            ]
            return next(iter(codes), one.value_address.city)
    return ""
