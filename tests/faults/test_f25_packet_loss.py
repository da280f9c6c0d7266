# SPDX-License-Identifier: Apache-2.0
"""5 % and 15 % of all packets lost at random: watchable at 5 %, the voice goes on at 15 %."""

from functools import partial

from cart.bench.call.seen import freezes, longest, made_up, rate, silence
from tests.faults.weathered import marks, under

pytestmark = marks


async def test_f25_loss_at_random_leaves_a_picture_and_a_voice(tmp_path):
    async with under(tmp_path) as sky:
        seen, start, end = await sky.spell(partial(sky.weather.lose, 5), 8.0)
        assert longest(freezes(seen, start, end)) <= 3.0
        assert rate(seen, end - 3, end) >= 3
        seen, start, end = await sky.spell(partial(sky.weather.lose, 15), 8.0)
        assert made_up(seen, start, end) <= 0.5
        assert silence(seen, start, end) <= 1.5
