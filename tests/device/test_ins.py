# SPDX-License-Identifier: Apache-2.0
"""INS datamatrix: what the ANS's format says, and nothing that a hostile code says."""

import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.errors import ScanError
from device.ins import LONGEST, InsTraits, bare, parse
from device.people import IdentityStatus, Patient, Sex
from virtual.serial.scanner import datamatrix

TODAY = date(2026, 11, 21)
HEADER = "IS01" + 22 * "0"
GS = "\x1d"
SARAH = InsTraits(
    matricule="277010115400329",
    authority="1.2.250.1.213.1.4.8",
    family="GARCIA-HAMMADI",
    given_names="SARAH-LOU ANNA",
    born=date(1977, 1, 21),
    sex=Sex.FEMALE,
    birthplace="01154",
)
"""The public test vector of the format (InsiDatamatrixPayloadTest), 121 characters long."""
TEXT = (
    f"{HEADER}S1277010115400329S21.2.250.1.213.1.4.8{GS}S3SARAH-LOU ANNA{GS}S4GARCIA-HAMMADI{GS}S5FS621-01-1977S701154"
)


def test_the_published_vector_is_read():
    assert len(TEXT) == 121
    assert parse(TEXT, TODAY) == SARAH
    assert SARAH.given == "SARAH-LOU"
    assert not SARAH.fictitious


def test_blocks_come_in_any_order_and_the_birthplace_may_be_missing():
    text = f"{HEADER}S5FS621-01-1977S1277010115400329S3SARAH-LOU ANNA{GS}S21.2.250.1.213.1.4.10S4GARCIA-HAMMADI"
    traits = parse(text, TODAY)
    assert (traits.birthplace, traits.family, traits.authority) == ("", "GARCIA-HAMMADI", "1.2.250.1.213.1.4.10")
    assert traits.fictitious


def test_a_name_as_long_as_it_may_be_has_no_separator():
    names = "A" * 100
    text = f"{HEADER}S1277010115400329S21.2.250.1.213.1.4.8{GS}S3{names}S4{names}S5FS621-01-1977"
    traits = parse(text, TODAY)
    assert (traits.given_names, traits.family) == (names, names)


def test_a_matricule_of_corsica_has_its_key():
    number = "155022A123456"
    key = 97 - int(number.replace("2A", "19")) % 97
    assert parse(TEXT.replace("277010115400329", f"{number}{key:02}"), TODAY).matricule == f"{number}{key:02}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "IS",
        "3400930000000",
        "https://example.org/IS01",
        "is01" + 22 * "0",
        "IS02" + 22 * "0",
        "A" * 5000,
        TEXT + 400 * "0",
    ],
)
def test_what_is_no_ins_datamatrix_is_said_to_be_none(text):
    with pytest.raises(ScanError) as caught:
        parse(text, TODAY)
    assert caught.value.code == "SCN-01"


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("S1277010115400329", "S1277010115400328", "key"),
        ("S1277010115400329", "", "no block S1"),
        ("S1277010115400329", "S1A77010115400329", "no matricule"),
        ("S5F", "S5X", "neither F nor M"),
        ("S5F", "S5FS5F", "twice"),
        ("S621-01-1977", "S631-02-1977", "no date"),
        ("S621-01-1977", "S600-00-1977", "no date"),
        ("S621-01-1977", "S621-01-1877", "plausible"),
        ("S621-01-1977", "S622-11-2026", "plausible"),
        ("S701154", "S7ABCDE", "COG"),
        ("S701154", "S901154", "unknown block"),
        ("S4GARCIA-HAMMADI", "S4Garcia", "INS alphabet"),
        ("S4GARCIA-HAMMADI", "S4", "INS alphabet"),
        ("S4GARCIA-HAMMADI", "S4<b>X</b>", "INS alphabet"),
        ("1.2.250.1.213.1.4.8", "1.2.250.1.213.1.9.9", "authority"),
        (GS, "", "separator"),
        ("S5FS621-01-1977S701154", "", "no block S5"),
    ],
)
def test_a_damaged_code_is_refused_and_no_value_is_repeated(old, new, why):
    assert old in TEXT
    with pytest.raises(ScanError, match=why) as caught:
        parse(TEXT.replace(old, new), TODAY)
    assert caught.value.code == "SCN-02"
    told = f"{caught.value} {caught.value.line}"
    assert not any(secret in told for secret in ("2770101", "SARAH", "GARCIA", "1977", "01154"))


def test_f58_a_hostile_code_is_refused_in_bounded_time():
    chance = random.Random(58)  # noqa: S311 - a reproducible test, no secret
    letters = "S1234567IS0\x1d\x00\n <>&'\"éAZ-" + "\U0001f600"
    refused = 0
    for round_ in range(20_000):
        text = list(TEXT)
        for _ in range(chance.randint(1, 6)):
            text[chance.randrange(len(text))] = chance.choice(letters)
        try:
            traits = parse("".join(text), TODAY)
        except ScanError:
            refused += 1
        else:
            assert traits.patient().status is IdentityStatus.PROVISIONAL, round_
    assert refused > 19_000
    with pytest.raises(ScanError):
        parse(HEADER + "S3" * 1_000_000, TODAY)


@given(st.text(max_size=LONGEST + 10))
def test_any_text_is_traits_or_a_scan_error(text):
    for whole in (text, HEADER + text):
        with pytest.raises(ScanError):
            parse(whole, TODAY)


def test_what_the_virtual_scanner_shows_is_what_is_read():
    assert parse(datamatrix(SARAH), TODAY) == SARAH


def test_a_scan_never_makes_an_identity_qualified():
    patient = SARAH.patient()
    assert patient.status is IdentityStatus.PROVISIONAL
    assert (patient.family, patient.given, patient.matricule) == ("GARCIA-HAMMADI", "SARAH-LOU", SARAH.matricule)
    assert patient.id != SARAH.patient().id


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({}, True),
        ({"family": "Garcia Hammadi", "given": "Sarah-Lou"}, True),
        ({"given": "Sarah Lou", "given_names": "Sarah-Lou Anna"}, True),
        ({"sex": Sex.UNKNOWN}, True),
        ({"sex": Sex.MALE}, False),
        ({"born": date(1977, 1, 22)}, False),
        ({"family": "GARCIA"}, False),
        ({"given": "ANNA"}, False),
        ({"matricule": "277010115400329"}, True),
        ({"matricule": "155022A12345600"}, False),
    ],
)
def test_a_resident_is_recognised_by_strict_traits_however_they_are_spelt(change, same):
    fields = {"family": "GARCÍA-HÄMMADI", "given": "Sarah-Lou", "born": date(1977, 1, 21), "sex": Sex.FEMALE, **change}
    assert SARAH.is_of(Patient("IPP-1", **fields)) is same


def test_names_are_compared_without_accents_and_hyphens():
    assert bare("Éléonore-d’Œuvre") == bare("ELEONORE D OEUVRE")
