# SPDX-License-Identifier: Apache-2.0
"""Any file ends in residents or in faults that say where, what and what to do; never in a trace."""

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from device.people import IdentityStatus, Patient, Sex
from device.station.residents import load
from sync.fhir.patient import patient as as_fhir
from sync.residents.incoming import Incoming, Wrong
from sync.residents.joining import join
from sync.residents.listing import listing, read
from sync.residents.values import born, matricule, status
from tests.sync.story import SOURCE

TODAY = date(2026, 11, 22)
NIR = "1.2.250.1.213.1.4.8"
TITLES = "id;nom;prenom;naissance;sexe;chambre;statut;poids;matricule;oid\n"
GUIDE = Path(__file__).parents[3] / "docs/fr/technicien.md"


def keyed(first: str) -> str:
    """Thirteen characters with their key."""
    number = int(first.replace("2A", "19").replace("2B", "18"))
    return f"{first}{97 - number % 97:02}"


INS = keyed("1340344109123")


def only(data: bytes | str) -> Incoming:
    found = read(data.encode() if isinstance(data, str) else data, TODAY)
    assert found.faults == ()
    (row,) = found.rows
    return row


def faults(data: bytes | str) -> list[str]:
    found = read(data.encode() if isinstance(data, str) else data, TODAY)
    assert found.faults
    return [one.line for one in found.faults]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_spreadsheets_csv_is_read(mark, separator, end):
    head = ["IPP", "NOM DE NAISSANCE", "Prénom", "Date de naissance", "Sexe", "Chambre", "Statut", "INS", "OID"]
    cells = ["A1", "d'Arc-Lefèvre", "Zoé", "4/7/1931", "H", "12 bis", "validee", f"{INS[:13]} {INS[13:]}", NIR]
    text = mark + end.join(separator.join(one) for one in (head, cells)) + end
    assert only(text) == Incoming(
        "ligne 2", "D'ARC-LEFÈVRE", "Zoé", date(1931, 7, 4), "A1", Sex.MALE, room="12 bis",
        status=IdentityStatus.VALIDATED, matricule=INS, authority=NIR,
    )  # fmt: skip


def test_the_example_of_the_guide_is_read():
    (example_file,) = re.findall(r"```csv\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    found = read(example_file.encode(), TODAY)
    assert (found.faults, found.notes) == ((), ())
    assert len(found.rows) == 3
    assert join((), found.rows).faults == ()


def test_every_bad_line_is_told_at_once_with_its_place_its_column_and_what_to_do():
    said = faults(
        TITLES
        + "A1;;Jean;31/02/1930;M;1;;;;\n"
        + "A2;Petit;Jean;01/01/1930;X;1;sûre;gros;;\n"
        + "A3;Bon;Anne;01/01/1930;F;1;;;;\n"
        + f"A4;Roux;Luc;01/01/1930;M;1;;;{INS[:-1]}9;{NIR}\n"
        + f"A5;Roux;Luc;01/01/1931;M;1;;;{INS};\n"
        + "A6;Roux;Luc;01/01/1932;M;1;;;;;trop\n"
    )
    places = [line.partition(" : ")[0] for line in said]
    assert places == [
        "ligne 2, colonne nom", "ligne 2, colonne naissance", "ligne 3, colonne sexe", "ligne 3, colonne statut",
        "ligne 3, colonne poids", "ligne 5, colonne matricule", "ligne 6, colonne oid", "ligne 7",
    ]  # fmt: skip
    assert "« 31/02/1930 » n’existe pas dans le calendrier. Écrivez JJ/MM/AAAA" in said[1]
    assert all(line.rstrip().endswith(".") for line in said)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("id;nom;prenom;naissance\nA;Lefèvre;Zoé;01/01/1930\n".encode("cp1252"), "Windows-1252 (ligne 2)"),
        ("id;nom".encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04\x00", "classeur Excel"),
        (b"", "titres des colonnes manquent"),
        (b"id;nom;prenom;naissance\n", "ne contient aucun résident"),
        (b"nom;prenom;naissance;nom\n", "là deux fois"),
        (b'nom;prenom;naissance\n"Petit;Jean;01/01/1930\n', "guillemet"),
        (b"nom;prenom;naissance\nPetit2;Jean;01/01/1930\n", "contient un chiffre"),
        (b"nom;prenom;naissance\nPe\x1b[31mtit;Jean;01/01/1930\n", "caractère invisible"),
        (b"nom;prenom;naissance\nPetit;Jean;01/01/2199\n", "pas une date de naissance possible"),
        (b"nom;prenom;naissance\nPetit;Jean;hier\n", "« hier » n’est pas une date"),
        (b"nom;prenom;naissance\n" + b"A" * 101 + b";Jean;01/01/1930\n", "trop long"),
        (b'{"resourceType":"Bundle"', "pas du JSON lisible"),
        (b'{"resourceType":"Observation"}', "ni Patient ni Bundle"),
        (b'{"resourceType":"Bundle","entry":[]}', "aucun résident"),
        (b'{"resourceType":"Bundle","link":[{"relation":"next","url":"x"}]}', "qu’une page"),
        (b'{"resourceType":"Patient","name":"Petit"}', "pas du type de FHIR R4"),
        (b"[" * 100_000, "(à la racine)"),
        (b'{"resourceType":"Patient","x":' + b'{"a":' * 100_000, "pas du JSON lisible"),
        (b'{"resourceType":"Patient","x":' + b"[" * 100_000, "pas du JSON lisible"),
        (b'{"resourceType":"Patient","birthDate":"1930"}', "n’est pas une date"),
    ],
)  # fmt: skip
def test_a_file_that_is_none_says_what_it_is_and_what_to_do(data, said):
    assert said in " ".join(faults(data))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
