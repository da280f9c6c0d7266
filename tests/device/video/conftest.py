# SPDX-License-Identifier: Apache-2.0
import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from device.camera import CameraPhase, CameraState
from device.clock import SystemClock
from device.codes import Site
from device.video import Camera, CameraRow, Preview
from virtual.cameras.card import Card
from virtual.cameras.film import LazyFilm
from virtual.cameras.source import VirtualCamera

SIZE = (320, 240)


class Stage:
    """A camera on a virtual source, and the phases that it went through."""

    def __init__(self, folder: Path) -> None:
        row = CameraRow(
            id="ear", label="Otoscope", role="otoscope", match="virtual:card", size=SIZE, rate=60.0,
            sites=(Site.LEFT_EAR, Site.RIGHT_EAR),
        )  # fmt: skip
        self.source = VirtualCamera(LazyFilm(Card(), SIZE, 60.0))
        self.ring = folder / "ear.ring"
        self.phases: list[CameraPhase] = []
        self._changed = asyncio.Event()
        self.camera = Camera(row, self.source, Preview(self.ring), SystemClock(trusted=True), self._note)

    def _note(self, state: CameraState) -> None:
        self.phases.append(state.phase)
        self._changed.set()

    async def until(self, phase: CameraPhase, seconds: float = 3.0) -> None:
        """Wait until the camera is so."""
        async with asyncio.timeout(seconds):
            while self.camera.phase is not phase:
                self._changed.clear()
                await self._changed.wait()


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    made = Stage(tmp_path)
    yield made
    made.camera.stop()
