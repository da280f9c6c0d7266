# SPDX-License-Identifier: Apache-2.0
"""Who is known keeps the id under which the records know them; a file never qualifies anyone, and loses nobody."""

from datetime import date

import msgspec
import pytest

from device.people import IdentityStatus, Patient, Sex
from sync.residents.incoming import Incoming
from sync.residents.joining import join

NIR = "1.2.250.1.213.1.4.8"
BORN = date(1934, 3, 2)
ODETTE = Patient(
    "IPP-7", "LEFÈVRE", "Odette", BORN, Sex.FEMALE, given_names="Odette", room="3", status=IdentityStatus.QUALIFIED,
    matricule="234034410912344", authority=NIR,
)  # fmt: skip
PAUL = Patient("IPP-8", "BERNARD", "Paul", date(1931, 7, 4), Sex.MALE, status=IdentityStatus.RETRIEVED)
ROW = Incoming("ligne 2", "LEFEVRE", "ODETTE", BORN, sex=Sex.FEMALE)
INS = {"matricule": ODETTE.matricule, "authority": NIR}


def row(place="ligne 2", **more):
    return msgspec.structs.replace(ROW, place=place, **more)


def joined(*rows, known=(ODETTE, PAUL), **more):
    return join(known, rows, **more)


def by_id(found, identity):
    return next(one for one in found.patients if one.id == identity)


@pytest.mark.parametrize(
    "given",
    [row(**INS), row(id="IPP-7"), row(), row(id="X-1", **INS), row(id="X-1")],
    ids=["by INS", "by id", "by traits", "by INS, another id", "by traits, another id"],
)
def test_whoever_is_known_keeps_their_id(given):
    found = joined(given)
    assert found.faults == ()
    assert {one.id for one in found.patients} == {"IPP-7", "IPP-8"}
    assert (found.added, found.kept) == (0, 1)


def test_an_empty_cell_changes_nothing_and_a_full_one_does():
    found = joined(row(id="IPP-7", room="12"))
    assert by_id(found, "IPP-7") == msgspec.structs.replace(ODETTE, family="LEFEVRE", given="ODETTE", room="12")
    assert (found.changed, found.same) == (1, 0)
    again = join(found.patients, [row(id="IPP-7", room="12")])
    assert (again.added, again.changed, again.same, again.patients) == (0, 0, 1, found.patients)


def test_who_is_missing_stays_unless_it_is_said_otherwise():
    assert PAUL in joined(row()).patients
    found = joined(row(), remove_missing=True)
    assert [one.id for one in found.patients] == ["IPP-7"]
    assert (found.kept, found.removed) == (0, 1)


def test_a_new_person_gets_the_establishments_number_or_a_fresh_one():
    one, two = (row("ligne 2", family="A", id="N-1"), row("ligne 3", family="B"))
    found = joined(one, two, known=())
    first, second = found.patients
    assert first.id == "N-1"
    assert len(second.id) == 36
    assert {one.status for one in found.patients} == {IdentityStatus.PROVISIONAL}


@pytest.mark.parametrize(
    ("known", "given", "status"),
    [
        ((), row(status=IdentityStatus.QUALIFIED), IdentityStatus.VALIDATED),
        ((), row(status=IdentityStatus.RETRIEVED), IdentityStatus.RETRIEVED),
        ((ODETTE,), row(status=IdentityStatus.QUALIFIED), IdentityStatus.QUALIFIED),
        ((ODETTE,), row(), IdentityStatus.QUALIFIED),
        ((ODETTE,), row(status=IdentityStatus.PROVISIONAL), IdentityStatus.PROVISIONAL),
        ((ODETTE,), row(id="IPP-7", born=date(1934, 3, 3), status=IdentityStatus.QUALIFIED), IdentityStatus.VALIDATED),
        ((ODETTE,), row(id="IPP-7", born=date(1934, 3, 3)), IdentityStatus.PROVISIONAL),
        ((ODETTE,), row(birthplace="44109", status=IdentityStatus.QUALIFIED), IdentityStatus.VALIDATED),
        ((msgspec.structs.replace(ODETTE, matricule="", authority=""),), row(**INS), IdentityStatus.VALIDATED),
        ((PAUL,), row(family="BERNARD", given="Paul", born=PAUL.born, sex=Sex.MALE), IdentityStatus.RETRIEVED),
    ],
)
def test_a_file_never_makes_an_identity_qualified(known, given, status):
    found = joined(given, known=known)
    assert found.faults == ()
    (one,) = found.patients
    assert one.status is status


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ((row("ligne 2", **INS), row("ligne 3", family="AUTRE", **INS)), "le même INS que ligne 2"),
        ((row("ligne 2", id="A"), row("ligne 3", family="AUTRE", id="A")), "le même identifiant que ligne 2"),
        ((row("ligne 2"), row("ligne 3")), "mêmes nom, prénom et date de naissance que ligne 2"),
        ((row("ligne 2", id="N-1"), row("ligne 3")), "mêmes nom, prénom et date de naissance que ligne 2"),
        ((row(id="IPP-8"),), "déjà celui d’une autre personne"),
        ((row(id="IPP-8", **INS),), "ceux de deux personnes connues"),
        ((row(family="AUTRE", given="Zoé", **INS),), "déjà celui d’une autre personne"),
        ((row("ligne 2", id="IPP-7"), row("ligne 3", family="LEFÈVRE-ROUX", **INS)), "la même personne que ligne 2"),
    ],
)
def test_what_would_mix_two_people_up_is_a_fault(rows, said):
    found = joined(*rows)
    assert said in " ".join(one.line for one in found.faults)


def test_namesakes_with_their_own_numbers_are_two_people_and_told():
    found = joined(row("ligne 2", id="N-1"), row("ligne 3", id="N-2"), known=())
    assert found.faults == ()
    assert {one.id for one in found.patients} == {"N-1", "N-2"}
    assert "Deux personnes ?" in found.notes[0]
    later = joined(row("ligne 2", id="IPP-7"), row("ligne 3", id="N-2"))
    assert later.faults == ()
    assert later.added == 1


def test_two_known_people_of_the_same_traits_need_a_number():
    twin = msgspec.structs.replace(PAUL, id="IPP-9")
    given = row(family="Bernard", given="Paul", born=PAUL.born, sex=Sex.MALE)
    assert "plusieurs personnes connues" in joined(given, known=(PAUL, twin)).faults[0].line


def test_a_married_name_changes_a_person_and_is_told():
    found = joined(row(id="IPP-7", family="ROUX"))
    assert found.faults == ()
    assert by_id(found, "IPP-7").family == "ROUX"
    assert any("les traits de IPP-7 changent" in note for note in found.notes)


def test_a_matricule_of_the_other_sex_is_told():
    found = joined(row(sex=Sex.MALE, family="ROUX", matricule="234034410912344", authority=NIR), known=())
    assert any("premier chiffre" in note for note in found.notes)
