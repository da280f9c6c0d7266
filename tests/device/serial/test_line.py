# SPDX-License-Identifier: Apache-2.0
"""From bytes to frames that may be believed."""

import random
from pathlib import Path

import pytest

from device.registry import Registry
from device.serial.line import BELIEVED, BURST, Allowance, Line

ROOT = Path(__file__).parents[3]
REGISTRY = Registry.load(ROOT / "config/models.toml", ROOT / "config/instruments.toml")
SAMPLE = bytes((0x86, 0x30, 0x05, 72, 97))


def line(model: str = "contec-cms50dplus") -> Line:
    row = REGISTRY.models[model]
    return Line(REGISTRY.driver(row), row)


def test_an_honest_line_is_never_too_fast_whatever_pause_came_before():
    allowance = Allowance(19200)
    assert all(allowance.admits(96, second * 0.05) for second in range(2000))
    assert allowance.admits(5760, 103.0), "three seconds of it at once, after the loop was held up"


def test_a_line_that_brings_more_than_its_speed_is_told_apart():
    allowance = Allowance(9600)
    admitted = 0
    while allowance.admits(4096, admitted * 0.05):
        admitted += 1
    assert admitted * 4096 <= BURST + 4096


def test_a_stream_is_believed_once_enough_of_it_fitted_in_a_row():
    stream = line()
    believed = []
    for frame in stream.frames_of(SAMPLE * 12):
        assert frame == SAMPLE
        believed.append(stream.believed)
    first = BELIEVED // 5 - 1
    assert believed == [False] * first + [True] * (12 - first)
    assert list(stream.frames_of(b"\x00" + SAMPLE))
    assert not stream.believed, "one byte too many, and it has to fit again"


@pytest.mark.parametrize("model", ["contec-cms50dplus", "contec-cms50dplus-v7", "nonin-xpod", "nonin-wristox2-3150"])
def test_garbage_is_never_believed_and_is_soon_babbling(model):
    chance = random.Random(model)  # noqa: S311 - a reproducible test, no secret
    stream, believed, fed = line(model), 0, 0
    while not stream.babbling:
        for _ in stream.frames_of(chance.randbytes(96)):
            believed += stream.believed
        fed += 96
    assert believed == 0
    assert fed < 8192


def test_a_unit_of_the_other_contec_protocol_is_never_read_as_ours():
    five, seven = line("contec-cms50dplus"), line("contec-cms50dplus-v7")
    assert not list(five.frames_of(bytes.fromhex("01e085d59abde3ffff") * 200))
    assert not list(seven.frames_of(SAMPLE * 200))


def test_a_scratch_in_a_good_stream_is_forgiven():
    stream = line()
    for round_ in range(300):
        list(stream.frames_of(SAMPLE * 20 + b"\x99" * (round_ % 3)))
    assert not stream.babbling
    assert stream.dropped > 100


def test_a_frame_that_its_driver_cannot_read_counts_against_the_line():
    stream = line("nonin-onyx-9560")
    for _ in range(100):
        stream.reject(bytes(22))
    assert stream.babbling


def test_what_began_and_did_not_end_can_be_given_up():
    codes = line("serial-scanner")
    assert not list(codes.frames_of(b"3400930"))
    assert codes.pending
    codes.give_up()
    assert not codes.pending
    assert list(codes.frames_of(b"X\r\n")) == [b"X\r"]
    assert codes.dropped >= 7
