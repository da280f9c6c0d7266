# SPDX-License-Identifier: Apache-2.0
"""Streams in notifications: what their splitters make of noise, of cuts and of what was not theirs."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.driver import Frame, Framed
from device.framing import Framing
from drivers.berrymed import BerryMed
from drivers.jumper_cuff import JumperCuff
from drivers.viatom import MOST, ViatomOximeter, crc8

NUMBERS = bytes.fromhex("aa550f08016140005100c05b")
RESULT = bytes.fromhex("fdfdfc6339430d0a")
PACKET = bytes.fromhex("8640034861")
GOOD = [(BerryMed(), PACKET), (JumperCuff(), RESULT), (ViatomOximeter(), NUMBERS)]
every_driver = pytest.mark.parametrize(("driver", "good"), GOOD, ids=lambda one: type(one).__name__)


class Counted:
    """A driver whose looks at a stream are counted, and the bytes that it was shown."""

    def __init__(self, driver: Framed) -> None:
        self.calls = self.longest = 0
        self._driver = driver

    def split(self, buffer: bytes) -> tuple[bytes | None, int]:
        self.calls += 1
        self.longest = max(self.longest, len(buffer))
        return self._driver.split(buffer)

    def decode(self, frame: Frame) -> object:
        return self._driver.decode(frame)


def test_the_crc_is_that_of_its_catalogue():
    assert crc8(b"123456789") == 0xA1


@every_driver
@given(noise=st.binary(max_size=60), cut=st.integers(1, 30))
def test_a_good_frame_is_found_after_any_noise_that_ended(driver, good, noise, cut):
    """What looks like a beginning may swallow the next frames, never all of them."""
    framing = Framing(driver)
    stream = noise + good * 20
    found = [frame for start in range(0, len(stream), cut) for frame in framing.feed(stream[start : start + cut])]
    assert found.count(good) >= 20 - (MOST + 4) // len(good) - 1
    assert found[-1] == good


@every_driver
@given(buffer=st.binary(max_size=300))
def test_a_splitter_is_total_and_keeps_its_contract(driver, good, buffer):  # noqa: ARG001 - one table for all
    frame, size = driver.split(buffer)
    assert 0 <= size <= len(buffer)
    if frame is not None:
        assert frame
        assert buffer[:size].endswith(frame)
    elif size == 0:
        assert len(buffer) < 256


HOSTILE = {
    "noise": random.Random(12).randbytes(65_536),  # noqa: S311 - reproducible noise, no secret
    "zeros": bytes(65_536),
    "ones": b"\xff" * 65_536,
    "headers": b"\xaa\x55\x0f\x40" * 16_384,
    "bare headers": b"\xaa\x55" * 32_768,
    "beginnings": b"\xfd\xfd" * 32_768,
    "results that never end": b"\xfd\xfd\xfc\x63\x39\x43\x0d\x0d" * 8_192,
    "packets without a beginning": b"\x03\x48\x61\x40" * 16_384,
    "beginnings of packets": b"\x80\x01\x02\x03" * 16_384,
}


@every_driver
@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("piece", [1, 20, 244])
def test_a_hostile_stream_is_looked_at_a_few_times_a_byte_and_never_kept(driver, good, hostile, piece):
    counted = Counted(driver)
    framing = Framing(counted)
    stream = hostile[: 4096 if piece == 1 else len(hostile)]
    frames = [frame for start in range(0, len(stream), piece) for frame in framing.feed(stream[start : start + piece])]
    assert counted.longest <= 512
    assert counted.calls <= 2 * (len(stream) // piece + 1) + 2 * len(frames) + len(stream) // 4
    assert framing.dropped <= len(stream)
    assert good in list(framing.feed(good * 20))
