# SPDX-License-Identifier: Apache-2.0
import asyncio

import pytest

from call.parts import Parts


async def test_a_part_that_fails_is_said_and_told_of(caplog):
    parts, failed = Parts(), asyncio.Event()
    parts.on_failed = failed.set

    async def broken():
        raise RuntimeError("of a report")

    parts.start("rtcp", broken())
    await asyncio.wait_for(failed.wait(), 10)
    assert "CAL-20 rtcp failed" in caplog.text
    assert "rtcp" in parts


async def test_a_part_that_is_ended_has_not_failed():
    parts, begun = Parts(), asyncio.Event()
    parts.on_failed = lambda: pytest.fail("it was ended")

    async def work():
        begun.set()
        await asyncio.Event().wait()

    assert not parts
    parts.start("feedback", work())
    await asyncio.wait_for(begun.wait(), 10)
    assert parts
    await asyncio.wait_for(parts.close(), 10)
