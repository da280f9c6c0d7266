# SPDX-License-Identifier: Apache-2.0
import asyncio
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from device.ble.guard import Inbox, RateCap, Received
from device.clock import Instant
from device.driver import Frame


def received(at: float) -> Received:
    return Received(Frame("x", b""), Instant(datetime(2026, 1, 1, tzinfo=UTC), at, trusted=True))


def test_one_frame_a_second_is_always_admitted() -> None:
    cap = RateCap(limit=1)
    assert all(cap.admits(float(second)) for second in range(100))


def test_the_frame_after_the_limit_within_a_second_is_one_too_many() -> None:
    cap = RateCap(limit=200)
    assert all(cap.admits(count / 1000) for count in range(200))
    assert not cap.admits(0.2)


@given(st.lists(st.floats(0, 10), max_size=80).map(sorted))
def test_no_second_ever_admits_more_than_the_limit_when_we_stop_at_the_first_refusal(times: list[float]) -> None:
    cap, admitted = RateCap(limit=5), []
    for at in times:
        if not cap.admits(at):
            break
        admitted.append(at)
    assert all(sum(start <= at < start + 1 for at in admitted) <= 5 for start in admitted)


async def test_an_inbox_gives_frames_in_order_and_ends_when_closed() -> None:
    inbox = Inbox()
    frames = [received(float(at)) for at in range(3)]
    for frame in frames:
        inbox.put(frame)
    inbox.close()
    assert [await inbox.get() for _ in range(4)] == [*frames, None]


async def test_an_inbox_wakes_the_one_who_waits() -> None:
    inbox = Inbox()
    waiting = asyncio.ensure_future(inbox.get())
    await asyncio.sleep(0)
    inbox.put(received(1.0))
    assert await asyncio.wait_for(waiting, 1) == received(1.0)
    waiting = asyncio.ensure_future(inbox.get())
    await asyncio.sleep(0)
    inbox.close()
    assert await asyncio.wait_for(waiting, 1) is None


async def test_a_full_inbox_closes_and_holds_nothing() -> None:
    inbox = Inbox(room=3)
    for at in range(4):
        inbox.put(received(float(at)))
    assert inbox.overrun
    assert await inbox.get() is None


async def test_a_flooded_inbox_closes() -> None:
    inbox = Inbox()
    for count in range(250):
        inbox.put(received(count / 1000))
        await asyncio.wait_for(inbox.get(), 1)
        if inbox.overrun:
            break
    assert inbox.overrun
    assert count == 200


async def test_a_closed_inbox_takes_nothing_more() -> None:
    inbox = Inbox()
    inbox.close()
    inbox.put(received(1.0))
    assert await inbox.get() is None
