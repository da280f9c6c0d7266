# SPDX-License-Identifier: Apache-2.0
"""The video bus on V4L2."""

from device.camera import CameraPhase
from device.video import Cameras
from tests.machine.kit.cameras import Seen, Vivid, colour, video, vivid
from tests.machine.kit.tools import until
from tests.machine.scenario import Times, scenario


@scenario()
async def a_camera_pulled_out_is_noticed_and_back_by_itself(times: Times) -> None:
    async with vivid(0, 1) as plug, video(room=plug.nodes[0]) as (cameras, seen):
        with times.of("first picture"):
            await seen.phase("room", CameraPhase.LIVE)
        with times.of("noticed", within=3.0):
            await plug.pull()
            await seen.phase("room", CameraPhase.ABSENT)
        await plug.unload()
        await plug.plug(0, 1)
        with times.of("back", within=3.0):
            await seen.phase("room", CameraPhase.LIVE)
        assert (await cameras["room"].next(0, 20)).i420.any()


@scenario()
async def cameras_keep_their_roles_when_their_numbers_change(times: Times) -> None:
    async with vivid(0, 1) as plug, video(otoscope=plug.nodes[0], dermatoscope=plug.nodes[1]) as (cameras, seen):
        await _both_right(cameras, seen)
        await _renumber(plug, cameras, seen)
        with times.of("both back"):
            await _both_right(cameras, seen)


async def _renumber(plug: Vivid, cameras: Cameras, seen: Seen) -> None:
    await plug.pull()
    for camera in cameras:
        await seen.phase(camera.id, CameraPhase.ABSENT)
    await plug.unload()
    await plug.plug(5, 0)
    await plug.paint()


async def _both_right(cameras: Cameras, seen: Seen) -> None:
    for camera, what in (("otoscope", "red"), ("dermatoscope", "blue")):
        await seen.phase(camera, CameraPhase.LIVE)

        def shows() -> bool:
            picture = cameras[camera].latest  # noqa: B023 - asked within this turn
            return picture is not None and colour(picture) == what  # noqa: B023 - likewise

        await until(shows, f"the {camera} shows {what}", 10)