@example(b"\x85;\x0b\n")
@example(b'nom;prenom;naissance\n\xe2\x80\xa8;"\r"\n')
def test_f58_any_bytes_end_in_residents_or_faults(data):
    for more in (data, TITLES.encode() + data, b'{"resourceType":"Patient",' + data):
        found = read(more, TODAY)
        assert found.rows or found.faults or found.notes
        for one in found.faults:
            assert one.line.encode().decode().isprintable()


CELLS = st.text(st.characters(codec="utf-8"), max_size=30) | st.sampled_from(
    ["Petit", "Jean", "01/01/1930", "1930-01-01", "F", "", INS, NIR, "62,5", "=1+1", '"', "٣", "½", "²"]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=10, max_size=10), max_size=5), st.booleans())
def test_whatever_stands_in_the_cells_what_is_taken_reads_again_as_it_was_taken(tmp_path_factory, rows, remove):
    lines = [";".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    found = read((TITLES + "\n".join(lines)).encode(), TODAY)
    joined = join((), found.rows, remove_missing=remove)
    path = tmp_path_factory.getbasetemp() / "again.csv"
    path.write_bytes(listing(joined.patients))
    again = load(path)
    assert again.faults == ()
    assert sorted(again.patients, key=lambda one: one.id) == sorted(joined.patients, key=lambda one: one.id)


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["resourceType", "entry", "resource", "name", "given", "identifier", "extension", "gender"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    ),
    st.sampled_from(["Patient", "Bundle"]),
)
def test_f58_any_json_ends_in_residents_or_faults(value, kind):
    whole = value if not isinstance(value, dict) else {**value, "resourceType": kind}
    found = read(json.dumps(whole).encode(), TODAY)
    assert found.rows or found.faults or found.notes


@pytest.mark.parametrize("first", ["1340344109123", "234032A109123", "134032B109123", "8340344109123"])
def test_a_matricule_has_its_key(first):
    good = keyed(first)
    assert matricule(good) == good
    assert matricule(f" {good[:5]} {good[5:]} ") == good
    for wrong in (good[:-2] + f"{(int(good[-2:]) + 1) % 97:02}", good[:-1], good + "1", good.replace("1", "١", 1)):
        with pytest.raises(Wrong):
            matricule(wrong)


