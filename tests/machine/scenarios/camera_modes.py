# SPDX-License-Identifier: Apache-2.0
"""What the kernel says of a camera, what is made of it, and stills, on V4L2."""

import asyncio
import tempfile
import time
from pathlib import Path

from device.camera import CameraPhase
from device.clock import SystemClock
from device.video import Camera, Cameras, Format
from device.video.choice import Wish, still, stream
from device.video.modes import Mode, modes_of
from tests.machine.kit.cameras import RED, Seen, video, vivid
from tests.machine.kit.tools import tool
from tests.machine.scenario import Times, scenario

BLACK = 5
"""vivid's pattern of nothing but black."""
ALL_TEXT, NO_TEXT = 0, 2
ROW = """
[[camera]]
id = "room"
label = "Salle"
role = "room"
match = "{match}"
size = [640, 480]
rate = 10.0
still = [1280, 720]
"""
"""A row that leaves the format to the cart. The guest is slow: few and small pictures."""

EMULATED = 2 * 3.0
"""Seconds for what a box promises in three: an emulated processor is slower. The report has the figure."""


@scenario()
async def a_camera_says_what_it_offers_and_gives_what_was_chosen(times: Times) -> None:
    async with vivid(0, 1) as plug:
        with times.of("asked"):
            modes = await asyncio.to_thread(modes_of, plug.nodes[0])
        assert Mode(Format.YUYV, 640, 480, 25.0) in modes
        assert {mode.format for mode in modes} >= {Format.YUYV, Format.NV12}
        chosen = stream(modes, Wish(size=(640, 480), rate=10.0), 5000)
        assert chosen is not None
        kept = still(modes, Wish(size=(1280, 720)), chosen)
        assert (kept.width, kept.height) == (1280, 720)
        await _streams(times, plug.nodes[0], chosen)


async def _streams(times: Times, node: Path, chosen: Mode) -> None:
    seen = Seen()
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "cameras.toml"
        table.write_text(ROW.format(match=node), "utf-8")
        cameras = Cameras.load(table, Path(folder), SystemClock(trusted=True), seen.change)
        cameras.start()
        try:
            with times.of("first picture"):
                await seen.phase("room", CameraPhase.LIVE)
            picture = await cameras["room"].next(0, 20)
            assert (picture.width, picture.height) == (chosen.width, chosen.height)
            with times.of("still"):
                taken = await cameras["room"].still(deadline=60)
            assert (taken.media_type, taken.width, taken.height) == ("image/png", 1280, 720)
            again = await cameras["room"].next(picture.sequence, 20)
            assert (again.width, again.height) == (chosen.width, chosen.height)
            await tool("v4l2-ctl", "-d", str(node), "-c", "disconnect=1")
            with times.of("disconnected, then taken up again", within=10.0):
                await _fresh(cameras["room"])
        finally:
            cameras.stop()


async def _fresh(camera: Camera) -> None:
    """Pictures come again; vivid lets a disconnected camera come back only once whoever had it open lets go."""
    begin = time.monotonic()
    newest = camera.latest.sequence if camera.latest is not None else 0
    while True:
        picture = await camera.next(newest, 20)
        newest = picture.sequence
        if picture.monotonic > begin + 1:
            return


@scenario()
async def one_picture_for_ever_and_a_black_one_are_noticed(times: Times) -> None:
    async with vivid(0, 1) as plug, video(room=plug.nodes[0]) as (_, seen):
        await seen.phase("room", CameraPhase.LIVE)
        with times.of("stuck, noticed", within=EMULATED):
            await _set(plug.nodes[0], osd_text_mode=NO_TEXT)
            await seen.phase("room", CameraPhase.STUCK)
        await _set(plug.nodes[0], osd_text_mode=ALL_TEXT)
        await seen.phase("room", CameraPhase.LIVE)
        with times.of("black, noticed", within=EMULATED):
            await _set(plug.nodes[0], osd_text_mode=NO_TEXT, test_pattern=BLACK)
            await seen.phase("room", CameraPhase.BLACK)
        await _set(plug.nodes[0], osd_text_mode=ALL_TEXT, test_pattern=RED)
        with times.of("over"):
            await seen.phase("room", CameraPhase.LIVE)


async def _set(node: Path, **controls: int) -> None:
    """Change what vivid draws: a pattern, and the text with its counters, which is all that moves on a plain one."""
    await tool("v4l2-ctl", "-d", str(node), "-c", ",".join(f"{name}={value}" for name, value in controls.items()))
