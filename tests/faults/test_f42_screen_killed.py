# SPDX-License-Identifier: Apache-2.0
"""f42: the kiosk is killed in a call. The call and the readings go on; the kiosk is back on the same screen."""

import time
from pathlib import Path

import pytest

from device.station.state import CallPhase
from tests.cart.whole import running

BACK_SECONDS = 15.0
"""The goal is 3 s on the box; a test only says that it comes back, and prints how long it took."""


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_f42_the_call_goes_on_and_the_screen_is_back_where_it_was(tmp_path: Path, record_property):
    async with running(tmp_path) as whole:
        await whole.open_file()
        async with whole.doctor() as doctor:
            nurse = await whole.nurse()
            await nurse.sees_words("Terminer")
            killed = time.monotonic()
            whole.world.processes.kill("ui")
            await whole.tell(instrument="thermometre", do="measure-temperature", celsius="37.4", seconds=0.5)
            rows = await doctor.sees_values({"37,4"})
            assert "37,4" in {row.value for row in rows}
            assert (await doctor.look()).alive
            state = await whole.until(lambda _: True, 5)
            assert state.call.phase is CallPhase.CONNECTED
            nurse = await whole.nurse()
            await nurse.sees_words("Température", "37,4", seconds=BACK_SECONDS)
            await nurse.sees_words("Terminer")
            record_property("seconds until the screen was back", round(time.monotonic() - killed, 1))
        assert len(await whole.recorded()) == 1
        assert whole.world.processes.restarts == {"ui": 1}
