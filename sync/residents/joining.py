# SPDX-License-Identifier: Apache-2.0
"""The cart's list and what a file tells, joined. Pure, all or nothing.

A person is known again by the INS, else by the establishment's own identifier, else by family name, first given name,
birth date and sex, all of them. They keep the id under which the cart named them to the records: another one would be
another Patient there. An empty cell changes nothing.

A file never makes an identity qualified: only who called the national service (INSi) and saw an identity document may
(RNIV), and a file cannot show that it comes from there. Whoever was qualified stays so while the strict traits stay.
"""

from collections.abc import Callable, Container, Hashable, Iterator, Sequence
from typing import NamedTuple
from uuid import uuid4

import msgspec

from device.ins import bare
from device.people import IdentityStatus, Patient, Sex
from sync.residents.incoming import Fault, Incoming

_MALE, _FEMALE = frozenset("137"), frozenset("248")
"""First figures of a matricule."""


class Joined(NamedTuple):
    """The new list; how many are ``added``, ``changed``, the ``same``, and of the others ``kept`` or ``removed``;
    ``faults``, with which nothing may be written; French ``notes``."""

    patients: tuple[Patient, ...]
    added: int
    changed: int
    same: int
    kept: int
    removed: int
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()


def join(known: Sequence[Patient], rows: Sequence[Incoming], *, remove_missing: bool = False) -> Joined:
    """Join ``rows`` to what is ``known``."""
    faults = list(_doubles(rows))
    notes: list[str] = list(_namesakes(rows))
    index = _Index(known, {row.id for row in rows})
    taken: dict[str, Incoming] = {}
    made: dict[str, Patient] = {}
    for row in rows:
        found, fault = index.find(row)
        if fault is None and found and found.id in taken:
            what = f"c’est la même personne que {taken[found.id].place}"
            fault = Fault(row.place, "", what, "Gardez une seule des deux lignes.")
        if fault:
            faults.append(fault)
            continue
        patient = _merged(found, row)
        taken[patient.id], made[patient.id] = row, patient
        notes += _remarks(found, row, patient)
    others = [one for one in known if one.id not in made]
    stay = [] if remove_missing else others
    patients = sorted([*made.values(), *stay], key=lambda one: (one.family, one.given, one.id))
    before = {one.id: one for one in known}
    changed = [one for one in made.values() if one.id in before and one != before[one.id]]
    added = [one for one in made.values() if one.id not in before]
    same = len(made) - len(changed) - len(added)
    counts = (len(added), len(changed), same, len(stay), len(others) - len(stay))
    return Joined(tuple(patients), *counts, tuple(faults), tuple(notes))


_OTHER = "Vérifiez le nom, la date de naissance et l’identifiant : un identifiant ne change jamais de personne."


class _Index:
    """Who is known, by what they are known again by; by their traits alone, nobody whose id is ``claimed`` by a row."""

    def __init__(self, known: Sequence[Patient], claimed: Container[str]) -> None:
        self._ids = {one.id: one for one in known}
        self._ins = {(one.authority, one.matricule): one for one in known if one.matricule}
        self._traits: dict[Hashable, list[Patient]] = {}
        for one in (one for one in known if one.id not in claimed):
            self._traits.setdefault(_traits(one.family, one.given, one.born, one.sex), []).append(one)

    def find(self, row: Incoming) -> tuple[Patient | None, Fault | None]:
        """The person of a row, or None for a new one; or what is wrong."""
        by_ins = self._ins.get((row.authority, row.matricule)) if row.matricule else None
        by_id = self._ids.get(row.id) if row.id else None
        if by_ins and by_id and by_ins.id != by_id.id:
            return None, Fault(row.place, "", "son INS et son identifiant sont ceux de deux personnes connues", _OTHER)
        if found := by_ins or by_id:
            return found, _another(found, row)
        alike = self._traits.get(_traits(row.family, row.given, row.born, row.sex or Sex.UNKNOWN), [])
        alike = [one for one in alike if not (one.matricule and row.matricule)]
        if len(alike) > 1:
            return None, Fault(row.place, "", "plusieurs personnes connues ont ces traits", "Donnez son identifiant.")
        return (alike[0] if alike else None), None


def _another(known: Patient, row: Incoming) -> Fault | None:
    """Whether a row gives somebody's identifier to somebody else."""
    ins = known.matricule and row.matricule and known.authority == row.authority and known.matricule != row.matricule
    name = bare(known.family) != bare(row.family)
    born = known.born != row.born
    if ins or (name and (born or bare(known.given) != bare(row.given))):
        return Fault(row.place, "", "son identifiant ou son INS est déjà celui d’une autre personne", _OTHER)
    return None