PERSON = Patient(
    "IPP-7", "LEFÈVRE", "Odette", date(1934, 3, 2), Sex.FEMALE, "Odette Marie", "44109",
    status=IdentityStatus.QUALIFIED, matricule=keyed("2340344109123"), authority=NIR,
)  # fmt: skip


@pytest.mark.parametrize("wrote", ["1,34034E+14", "1.34034E+14", "1,3E14"])
def test_a_matricule_that_a_spreadsheet_rounded_is_said_to_be_lost(wrote):
    with pytest.raises(Wrong) as caught:
        matricule(wrote)
    assert "arrondi" in caught.value.what
    assert "Texte" in caught.value.do


@pytest.mark.parametrize("wrote", ["04/07/1931", "4.7.1931", "04-07-1931", "04/07/1931 00:00", "1931-07-04"])
def test_a_date_as_spreadsheets_write_it(wrote):
    assert born(wrote, TODAY) == date(1931, 7, 4)


@pytest.mark.parametrize("wrote", ["04/07/31", "04/07/1931 10:30", "19310704", "07/1931", "00/07/1931", "٠٤/٠٧/١٩٣١"])
def test_what_is_no_whole_date_is_none(wrote):
    with pytest.raises(Wrong) as caught:
        born(wrote, TODAY)
    assert "JJ/MM/AAAA" in caught.value.do


@pytest.mark.parametrize("one", IdentityStatus)
def test_a_status_is_read_in_any_spelling(one):
    for wrote in (one.value, one.value.upper(), one.value.replace("é", "e"), one.value.replace("ée", "é")):
        assert status(wrote) is one


def test_a_patient_as_the_cart_sends_it_is_read_as_the_same_person():
    row = only(msgspec.json.encode(as_fhir(SOURCE, PERSON)))
    assert (row.id, row.family, row.given, row.born, row.sex) == ("IPP-7", "LEFÈVRE", "Odette", PERSON.born, Sex.FEMALE)
    assert (row.given_names, row.birthplace, row.status) == ("Odette Marie", "44109", IdentityStatus.QUALIFIED)
    assert (row.matricule, row.authority) == (PERSON.matricule, NIR)


def fhir(**more):
    return {
        "resourceType": "Patient",
        "name": [{"family": "Petit", "given": ["Jean"]}],
        "birthDate": "1930-01-02",
    } | more


def test_a_searchset_is_read_and_who_is_gone_is_left_out_and_told():
    entries = [
        {"resource": one}
        for one in (
            fhir(identifier=[{"use": "usual", "value": "A1"}]),
            fhir(deceasedBoolean=True),
            fhir(deceasedDateTime="2026-01-01"),
            fhir(active=False),
            fhir(link=[{"type": "replaced-by", "other": {}}]),
            {"resourceType": "OperationOutcome"},
        )
    ]
    found = read(json.dumps({"resourceType": "Bundle", "type": "searchset", "entry": entries}).encode(), TODAY)
    assert found.faults == ()
    assert [one.id for one in found.rows] == ["A1"]
    assert [note.partition(" : ")[0] for note in found.notes[:-1]] == [f"entrée {n}" for n in (2, 3, 4, 5)]
    assert found.notes[-1].startswith("1 ressources")


def test_ndjson_is_read_line_by_line_and_a_bad_line_is_told():
    lines = [json.dumps(fhir()), "", "{", json.dumps(fhir(gender="féminin"))]
    said = faults("\n".join(lines))
    assert said[0].startswith("ligne 3 : ce n’est pas du JSON")
    assert said[1].startswith("ligne 4, élément gender")


def test_a_weight_and_an_iso_date_and_an_unknown_column():
    found = read('nom,prenom,naissance,poids,téléphone\nPetit,Jean,1930-01-02,"62,5",06\n'.encode(), TODAY)
    assert found.rows[0].weight == Decimal("62.5")
    assert found.rows[0].born == date(1930, 1, 2)
    assert found.notes == ("Colonne ignorée : « téléphone ».",)
