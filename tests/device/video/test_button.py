# SPDX-License-Identifier: Apache-2.0
"""A camera's button: real ``struct input_event`` bytes through a FIFO that stands where udev puts the event node."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.clock import SystemClock
from device.video import Cameras
from device.video import button as button_module
from device.video.button import EVENT, Buttons, presses
from tests.device.video.kernel import Bus
from virtual.cameras import GENERATORS

SYN = EVENT.pack(1_800_000_000, 0, 0, 0, 0)


def key(value: int, code: int = 212) -> bytes:
    """KEY_CAMERA down (1), up (0) or repeated (2), and the report's end."""
    return EVENT.pack(1_800_000_000, 250_000, 1, code, value) + SYN


def test_events_are_of_the_size_of_a_64_bit_kernel() -> None:
    assert EVENT.size == 24


def test_only_the_camera_key_going_down_is_a_press() -> None:
    assert presses(key(1) + key(0)) == 1
    assert presses(key(0) + key(2) + key(1, code=30) + SYN) == 0
    assert presses(b"") == presses(key(1)[:23]) == 0
    assert presses(key(1) + key(0) + key(1) + key(0)) == 2


@given(st.binary(max_size=300))
def test_any_bytes_are_read(data: bytes) -> None:
    assert presses(data) <= len(data) // EVENT.size


class Ward:
    """An otoscope with a button, a dermatoscope with one, and who pressed."""

    def __init__(self, root: Path) -> None:
        self.bus = Bus(root)
        self.pressed: asyncio.Queue[str] = asyncio.Queue()
        self.rows = {
            name: str(self.bus.by_path / f"*-usb-0:{socket}:1.0-video-index0")
            for name, socket in (("ear", "1.1"), ("skin", "1.2"))
        }
        self.buttons = Buttons(self.rows, self.pressed.put, self.bus.sys, self.bus.dev / "input")
        self.hands: dict[str, int] = {}

    def plug(self, socket: str) -> str:
        """Put a camera with a button into a socket; its event node's name."""
        before = {one.name for one in (self.bus.dev / "input").iterdir()}
        self.bus.plug(socket, button=True)
        (name,) = {one.name for one in (self.bus.dev / "input").iterdir()} - before
        node = self.bus.dev / "input" / name
        node.unlink()
        os.mkfifo(node)
        self.hands[name] = os.open(node, os.O_RDWR | os.O_NONBLOCK)
        return name

    def unplug(self, socket: str, name: str) -> None:
        """Pull it out: the reader sees the end of its file."""
        os.close(self.hands.pop(name))
        self.bus.unplug(socket)

    async def who(self) -> str:
        async with asyncio.timeout(5):
            return await self.pressed.get()


@pytest.fixture
async def ward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ward]:
    monkeypatch.setattr(button_module, "SEARCH", 0.02)
    monkeypatch.setattr(button_module, "BOUNCE", 0.0)
    made = Ward(tmp_path)
    listening = asyncio.create_task(made.buttons.run())
    yield made
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    for hand in made.hands.values():
        os.close(hand)


async def test_each_button_presses_for_its_own_camera(ward: Ward) -> None:
    ear, skin = ward.plug("1.1"), ward.plug("1.2")
    os.write(ward.hands[skin], key(1))
    assert await ward.who() == "skin"
    os.write(ward.hands[ear], key(1))
    assert await ward.who() == "ear"
    assert ward.pressed.empty()


async def test_event_that_comes_in_two_pieces_is_one_press(ward: Ward) -> None:
    ear = ward.plug("1.1")
    os.write(ward.hands[ear], key(0) + key(1)[:10])
    async with asyncio.timeout(5):
        while not ward.buttons._rest.get(ear):
            await asyncio.sleep(0.005)
    os.write(ward.hands[ear], key(1)[10:])
    assert await ward.who() == "ear"


async def test_button_comes_back_with_its_camera_whatever_its_number(ward: Ward) -> None:
    first = ward.plug("1.1")
    os.write(ward.hands[first], key(1))
    assert await ward.who() == "ear"
    ward.unplug("1.1", first)
    async with asyncio.timeout(5):
        while ward.buttons._open:
            await asyncio.sleep(0.005)
    second = ward.plug("1.1")
    assert second != first
    os.write(ward.hands[second], key(1))
    assert await ward.who() == "ear"


async def test_bouncing_button_is_one_press(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(button_module, "BOUNCE", 60.0)
    ear, skin = ward.plug("1.1"), ward.plug("1.2")
    os.write(ward.hands[ear], (key(1) + key(0)) * 3)
    assert await ward.who() == "ear"
    os.write(ward.hands[ear], key(1))
    os.write(ward.hands[skin], key(1))
    assert await ward.who() == "skin"
    assert ward.pressed.empty()


async def test_presses_that_nobody_answers_are_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(button_module, "SEARCH", 0.02)
    monkeypatch.setattr(button_module, "BOUNCE", 0.0)
    ward, answer, answered = Ward(tmp_path), asyncio.Event(), []

    async def slow(camera: str) -> None:
        await answer.wait()
        answered.append(camera)

    buttons = Buttons(ward.rows, slow, ward.bus.sys, ward.bus.dev / "input")
    name = ward.plug("1.1")
    listening = asyncio.create_task(buttons.run())
    async with asyncio.timeout(5):
        while name not in buttons._open:
            await asyncio.sleep(0.005)
    for _ in range(30):
        buttons._down("ear")
    answer.set()
    async with asyncio.timeout(5):
        while len(answered) < 8:
            await asyncio.sleep(0.005)
    assert buttons._pressed.empty()
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    assert len(answered) == 8
    assert not buttons._open
    os.close(ward.hands[name])


async def test_button_that_may_not_be_read_is_said_once(ward: Ward, caplog: pytest.LogCaptureFixture) -> None:
    """The tests may run as root, who may read anything: a link to itself is what nobody opens."""
    ward.bus.plug("1.1", button=True)
    (node,) = (ward.bus.dev / "input").iterdir()
    node.unlink()
    node.symlink_to(node)
    searches, search = [], ward.buttons._search
    ward.buttons._search = lambda: (searches.append(1), search())[1]  # type: ignore[method-assign]
    async with asyncio.timeout(5):
        while len(searches) < 5:
            await asyncio.sleep(0.005)
    assert caplog.text.count("CAM-10") == 1


async def test_camera_without_a_button_or_unplugged_is_no_matter(ward: Ward) -> None:
    ward.bus.plug("1.1")
    skin = ward.plug("1.2")
    os.write(ward.hands[skin], key(1))
    assert await ward.who() == "skin"


async def test_only_devices_have_buttons(tmp_path: Path) -> None:
    cameras = Cameras.load(Path("config/cameras.toml"), tmp_path, SystemClock(), lambda _: None, GENERATORS)

    async def press(_: str) -> None:
        """Nobody."""

    assert cameras.buttons(press)._cameras == {}
