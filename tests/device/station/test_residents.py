# SPDX-License-Identifier: Apache-2.0
"""The residents' CSV is read without trusting it."""

from datetime import date
from pathlib import Path

import pytest

from device.people import IdentityStatus, Sex
from device.station.residents import load

HEADER = "id;nom;prenom;naissance;sexe;chambre;statut\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "residents.csv"
    path.write_text(text, "utf-8")
    return path


def test_the_demonstrations_list_is_whole():
    residents, faults = load(Path(__file__).parents[3] / "config" / "residents.csv")
    assert not faults
    assert [one.family for one in residents] == ["BERNARD", "LEROUX", "MARCHAND", "NGUYEN", "ROUSSEAU"]
    assert residents[1].born == date(1936, 3, 12)
    assert residents[1].sex is Sex.FEMALE
    assert residents[1].status is IdentityStatus.RETRIEVED


def test_commas_iso_dates_and_a_byte_order_mark_are_read(tmp_path: Path):
    path = tmp_path / "residents.csv"
    path.write_bytes("\ufeffid,nom,prenom,naissance\nA1,Dupont,Zoé,1940-02-29\n".encode())
    (patient,), faults = load(path)
    assert not faults
    assert (patient.family, patient.given, patient.born) == ("DUPONT", "Zoé", date(1940, 2, 29))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("A2;;Jean;01/01/1930;M;1;provisoire", "column nom: empty"),
        ("A2;Petit;Jean;31/02/1930;M;1;provisoire", "column naissance: not a date"),
        ("A2;Petit;Jean;01/01/2199;M;1;provisoire", "not a plausible birth date"),
        ("A2;Petit;Jean;01/01/1930;X;1;provisoire", "column sexe: neither F nor M"),
        ("A2;Petit;Jean;01/01/1930;M;1;sûre", "column statut: not one of"),
        ("A2;Petit;Jean;01/01/1930;M;1;provisoire;trop", "more fields than columns"),
        ("A1;Petit;Jean;01/01/1930;M;1;provisoire", "column id: stands twice"),
    ],
)
def test_a_bad_line_is_named_with_its_place_and_the_others_are_read(tmp_path: Path, line: str, said: str):
    good = "A1;Martin;Anne;02/03/1935;F;4;validée\n"
    residents, faults = load(written(tmp_path, f"{HEADER}{good}{line}\nA9;Zola;Rose;02/03/1935;F;5;\n"))
    assert [one.id for one in residents] == ["A1", "A9"]
    assert len(faults) == 1
    assert str(faults[0]).startswith("residents.csv: line 3: ")
    told = line.replace("provisoire", "").split(";")  # a status that is known stands in the list of statuses
    assert not [cell for cell in told if len(cell) > 3 and cell in str(faults[0])]
    assert said in str(faults[0])
    assert faults[0].code == "CFG-02"


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "no column id, nom, prenom, naissance"), ("id;nom;naissance\n", "line 1: no column prenom")],
)
def test_a_list_without_its_columns_says_which(tmp_path: Path, text: str, said: str):
    residents, faults = load(written(tmp_path, text))
    assert residents == ()
    assert said in str(faults[0])


def test_a_missing_or_binary_list_is_one_fault(tmp_path: Path):
    assert "No such file" in str(load(tmp_path / "none.csv").faults[0])
    path = tmp_path / "bad.csv"
    path.write_bytes(b"\xff\xfe\x00\x01")
    assert load(path).patients == ()
    assert len(load(path).faults) == 1


def test_an_unfinished_quotation_is_a_fault_and_not_a_crash(tmp_path: Path):
    residents, faults = load(written(tmp_path, HEADER + 'A1;"Martin;Anne;02/03/1935;F;4;\n'))
    assert residents == ()
    assert len(faults) == 1


@pytest.mark.parametrize(("written_as", "kilograms"), [("62,5", "62.5"), ("71", "71"), ("", None)])
def test_a_weight_may_be_listed(tmp_path: Path, written_as: str, kilograms: str | None):
    text = f"id;nom;prenom;naissance;poids\nA1;Martin;Anne;02/03/1935;{written_as}\n"
    (patient,) = load(written(tmp_path, text)).patients
    assert (None if patient.weight is None else str(patient.weight)) == kilograms


@pytest.mark.parametrize("wrong", ["lourd", "-3", "6 2", "62,5555", "1e9", "nan"])
def test_a_weight_that_is_none_is_a_bad_line(tmp_path: Path, wrong: str):
    text = f"id;nom;prenom;naissance;poids\nA1;Martin;Anne;02/03/1935;{wrong}\n"
    residents, faults = load(written(tmp_path, text))
    assert residents == ()
    assert "column poids" in str(faults[0])
