# SPDX-License-Identifier: Apache-2.0
"""Incidents of the call in the patient's file: of the right file, and not without end."""

from uuid import UUID

from device import commands as c
from device import entry as e
from device.entry import Incident
from device.station.incidents import ENOUGH, MOST
from tests.device.station.conftest import Bench

FROZEN = Incident("picture-frozen", "Image figée chez le médecin.", 3.2)


async def test_an_incident_is_written_into_its_own_encounter_only(bench: Bench):
    await bench.open()
    file = bench.station.state.encounter
    assert file is not None
    bench.station.show_incident(file.id, FROZEN)
    bench.station.show_incident(UUID(int=9), FROZEN)
    await bench.ok(c.EndEncounter())
    bench.station.show_incident(file.id, FROZEN)
    await bench.station.writer.settled()
    assert bench.bodies(Incident) == [FROZEN]
    assert bench.kinds()[-1] == "EncounterClosed"


async def test_a_link_that_comes_and_goes_all_day_does_not_fill_the_file(bench: Bench):
    await bench.open()
    file = bench.station.state.encounter
    assert file is not None
    for _ in range(MOST + 20):
        bench.station.show_incident(file.id, FROZEN)
    await bench.station.writer.settled()
    assert bench.bodies(e.Incident) == [*[FROZEN] * MOST, ENOUGH]
