# SPDX-License-Identifier: Apache-2.0
"""The one supervisor: what fails is told and started again; what is cancelled ends."""

import asyncio
import logging

import pytest

from cart import supervise as supervising
from cart.supervise import supervise
from device.errors import CameraError, ChevetError


@pytest.fixture(autouse=True)
def _brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervising, "FIRST_PAUSE", 0.001)


@pytest.mark.parametrize("error", [CameraError(1, "Rebranchez.", "gone"), RuntimeError("a bug"), None])
async def test_a_part_that_fails_or_ends_is_told_and_started_again(error: Exception | None, caplog):
    caplog.set_level(logging.CRITICAL)
    told: list[tuple[str, ChevetError | None]] = []
    started, twice = 0, asyncio.Event()

    async def part() -> None:
        nonlocal started
        started += 1
        if started > 2:
            twice.set()
            await asyncio.Event().wait()
        if error is not None:
            raise error

    task = asyncio.create_task(supervise("part", part, lambda name, fault: told.append((name, fault))))
    await asyncio.wait_for(twice.wait(), 5)
    expected = error if isinstance(error, ChevetError) else None
    assert told == [("part", expected), ("part", expected)]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
