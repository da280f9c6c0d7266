# SPDX-License-Identifier: Apache-2.0
"""How bodies leave: bounded while a call is on, given the time they need, with the time that is left."""

import asyncio
import socket
from uuid import uuid4

import msgspec
import pytest
from aiohttp import web

from device.commands import ReportQueue
from device.errors import ConfigurationError
from sync.link import Ask, Link, Reply
from sync.outcome import Silence, Why
from sync.settings import Server, Settings
from sync.upload import Pace, Upload
from tests.sync.bench import bench, drained
from tests.sync.storm.warp import WarpLoop
from tests.sync.story import capture, closing, opening, pressure
from virtual.records import Ill, Trouble

RATE = 32_000.0
PICTURE = b"\xff\xd8" + bytes(range(256)) * 4096


def warped(main):
    with asyncio.Runner(loop_factory=WarpLoop) as runner:
        return runner.run(main)


def test_without_a_call_nothing_is_bounded():
    async def main():
        pace, loop = Pace(RATE), asyncio.get_running_loop()
        began = loop.time()
        for _ in range(1000):
            await pace.passed(pace.chunk)
        return loop.time() - began

    assert warped(main()) < 1.0


def test_a_small_body_waits_for_one_chunk_of_a_large_one_and_no_more():
    async def main():
        pace, loop = Pace(RATE), asyncio.get_running_loop()
        pace.call(on=True)

        async def large():
            while True:
                await pace.passed(pace.chunk)

        others = [asyncio.create_task(large()) for _ in range(2)]
        took = []
        for _ in range(20):
            began = loop.time()
            await pace.passed(1000)
            took.append(loop.time() - began)
        for one in others:
            one.cancel()
        return max(took), 3 * pace.chunk / RATE

    longest, fair = warped(main())
    assert longest <= fair


