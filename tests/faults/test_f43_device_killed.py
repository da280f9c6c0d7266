# SPDX-License-Identifier: Apache-2.0
"""f43: the device process is killed in a call. The screen says so; encounter, call and instruments are back."""

import time
from pathlib import Path

import pytest

from device.station.state import CallPhase
from tests.cart.whole import running

BACK_SECONDS = 30.0
"""The goal is 5 s on the box; a test only says that it comes back, and prints how long it took."""


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_f43_encounter_call_and_instruments_are_taken_up_again(tmp_path: Path, record_property):
    async with running(tmp_path) as whole:
        await whole.open_file()
        async with whole.doctor() as doctor:
            await whole.tell(instrument="thermometre", do="measure-temperature", celsius="37.4", seconds=0.5)
            await doctor.sees_values({"37,4"})
            before = await whole.until(lambda state: state.encounter is not None, 5)
            nurse = await whole.nurse()
            await nurse.sees_words("Température", "37,4")
            killed = time.monotonic()
            whole.world.processes.kill("device")
            await nurse.sees_words("Le chariot", "redémarre", seconds=5)
            state = await whole.until(lambda state: state.call.phase is CallPhase.CONNECTED, BACK_SECONDS)
            record_property("seconds until the call was back", round(time.monotonic() - killed, 1))
            assert state.encounter is not None
            assert before.encounter is not None
            assert state.encounter.id == before.encounter.id
            assert state.operator == before.operator
            assert (await doctor.sees_picture(BACK_SECONDS)).alive
            await whole.world.ready(BACK_SECONDS)
            await whole.tell(instrument="thermometre", do="measure-temperature", celsius="36.8", seconds=0.5)
            values = {row.value for row in await doctor.sees_values({"37,4", "36,8"})}
            assert {"37,4", "36,8"} <= values
            await nurse.sees_words("Température", "36,8")
        assert len(await whole.recorded()) == 2
