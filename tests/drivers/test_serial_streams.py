# SPDX-License-Identifier: Apache-2.0
"""Streams of serial instruments with scratches: what has a checksum is right or not there, what has none recovers."""

import json
import random
from datetime import datetime
from pathlib import Path

import pytest

from device.driver import Frame, Framed, Polled, Scanning
from device.errors import FrameError
from device.framing import Framing
from drivers.barcode import Barcode
from drivers.contec import ContecFive, ContecSeven
from drivers.nonin import NoninSeven, NoninThirteen, NoninTwo

FRAMES = Path(__file__).parents[1] / "frames"
STREAMS = [
    ("contec-cms50dplus", ContecFive(), False),
    ("contec-cms50dplus-v7", ContecSeven(), False),
    ("nonin-xpod", NoninTwo(), True),
    ("nonin-wristox2-3150", NoninSeven(), True),
    ("nonin-onyx-9560", NoninThirteen(), True),
]


def good(model: str) -> bytes:
    """The first recorded frame of a model."""
    return bytes.fromhex(json.loads((FRAMES / f"{model}.json").read_text("utf-8"))["frames"][0]["hex"])


def read(driver: Framed, data: bytes) -> list[tuple[object, ...]]:
    found = []
    for frame in Framing(driver).feed(data):
        try:
            found.append(
                tuple((one.metric, one.value, one.taken, one.doubts) for one in driver.decode(Frame("", frame)))
            )
        except FrameError:
            found.append(())
    return found


def scratched(data: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(data))
    match chance.randrange(3):
        case 0:
            return data[:place] + data[place + 1 :]
        case 1:
            return data[:place] + chance.randbytes(1) + data[place:]
        case _:
            return data[:place] + bytes((data[place] ^ 1 << chance.randrange(8),)) + data[place + 1 :]


@pytest.mark.parametrize(("model", "driver", "checked"), STREAMS)
def test_a_scratch_costs_a_frame_or_two_and_invents_nothing_where_there_is_a_checksum(model, driver, checked):
    frame = good(model)
    (truth,) = read(driver, frame)
    chance = random.Random(model)  # noqa: S311 - a reproducible test, no secret
    for _ in range(300):
        found = read(driver, frame * 3 + scratched(frame * 2, chance) + frame * 4)
        assert found[:3] == [truth] * 3
        assert found[-3:] == [truth] * 3
        if checked:
            assert set(found) <= {truth, ()}
        assert len(found) <= 9 + (model == "contec-cms50dplus")


@pytest.mark.parametrize(("model", "driver"), [one[:2] for one in STREAMS])
def test_a_stream_is_cut_alike_however_it_comes(model, driver):
    data = b"\x55" + good(model) * 6
    whole = read(driver, data)
    assert len(whole) == 6
    for size in (1, 2, 3, 7, 64, 130):
        framing = Framing(driver)
        pieces = [frame for place in range(0, len(data), size) for frame in framing.feed(data[place : place + size])]
        assert pieces == [good(model)] * 6
        assert framing.dropped == 1


def test_who_must_be_asked_and_who_reads():
    assert [isinstance(one, Polled) for _, one, _ in STREAMS] == [False, True, False, False, True]
    assert isinstance(Barcode(), Scanning)
    assert not any(isinstance(one, Scanning) for _, one, _ in STREAMS)


def test_commands_are_those_of_the_sources():
    now = datetime(2026, 11, 21, 9, 5, 30)  # noqa: DTZ001 - what an instrument's clock is set to is naive
    assert ContecSeven().greeting(now).hex() == "7d81a1808080808080"
    assert ContecSeven().keep_alive == (bytes.fromhex("7d81af808080808080"), 5.0)
    assert NoninThirteen().greeting(now).hex() == "0272061a0b1509051e03" + "027002020d03"


@pytest.mark.parametrize("text", ["A", "A\x1dB", "é" * 20, "x" * 999])
def test_a_code_is_its_text(text):
    data = text.encode() + b"\r"
    scanner = Barcode()
    assert scanner.split(data) == (data, len(data))
    assert scanner.text(Frame("", data)) == text
    assert scanner.decode(Frame("", data)) == ()


@pytest.mark.parametrize("data", [b"", b"\r", b"A", b" \r", b"\x1d\r", b"A\x00\r", b"A\x1b\r", b"x" * 1000 + b"\r"])
def test_what_is_no_code_is_a_frame_error(data):
    with pytest.raises(FrameError):
        Barcode().text(Frame("", data))
