# SPDX-License-Identifier: Apache-2.0
"""f16: no frames, black, or one frame for ever: noticed within 3 s, opened again, said in a line; over by itself."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from device.camera import CameraPhase, CameraState, Role
from device.clock import SystemClock
from device.codes import Site
from device.video import Camera, CameraRow, Preview
from virtual.cameras import VirtualCamera
from virtual.cameras.card import Card
from virtual.cameras.film import LazyFilm

ROW = CameraRow(
    id="ear", label="Otoscope", role="otoscope", match="virtual:ear", size=(160, 120), rate=30.0, sites=(Site.LEFT_EAR,)
)


class Ill:
    def __init__(self, folder: Path, role: Role = "otoscope") -> None:
        self.source = VirtualCamera(LazyFilm(Card(), (160, 120), 30.0))
        self.phases: list[CameraPhase] = []
        self._changed = asyncio.Event()
        preview = Preview(folder / "ear.ring")
        self.camera = Camera(
            msgspec.structs.replace(ROW, role=role), self.source, preview, SystemClock(trusted=True), self._note
        )

    def _note(self, state: CameraState) -> None:
        self.phases.append(state.phase)
        self._changed.set()

    async def until(self, phase: CameraPhase) -> float:
        """Seconds until it is so; at most the 3 s of the fault's row."""
        begin = time.monotonic()
        async with asyncio.timeout(3):
            while self.camera.phase is not phase:
                self._changed.clear()
                await self._changed.wait()
        return time.monotonic() - begin


@pytest.fixture
async def ill(tmp_path: Path) -> AsyncIterator[Ill]:
    made = Ill(tmp_path)
    made.camera.start()
    await made.until(CameraPhase.LIVE)
    yield made
    made.camera.stop()


@pytest.mark.parametrize(
    ("trouble", "phase", "word"),
    [("starve", CameraPhase.STUCK, "figée"), ("stick", CameraPhase.STUCK, "figée"),
     ("blacken", CameraPhase.BLACK, "noire")],
)  # fmt: skip
async def test_f16_trouble_is_noticed_reopened_and_over_by_itself(
    ill: Ill, trouble: str, phase: CameraPhase, word: str
) -> None:
    getattr(ill.source, trouble)()
    assert await ill.until(phase) >= 1
    assert word in phase.line
    before = ill.source.openings
    async with asyncio.timeout(6):
        while ill.source.openings == before:
            await asyncio.sleep(0.02)
    assert ill.camera.phase is phase, "opening it again is no cure"
    ill.source.recover()
    await ill.until(CameraPhase.LIVE)
    assert ill.phases == [CameraPhase.LIVE, phase, CameraPhase.LIVE]


async def test_f16_camera_that_opens_and_never_gives_a_picture_is_noticed(tmp_path: Path) -> None:
    ill = Ill(tmp_path)
    ill.source.starve()
    ill.camera.start()
    try:
        await ill.until(CameraPhase.STUCK)
        ill.source.recover()
        await ill.until(CameraPhase.LIVE)
    finally:
        ill.camera.stop()


async def test_f16_frozen_screen_of_an_ultrasound_scanner_is_no_trouble(tmp_path: Path) -> None:
    """A doctor freezes the scanner itself: its screen stands still, to the last bit, for as long as it takes."""
    ill = Ill(tmp_path, role="ultrasound")
    ill.source.stick()
    ill.camera.start()
    try:
        await ill.until(CameraPhase.LIVE)
        end, sequence = time.monotonic() + 2.6, 0
        while time.monotonic() < end:
            sequence = (await ill.camera.next(sequence, 2)).sequence
        assert ill.phases == [CameraPhase.LIVE]
        assert ill.source.openings == 1
    finally:
        ill.camera.stop()


async def test_f16_moving_camera_is_never_accused(ill: Ill) -> None:
    end = time.monotonic() + 3
    sequence = 0
    while time.monotonic() < end:
        sequence = (await ill.camera.next(sequence, 2)).sequence
    assert ill.phases == [CameraPhase.LIVE]
