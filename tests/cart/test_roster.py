# SPDX-License-Identifier: Apache-2.0
"""A running cart takes a new residents' list by itself, and keeps the old one when the new one is none."""

import asyncio
from contextlib import asynccontextmanager, closing, suppress

import pytest

from cart.residents import replace
from cart.roster import Roster
from device.journal import Journal
from device.station.residents import load
from tests.device.station.conftest import HandClock, make

SECONDS = 20.0
HEADER = "id;nom;prenom;naissance\n"


@pytest.fixture
async def bench(tmp_path):
    clock = HandClock()
    with closing(Journal.open(tmp_path / "journal.db", clock)) as journal:
        made = make(tmp_path, clock, journal)
        await made.open()
        yield made


@asynccontextmanager
async def following(path, station):
    task = asyncio.create_task(Roster(path, station, every=0.01).run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(holds):
    async with asyncio.timeout(SECONDS):
        while not holds():
            await asyncio.sleep(0.01)


def ids(station):
    return {one.id for one in station.residents()}


async def test_an_imported_list_is_taken_while_a_file_is_open(bench, tmp_path):
    path = tmp_path / "residents.csv"
    path.write_text(HEADER + "A1;Martin;Anne;02/03/1935\n")
    before = bench.station.state.encounter
    bench.station.notify("CFG-02", "La liste des résidents est incomplète.")
    async with following(path, bench.station):
        everyone = load(path).patients
        (tmp_path / "more.csv").write_text(HEADER + "A1;Martin;Anne;02/03/1935\nA2;Zola;Rose;02/03/1936\n")
        replace(path, load(tmp_path / "more.csv").patients)
        await until(lambda: ids(bench.station) == {"A1", "A2"})
    assert bench.station.state.encounter == before
    assert not [one for one in bench.station.state.notices if one.code == "CFG-02"]
    assert len(everyone) == 1


async def test_a_list_that_is_none_changes_nothing_is_said_and_is_forgotten_once_it_is_right(bench, tmp_path):
    path = tmp_path / "residents.csv"
    path.write_text(HEADER)
    before = ids(bench.station)
    assert before
    async with following(path, bench.station):
        path.write_bytes(b"\xff\xfe no list")
        await until(lambda: any(one.code == "CFG-02" for one in bench.station.state.notices))
        assert ids(bench.station) == before
        path.unlink()
        path.write_text(HEADER + "A9;Zola;Rose;02/03/1936\n")
        await until(lambda: ids(bench.station) == {"A9"})
        assert not [one for one in bench.station.state.notices if one.code == "CFG-02"]
