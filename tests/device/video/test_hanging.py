# SPDX-License-Identifier: Apache-2.0
"""A device that does not answer, as a wedged driver: nothing but its own thread waits for it."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from device.camera import CameraPhase, CameraState
from device.clock import SystemClock
from device.errors import CameraError
from device.video import Camera, CameraRow, Cameras, Format, Preview, Raw
from device.video import camera as cameras_module
from virtual.cameras.card import Card
from virtual.cameras.film import LazyFilm

SIZE = (160, 120)


class Wedged:
    """A source whose calls do not come back while ``hangs`` names them, as a process in state D."""

    def __init__(self) -> None:
        self.hangs = ""
        self.let_go = threading.Event()
        self.entered = threading.Event()
        self.users: set[int] = set()
        self._film = LazyFilm(Card(), SIZE, 30.0)
        self._number = 0

    def open(self) -> None:
        self._maybe("open")

    def read(self) -> Raw | None:
        time.sleep(0.01)
        self._maybe("read")
        self._number += 1
        return Raw(Format.MJPEG, *SIZE, self._film.frame(self._number))

    def still(self) -> Raw:
        self._maybe("still")
        return Raw(Format.MJPEG, *SIZE, self._film.frame(self._number))

    def close(self) -> None:
        self._maybe("close")

    def _maybe(self, call: str) -> None:
        self.users.add(threading.get_ident())
        if call == self.hangs:
            self.entered.set()
            self.let_go.wait(30)


class Stage:
    def __init__(self, folder: Path) -> None:
        self.source = Wedged()
        self._changed = asyncio.Event()
        row = CameraRow(id="ear", label="Otoscope", role="otoscope", match="virtual:card", size=SIZE, rate=30.0)
        self.camera = Camera(row, self.source, Preview(folder / "ear.ring"), SystemClock(trusted=True), self._note)

    def _note(self, _: CameraState) -> None:
        self._changed.set()

    async def until(self, phase: CameraPhase) -> None:
        async with asyncio.timeout(3):
            while self.camera.phase is not phase:
                self._changed.clear()
                await self._changed.wait()

    async def hang(self, call: str) -> None:
        self.source.hangs = call
        assert await asyncio.to_thread(self.source.entered.wait, 5)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    made = Stage(tmp_path)
    yield made
    made.source.let_go.set()
    made.camera.stop()


async def test_read_that_never_returns_is_a_stuck_picture_within_three_seconds(stage: Stage) -> None:
    stage.camera.start()
    await stage.until(CameraPhase.LIVE)
    await stage.hang("read")
    await stage.until(CameraPhase.STUCK)
    with pytest.raises(CameraError) as caught:
        await stage.camera.still(deadline=0.2)
    assert caught.value.code == "CAM-06"


async def test_device_that_hangs_is_left_behind_in_time_and_taken_up_again_by_one_thread(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.camera.start()
    await stage.until(CameraPhase.LIVE)
    await stage.hang("read")
    stage.camera.stop(patience=0.05)
    assert "CAM-07" in caplog.text
    assert (stage.camera.latest, stage.camera.phase) == (None, CameraPhase.OPENING)
    stage.camera.start()
    stage.source.hangs = ""
    stage.source.let_go.set()
    await stage.until(CameraPhase.LIVE)
    assert len(stage.source.users) == 1, "two threads in one device"


@pytest.mark.parametrize("call", ["open", "close"])
async def test_stopping_never_waits_longer_than_it_says(
    stage: Stage, call: str, caplog: pytest.LogCaptureFixture
) -> None:
    stage.source.hangs = call
    stage.camera.start()
    if call == "open":
        await stage.hang(call)
    stage.camera.stop(patience=0.1)
    assert "CAM-07" in caplog.text


async def test_many_that_hang_are_stopped_in_the_time_of_one(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    stages = [Stage(tmp_path / str(number)) for number in range(3)]
    for number, one in enumerate(stages):
        (tmp_path / str(number)).mkdir()
        one.camera.id = f"ear-{number}"
    cameras = Cameras(tuple(one.camera for one in stages))
    cameras.start()
    for one in stages:
        await one.hang("read")
    waits: list[float] = []
    for one in stages:
        original = one.camera.stop
        one.camera.stop = lambda patience, original=original: (waits.append(patience), original(0.01))[1]  # type: ignore[method-assign]
    cameras.stop()
    assert caplog.text.count("CAM-07") == 3
    assert waits[0] <= 3
    assert waits == sorted(waits, reverse=True), "they share one deadline"
    for one in stages:
        one.source.let_go.set()


async def test_thread_that_hangs_is_said_once_to_the_technician(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(cameras_module, "HANGING", 0.3)
    stage.camera.start()
    await stage.until(CameraPhase.LIVE)
    await stage.hang("read")
    await stage.until(CameraPhase.STUCK)
    assert caplog.text.count("CAM-07") == 1
    assert "has not answered" in caplog.text