@pytest.mark.parametrize("bodies", [1, 3])
def test_all_bodies_together_keep_to_the_pace_of_a_call(bodies):
    async def main():
        pace, loop = Pace(RATE), asyncio.get_running_loop()
        pace.call(on=True)
        began = loop.time()

        async def body(size):
            while size > 0:
                part = min(size, pace.chunk)
                await pace.passed(part)
                size -= part

        await asyncio.gather(*(body(320_000 // bodies) for _ in range(bodies)))
        return loop.time() - began

    assert 9.0 < warped(main()) < 11.0


def test_a_call_that_ends_sets_what_is_under_way_free_at_once():
    async def main():
        pace, loop = Pace(16.0), asyncio.get_running_loop()
        pace.call(on=True)
        await pace.passed(512)
        waiting = asyncio.create_task(pace.passed(512))
        began = loop.time()
        await asyncio.sleep(3)
        assert not waiting.done()
        pace.call(on=False)
        await waiting
        return loop.time() - began

    assert 3.0 <= warped(main()) < 3.5


def test_the_time_that_is_left_is_told_from_what_was_sent_and_bounded_by_the_call():
    async def main():
        pace = Pace(RATE)
        assert pace.seconds(1000) is None
        with pace.sending() as sent:
            await asyncio.sleep(10)
            sent(1_000_000)
            assert pace.under_way == 1_000_000
        assert pace.under_way == 0
        assert pace.seconds(500_000) == pytest.approx(5.0, rel=0.02)
        pace.call(on=True)
        assert pace.seconds(320_000) == pytest.approx(10.0)

    warped(main())


def test_bodies_beside_one_another_do_not_make_the_way_look_slower():
    async def main():
        pace = Pace()

        async def body(size, seconds):
            with pace.sending() as sent:
                for _ in range(10):
                    await asyncio.sleep(seconds / 10)
                    sent(size // 10)

        await asyncio.gather(*(body(100_000, 5.0) for _ in range(4)))
        await asyncio.sleep(60.0)
        await body(80_000, 1.0)
        return pace.seconds(160_000)

    assert warped(main()) == pytest.approx(2.0, rel=0.05)


def test_a_pace_that_no_body_would_survive_is_refused(tmp_path):
    with pytest.raises(ValueError, match="call_kbits"):
        Upload(call_kbits=1)
    text = '[source]\nroot = "2.25.1"\ncart = "c"\nestablishment = "e"\n[upload]\ncall_kbits = 1\n'
    (tmp_path / "records.toml").write_text(text)
    with pytest.raises(ConfigurationError, match="call_kbits"):
        Settings.load(tmp_path / "records.toml")


class Slow:
    """A server on a slow way: it reads so many bytes a second, until ``most``, and answers after ``pause``."""

    def __init__(self, rate: float, most: int = 1 << 30, pause: float = 0.0) -> None:
        self._rate, self._most, self._pause = rate, most, pause
        self.read = 0

    async def handle(self, request: web.Request) -> web.Response:
        while self.read < self._most and (part := await request.content.read(16384)):
            self.read += len(part)
            await asyncio.sleep(len(part) / self._rate)
        if self.read >= self._most:
            await asyncio.sleep(1e6)
        await asyncio.sleep(self._pause)
        return web.Response(status=201)


def put(slow: Slow, size: int, deadline: float = 5.0) -> tuple[Reply | Silence, float]:
    async def main():
        app = web.Application(client_max_size=1 << 30)
        app.router.add_route("*", "/{tail:.*}", slow.handle)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)  # a way that holds little
        listener.bind(("127.0.0.1", 0))
        await web.SockSite(runner, listener).start()
        server = Server("s", f"http://127.0.0.1:{runner.addresses[0][1]}/fhir", deadline=deadline, connect=1.0)
        loop = asyncio.get_running_loop()
        async with Link(server) as link:
            began = loop.time()
            reply = await link.exchange(Ask("PUT", "Binary/1", "*/*", bytes(size), "image/jpeg"))
            took = loop.time() - began
        await runner.cleanup()
        return reply, took

    return warped(main())


def test_a_large_body_on_a_slow_way_has_all_the_time_it_moves():
    slow = Slow(400_000.0)
    reply, took = put(slow, 12_000_000)
    assert isinstance(reply, Reply)
    assert reply.status == 201
    assert slow.read == 12_000_000
    assert took > 5 * 5.0


def test_one_that_stands_still_is_given_up_after_the_deadline():
    reply, took = put(Slow(1e9, most=1_000_000), 12_000_000)
    assert isinstance(reply, Silence)
    assert reply.why is Why.TIMEOUT
    assert took < 10.0


def test_an_answer_that_does_not_come_is_given_up_after_the_deadline():
    reply, took = put(Slow(1e9, pause=1e5), 1000)
    assert isinstance(reply, Silence)
    assert 5.0 <= took < 6.0


@pytest.fixture
async def desk(tmp_path):
    async with bench(tmp_path) as made:
        yield made


async def test_a_large_file_of_unknown_fate_is_asked_for_before_it_is_sent_again(desk):
    name = desk.attachments.put(PICTURE)
    desk.story.tell(uuid4(), *opening(), capture(name, len(PICTURE)), *closing())
    desk.records.trouble(Trouble(Ill.SILENCE, path="PUT Binary/"))
    async with desk.running(deadline=0.5):
        await desk.until(drained)
    assert desk.answered("PUT", "Binary/") == [None]
    assert desk.answered("GET", "Binary/") == [200]


async def test_one_that_never_arrived_is_sent_again(desk):
    name = desk.attachments.put(PICTURE)
    desk.story.tell(uuid4(), *opening(), capture(name, len(PICTURE)), *closing())
    desk.records.trouble(Trouble(Ill.CUT, path="PUT Binary/", times=2))
    async with desk.running():
        await desk.until(drained)
    assert desk.answered("PUT", "Binary/")[-1] == 201
    assert 404 in desk.answered("GET", "Binary/")
    assert desk.export["counts"]["Binary"] == 1


async def test_what_is_left_is_told_to_the_station(desk):
    name = desk.attachments.put(PICTURE)
    desk.records.trouble(Trouble(Ill.STATUS, status=503, path="PUT Binary/", times=None))
    async with desk.running() as sync:
        desk.story.tell(uuid4(), *opening(), capture(name, len(PICTURE)))
        sync.wake()
        queued = await desk.until(lambda one: one.bytes_waiting >= len(PICTURE) and one.seconds_left is not None)
        assert queued.seconds_left > 0
        desk.records.troubles.clear()
        done = await desk.until(drained)
    assert (done.bytes_waiting, done.seconds_left) == (0, 0.0)


async def test_each_capture_is_one_request_of_its_own_and_small_things_do_not_wait_for_it(desk):
    names = [desk.attachments.put(PICTURE + bytes([number])) for number in range(3)]
    desk.story.tell(uuid4(), *opening(), *(capture(name, len(PICTURE) + 1) for name in names), *closing())
    async with desk.running():
        await desk.until(drained)
    assert desk.answered("PUT", "Binary/") == [201, 201, 201]
    assert desk.answered("GET", "Binary/") == []


def test_in_a_call_a_capture_keeps_to_the_pace_while_measurements_pass_it_and_the_station_hears_how_far_it_is(tmp_path):
    picture, rate = PICTURE[:400_000], 2000.0

    async def main():
        async with bench(tmp_path) as desk:
            desk.upload, desk.deadline = Upload(call_kbits=16), 1000.0
            loop, first, second = asyncio.get_running_loop(), uuid4(), uuid4()
            name = desk.attachments.put(picture)
            async with desk.running(deadline=60.0) as sync:
                await desk.until(lambda one: one.reachable)
                sync.call(on=True)
                began = loop.time()
                desk.story.tell(first, *opening(), capture(name, len(picture)))
                sync.wake()
                await desk.until(lambda one: 0 < one.bytes_waiting < len(picture) - rate)
                desk.story.tell(second, *opening(), pressure())
                sync.wake()
                await desk.until(drained)
                took = loop.time() - began
            arrived = [one.path for one in desk.records.store.requests() if one.method in {"PUT", "POST"}]
            return took, arrived, [(one.bytes_waiting, one.seconds_left) for one in desk.reports]

    took, arrived, told = warped(main())
    assert took > len(picture) / rate * 0.9
    assert arrived.index("") < next(number for number, one in enumerate(arrived) if one.startswith("Binary/"))
    on_its_way = [one for one in told if 0 < one[0] < len(picture) - rate]
    assert len(on_its_way) >= 3, "every few seconds"
    assert all(seconds == pytest.approx(left / rate, rel=0.3) for left, seconds in on_its_way)
    assert told[-1] == (0, 0.0)


def test_a_report_of_an_older_sender_says_nothing_of_sizes():
    old = ReportQueue(1, 0, None, reachable=True, why="", acknowledged=())
    assert (old.bytes_waiting, old.seconds_left) == (0, None)
    assert msgspec.json.decode(msgspec.json.encode(old), type=ReportQueue) == old
