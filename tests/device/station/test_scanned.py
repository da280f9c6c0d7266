# SPDX-License-Identifier: Apache-2.0
"""A scan at the station: found among the residents or as a new identity, gone after a minute, in no trace."""

import asyncio
import logging
from datetime import date

import msgspec
import pytest

from device import commands as c
from device.ins import InsTraits
from device.people import IdentityStatus, Sex
from device.scan import Scan
from device.station import scanned
from device.station.scanned import Scans
from tests.device.station.conftest import JEANNE, Bench
from virtual.serial.scanner import datamatrix

STRANGER = InsTraits(
    "277010115400329", "1.2.250.1.213.1.4.8", "GARCIA-HAMMADI", "SARAH-LOU ANNA", date(1977, 1, 21), Sex.FEMALE
)
LEROUX = msgspec.structs.replace(STRANGER, family="LEROUX", given_names="JEANNE MARIE", born=date(1936, 3, 12))
SIGN_IN = c.SignIn("camille", "123456")


@pytest.fixture
def scans(bench: Bench) -> Scans:
    return Scans(bench.station, bench.clock)


def shown(bench: Bench, scans: Scans, text: str):
    scans.take(Scan(text, bench.clock.now()))
    return bench.station.state.scanned


async def test_a_resident_is_found_by_the_code(bench: Bench, scans: Scans):
    await bench.ok(SIGN_IN)
    found = shown(bench, scans, datamatrix(LEROUX))
    assert found.resident == JEANNE.id
    assert found.patient.matricule == LEROUX.matricule
    scans.forget()


async def test_a_stranger_prefills_a_provisional_identity(bench: Bench, scans: Scans):
    await bench.ok(SIGN_IN)
    found = shown(bench, scans, datamatrix(STRANGER))
    assert (found.resident, found.patient.family, found.patient.given) == ("", "GARCIA-HAMMADI", "SARAH-LOU")
    assert found.patient.status is IdentityStatus.PROVISIONAL
    await bench.ok(c.OpenEncounter(found.patient))
    assert bench.station.state.encounter.patient == found.patient
    assert bench.station.state.scanned is None, "a file that opens ends it"
    scans.forget()


async def test_it_is_gone_after_a_while_and_when_who_is_there_changes(bench: Bench, scans: Scans, monkeypatch):
    monkeypatch.setattr(scanned, "SECONDS", 0.01)
    await bench.ok(SIGN_IN)
    assert shown(bench, scans, datamatrix(STRANGER)) is not None
    async with asyncio.timeout(5):
        async for state in bench.station.changes():
            if state.scanned is None:
                break
    monkeypatch.setattr(scanned, "SECONDS", 60.0)
    assert shown(bench, scans, datamatrix(STRANGER)) is not None
    await bench.ok(c.SignOut())
    assert bench.station.state.scanned is None
    scans.forget()


async def test_a_code_of_another_person_than_the_open_file_is_said(bench: Bench, scans: Scans):
    await bench.ok(SIGN_IN)
    await bench.ok(c.OpenEncounter(JEANNE))
    assert shown(bench, scans, datamatrix(STRANGER)) is None
    (notice,) = bench.station.state.notices
    assert notice.code == "SCN-03"
    assert "GARCIA" not in notice.line
    assert shown(bench, scans, datamatrix(LEROUX)).resident == JEANNE.id
    assert bench.station.state.notices == ()
    scans.forget()


@pytest.mark.parametrize(
    ("signed_in", "text", "code"),
    [
        (False, datamatrix(STRANGER), "SCN-04"),
        (True, "3400930000000", "SCN-01"),
        (True, datamatrix(STRANGER).replace("S5F", "S5Z"), "SCN-02"),
        (True, "\x1d" * 900, "SCN-01"),
    ],
)
async def test_what_cannot_be_used_is_one_calm_line_and_no_identity(bench: Bench, scans: Scans, signed_in, text, code):
    if signed_in:
        await bench.ok(SIGN_IN)
    assert shown(bench, scans, text) is None
    assert [notice.code for notice in bench.station.state.notices] == [code]
    scans.forget()
    assert bench.station.state.notices == ()


async def test_nothing_of_a_code_is_in_the_traces(bench: Bench, scans: Scans, caplog):
    caplog.set_level(logging.DEBUG)
    await bench.ok(SIGN_IN)
    for text in (datamatrix(STRANGER), datamatrix(STRANGER).replace("S5F", "S5Z"), "GARCIA 277010115400329"):
        scans.take(Scan(text, bench.clock.now()))
    scans.forget()
    assert "SCN-02" in caplog.text
    assert not any(secret in caplog.text for secret in ("2770101", "SARAH", "GARCIA", "1977"))
