# SPDX-License-Identifier: Apache-2.0
"""A camera's own button, at the station."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cart.freeze import press
from device import commands as c
from device.journal import Journal
from tests.device.station.conftest import Bench, HandClock, make


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    clock = HandClock()
    journal = Journal.open(tmp_path / "journal.db", clock)
    yield make(tmp_path, clock, journal)
    journal.close()


def seen(bench: Bench) -> tuple[str, bool, bool, bool]:
    """The chosen camera, what the state says of freezing, and what each camera holds."""
    state = bench.station.state
    return state.camera, state.frozen, bench.eyes.room.held, bench.eyes.otoscope.held


async def test_button_of_the_camera_shown_freezes_and_lets_go(bench: Bench) -> None:
    await bench.open()
    await bench.ok(c.ChooseCamera("otoscope"))
    await press(bench.station, "otoscope")
    assert seen(bench) == ("otoscope", True, False, True)
    await press(bench.station, "otoscope")
    assert seen(bench) == ("otoscope", False, False, False)


async def test_button_of_another_camera_shows_it_first(bench: Bench) -> None:
    await bench.open()
    await press(bench.station, "room")
    assert seen(bench) == ("room", True, True, False)
    await press(bench.station, "otoscope")
    assert seen(bench) == ("otoscope", False, False, False)
    await press(bench.station, "otoscope")
    assert seen(bench) == ("otoscope", True, False, True)


async def test_button_does_nothing_between_encounters(bench: Bench) -> None:
    await press(bench.station, "room")
    assert seen(bench) == ("room", False, False, False)
    await bench.open()
    await bench.ok(c.EndEncounter())
    await press(bench.station, "otoscope")
    assert seen(bench) == ("room", False, False, False)