def _merged(known: Patient | None, row: Incoming) -> Patient:
    """The person as the cart will have them."""
    before = known or Patient(row.id or str(uuid4()), row.family, row.given, row.born)
    made = msgspec.structs.replace(
        before,
        family=row.family,
        given=row.given,
        born=row.born,
        sex=before.sex if row.sex is None else row.sex,
        given_names=row.given_names or before.given_names,
        birthplace=row.birthplace or before.birthplace,
        room=row.room or before.room,
        weight=before.weight if row.weight is None else row.weight,
        matricule=row.matricule or before.matricule,
        authority=row.authority if row.matricule else before.authority,
    )
    return msgspec.structs.replace(made, status=_status(known, made, row.status))


def _status(known: Patient | None, made: Patient, told: IdentityStatus | None) -> IdentityStatus:
    """The status of an identity: another trait makes it another identity; one more trait is not yet a qualified one."""
    lowered = IdentityStatus.VALIDATED if told is IdentityStatus.QUALIFIED else told
    if known is None or _other_traits(known, made):
        return lowered or IdentityStatus.PROVISIONAL
    if told in (None, known.status):
        more = known.status is IdentityStatus.QUALIFIED and _strict(known) != _strict(made)
        return IdentityStatus.VALIDATED if more else known.status
    return lowered or known.status


def _remarks(known: Patient | None, row: Incoming, made: Patient) -> Iterator[str]:
    """What must be known of one row that is taken."""
    if row.status is IdentityStatus.QUALIFIED and made.status is not IdentityStatus.QUALIFIED:
        said = f"identité dite qualifiée, reprise comme « {made.status.value} »"
        yield f"{row.place} : {said} : un fichier ne qualifie pas."
    if known and _strict(known) != _strict(made):
        yield f"{row.place} : les traits de {known.id} changent ; son identité est « {made.status.value} »."
    if known and row.id and row.id != known.id:
        yield f"{row.place} : déjà connue sous {known.id}, qu’elle garde."
    first = made.matricule[:1]
    if (first in _MALE and made.sex is Sex.FEMALE) or (first in _FEMALE and made.sex is Sex.MALE):
        yield f"{row.place} : le sexe et le premier chiffre du matricule ne vont pas ensemble. À vérifier."


def _doubles(rows: Sequence[Incoming]) -> Iterator[Fault]:
    """Rows that claim to be the same person, or cannot be told apart."""
    yield from _twice(rows, lambda one: one.matricule and f"{one.authority}|{one.matricule}", "le même INS que")
    yield from _twice(rows, lambda one: one.id, "le même identifiant que")
    seen: dict[Hashable, list[Incoming]] = {}
    for one in rows:
        alike = seen.setdefault((bare(one.family), bare(one.given), one.born), [])
        same = next((other for other in alike if not _distinct(one, other)), None)
        if same and not (one.id and one.id == same.id):
            what = f"mêmes nom, prénom et date de naissance que {same.place}"
            yield Fault(one.place, "", what, "Gardez une ligne, ou donnez un identifiant à chacune.")
        alike.append(one)


def _twice(rows: Sequence[Incoming], key: Callable[[Incoming], str], what: str) -> Iterator[Fault]:
    seen: dict[str, Incoming] = {}
    for one in rows:
        named = key(one)
        if named and named in seen:
            yield Fault(one.place, "", f"{what} {seen[named].place}", "Gardez une seule des deux lignes.")
        elif named:
            seen[named] = one


def _namesakes(rows: Sequence[Incoming]) -> Iterator[str]:
    """Rows of different identifiers with the same name and birth date: taken, and told."""
    seen: dict[Hashable, Incoming] = {}
    for one in rows:
        key = (bare(one.family), bare(one.given), one.born)
        before = seen.setdefault(key, one)
        if before is not one and _distinct(one, before):
            same = f"mêmes nom, prénom et date de naissance que {before.place}"
            yield f"{one.place} : {same}. Deux personnes ? À vérifier."


def _distinct(one: Incoming, other: Incoming) -> bool:
    """Whether two rows say that they are of two persons: both have identifiers, or an INS, that differ."""
    ids = bool(one.id and other.id and one.id != other.id)
    return ids or bool(one.matricule and other.matricule and one.matricule != other.matricule)


def _traits(family: str, given: str, born: object, sex: Sex) -> Hashable:
    return (bare(family), bare(given), born, sex)


def _strict(one: Patient) -> tuple[str, ...]:
    """The strict traits (RNIV) and the INS, as a change of them is noticed; "" for what is not known."""
    sex = "" if one.sex is Sex.UNKNOWN else one.sex.value
    names = (bare(one.family), bare(one.given), bare(one.given_names))
    return (*names, one.born.isoformat(), sex, one.birthplace, one.matricule, one.authority)


def _other_traits(known: Patient, made: Patient) -> bool:
    """Whether a trait that was known is now another one."""
    before, after = _strict(known), _strict(made)
    return any(old and old != new for old, new in zip(before, after, strict=True))
