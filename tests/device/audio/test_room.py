# SPDX-License-Identifier: Apache-2.0
"""The sound test, in a virtual room where the microphone hears the loudspeaker, or does not."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import numpy as np

from device.audio import BLOCK
from device.audio.metered import Metered
from device.audio.room import Room
from device.clock import SystemClock
from device.sound import SoundState, Trial
from virtual.sounds import VirtualLoudspeaker, VirtualMicrophone, voice


def hiss() -> np.ndarray:
    return np.random.default_rng(2).integers(-20, 20, 50 * BLOCK, np.int16)


@contextlib.asynccontextmanager
async def furnished(
    microphone: VirtualMicrophone, loudspeaker: VirtualLoudspeaker
) -> AsyncIterator[tuple[Room, list[SoundState]]]:
    told: list[SoundState] = []
    metered = Metered(microphone)
    room = Room(metered, loudspeaker, "ring", SystemClock(trusted=True), told.append)
    tasks = [asyncio.create_task(one.run()) for one in (metered, loudspeaker)]
    await asyncio.sleep(0)
    try:
        yield room, told
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_notes_that_come_back_pass_even_while_somebody_talks() -> None:
    microphone = VirtualMicrophone(voice())
    async with furnished(microphone, VirtualLoudspeaker(microphone)) as (room, told):
        first, second = await asyncio.gather(room.test(), room.test())
    assert first is second is Trial.PASSED
    assert [state.trial for state in told] == [Trial.RUNNING, Trial.PASSED], "the second one is the first"
    assert told[-1].tested is not None
    assert told[-1].ring == "ring"


async def test_microphone_that_hears_only_the_room_says_that_the_loudspeaker_is_mute() -> None:
    async with furnished(VirtualMicrophone(hiss()), VirtualLoudspeaker()) as (room, _):
        assert await room.test() is Trial.MUTE


async def test_muted_microphone_is_deaf() -> None:
    microphone = VirtualMicrophone(hiss())
    async with furnished(microphone, VirtualLoudspeaker(microphone)) as (room, told):
        microphone.mute()
        assert await room.test() is Trial.DEAF
        room.changed()
        assert "muet" in told[-1].microphone


async def test_missing_microphone_is_said_as_such_within_the_deadline() -> None:
    microphone = VirtualMicrophone(hiss())
    async with furnished(microphone, VirtualLoudspeaker(microphone)) as (room, told):
        microphone.unplug()
        async with asyncio.timeout(5):
            assert await room.test() is Trial.NO_MICROPHONE
        room.changed()
        assert "débranché" in told[-1].microphone
        assert told[-1].loudspeaker == ""
        microphone.recover()
        assert await room.test() is Trial.PASSED
        room.changed()
        assert told[-1].microphone == ""
