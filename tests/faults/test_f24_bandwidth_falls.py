# SPDX-License-Identifier: Apache-2.0
"""1.5 Mbit/s falls to 500, then to 200 kbit/s: no lasting freeze, the voice and the data channel go on."""

from functools import partial

from cart.bench.call.seen import delay, freezes, longest, rate, silence
from tests.faults.weathered import marks, under

pytestmark = marks


async def test_f24_a_link_that_falls_twice_keeps_picture_voice_and_messages(tmp_path):
    async with under(tmp_path) as sky:
        await sky.spell(partial(sky.weather.limit, 1500), 3.0)
        for kilobits in (500, 200):
            seen, start, end = await sky.spell(partial(sky.weather.limit, kilobits), 8.0)
            assert longest(freezes(seen, start, end)) <= 5.0
            assert rate(seen, end - 3, end) >= 3
            assert silence(seen, start, end) <= 2.0
            assert delay(seen, start, end) <= 4.0
