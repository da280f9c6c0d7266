# SPDX-License-Identifier: Apache-2.0
"""A stethoscope for tests that hears the tones of the bench, at their pace."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import numpy as np

from virtual.auscultation import tones


class ToneStethoscope:
    """Hears ``virtual.auscultation.tones``; ``taps`` are those who listen."""

    def __init__(self) -> None:
        self._blocks = tones().reshape(-1, 960)
        self.taps = 0
        self._at = time.monotonic()
        self._count = 0

    @contextlib.asynccontextmanager
    async def heard(self) -> AsyncIterator["ToneStethoscope"]:
        self.taps += 1
        try:
            yield self
        finally:
            self.taps -= 1

    async def read(self) -> np.ndarray:
        self._at = max(self._at + 0.02, time.monotonic() - 1.0)
        await asyncio.sleep(max(0.0, self._at - time.monotonic()))
        self._count += 1
        return self._blocks[self._count % len(self._blocks)]
