# SPDX-License-Identifier: Apache-2.0
"""f14: a camera unplugged in a call: ABSENT with its line, the others go on, back by itself within 3 s of a replug."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from device.camera import CameraPhase, CameraState
from device.clock import SystemClock
from device.errors import CameraError
from device.ring import RingReader
from device.video import Cameras
from device.video.v4l2 import find
from virtual.cameras import VirtualCamera
from virtual.cameras.card import Card
from virtual.cameras.film import LazyFilm

ROWS = """
[[camera]]
id = "room"
label = "Salle"
role = "room"
match = "virtual:room"
size = [160, 120]
rate = 30.0
sites = ["room"]

[[camera]]
id = "otoscope"
label = "Otoscope"
role = "otoscope"
match = "virtual:otoscope"
size = [160, 120]
rate = 30.0
sites = ["left-ear", "right-ear"]
"""


class Cart:
    def __init__(self, folder: Path) -> None:
        (folder / "cameras.toml").write_text(ROWS, "utf-8")
        self.sources = {name: VirtualCamera(LazyFilm(Card(), (160, 120), 30.0)) for name in ("room", "otoscope")}
        generators = {name: lambda _, source=source: source for name, source in self.sources.items()}
        self.news: list[tuple[float, CameraState]] = []
        self._changed = asyncio.Event()
        self.cameras = Cameras.load(folder / "cameras.toml", folder, SystemClock(trusted=True), self._note, generators)

    def _note(self, state: CameraState) -> None:
        self.news.append((time.monotonic(), state))
        self._changed.set()

    async def until(self, camera: str, phase: CameraPhase) -> float:
        """Seconds until a camera is so; at most the 3 s of the fault's row."""
        begin = time.monotonic()
        async with asyncio.timeout(3):
            while self.cameras[camera].phase is not phase:
                self._changed.clear()
                await self._changed.wait()
        return time.monotonic() - begin


@pytest.fixture
async def cart(tmp_path: Path) -> AsyncIterator[Cart]:
    made = Cart(tmp_path)
    made.cameras.choose("otoscope")
    made.cameras.start()
    for name in made.sources:
        await made.until(name, CameraPhase.LIVE)
    yield made
    made.cameras.stop()


async def test_f14_unplugged_camera_is_said_at_once_and_the_other_goes_on(cart: Cart) -> None:
    room = cart.cameras["room"]
    cart.sources["otoscope"].unplug()
    assert await cart.until("otoscope", CameraPhase.ABSENT) < 1
    assert "débranchée" in cart.cameras["otoscope"].phase.line
    assert cart.news[-1][1].label == "Otoscope"
    assert cart.cameras["otoscope"].latest is None
    with pytest.raises(CameraError):
        await cart.cameras["otoscope"].next(0, 0.1)
    before = room.latest
    assert before is not None
    assert (await room.next(before.sequence, 2)).sequence > before.sequence
    assert room.phase is CameraPhase.LIVE


async def test_f14_it_comes_back_by_itself_within_three_seconds_of_the_replug(cart: Cart, tmp_path: Path) -> None:
    reader = RingReader(tmp_path / "otoscope.ring")
    camera = cart.cameras["otoscope"]
    for _ in range(2):
        last = (await camera.next(0, 2)).sequence
        cart.sources["otoscope"].unplug()
        await cart.until("otoscope", CameraPhase.ABSENT)
        cart.sources["otoscope"].recover()
        assert await cart.until("otoscope", CameraPhase.LIVE) < 3
        back = await camera.next(last, 2)
        assert back.sequence > last
        shown = reader.latest()
        assert shown is not None
        assert shown.sequence >= back.sequence


async def test_f14_the_row_finds_its_unit_by_id_whatever_its_number(tmp_path: Path) -> None:
    """The kernel gives the replugged camera another number; its name under by-id is the same."""
    name = tmp_path / "usb-Maker_Otoscope_SN1-video-index0"
    other = tmp_path / "usb-Maker_Room_SN2-video-index0"
    for number in (0, 2, 4):
        (tmp_path / f"video{number}").touch()
    name.symlink_to("video0")
    other.symlink_to("video2")
    pattern = str(tmp_path / "usb-Maker_Otoscope_*-video-index0")
    assert find(pattern).resolve().name == "video0"
    name.unlink()
    with pytest.raises(CameraError) as caught:
        find(pattern)
    assert caught.value.code == "CAM-01"
    name.symlink_to("video4")
    assert find(pattern).resolve().name == "video4"
