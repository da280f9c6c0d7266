# SPDX-License-Identifier: Apache-2.0
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.region import NEAREST, WHOLE, Box, Region, asked, box, cropped

parts = st.floats(0, 1)
sides = st.integers(8, 2048).map(lambda half: half * 2)
sizes = st.tuples(sides, sides)


@st.composite
def wishes(draw: st.DrawFn) -> tuple[float, float, float]:
    width = draw(st.floats(NEAREST, 1))
    return draw(parts) * (1 - width), draw(parts) * (1 - width), width


@given(wishes(), sizes)
def test_what_is_shown_is_even_inside_and_holds_what_was_asked(wish: tuple[float, float, float], size) -> None:
    x, y, width = wish
    part = box(asked(x, y, width, size), *size)
    for start, length, whole, wished in zip(part[:2], part[2:], size, (x, y), strict=True):
        assert start % 2 == length % 2 == 0
        assert 0 <= start < start + length <= whole
        assert start <= wished * whole + 0.01
        assert start + length >= (wished + width) * whole - 0.01
        assert length < width * whole + 4, "no more than two pixels too many at each end: its shape is the picture's"


@given(wishes(), sizes)
def test_a_region_says_exactly_which_pixels_it_is(wish: tuple[float, float, float], size) -> None:
    region = asked(*wish, size)
    left, top, width, height = box(region, *size)
    assert (left / size[0], top / size[1], width / size[0], height / size[1]) == (
        region.x, region.y, region.width, region.height,
    )  # fmt: skip


@given(wishes(), sizes, sizes)
def test_of_a_camera_that_gives_another_size_it_is_still_a_part(wish: tuple[float, float, float], size, other) -> None:
    left, top, width, height = box(asked(*wish, size), *other)
    assert left % 2 == top % 2 == width % 2 == height % 2 == 0
    assert 0 <= left < left + width <= other[0]
    assert 0 <= top < top + height <= other[1]


def test_before_the_first_picture_a_region_is_as_it_was_asked() -> None:
    assert asked(0.25, 0.5, 0.5, (0, 0)) == Region(0.25, 0.5, 0.5, 0.5)
    assert asked(0, 0, 1, (0, 0)) == asked(0, 0, 1, (1280, 720)) == WHOLE


@pytest.mark.parametrize(
    ("x", "y", "width"),
    [
        (-0.1, 0, 0.5), (0, -0.1, 0.5), (0.6, 0, 0.5), (0, 0.6, 0.5), (0, 0, 1.1), (0, 0, 0), (0, 0, 0.1),
        (float("nan"), 0, 0.5), (0, float("nan"), 0.5), (0, 0, float("nan")), (0, float("inf"), 0.5),
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", [(0, 0), (1280, 720)])
def test_what_is_no_part_of_a_picture_is_refused(x: float, y: float, width: float, size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=", "):
        asked(x, y, width, size)


def test_luma_and_chroma_are_cut_at_the_same_place() -> None:
    width, height = 16, 12
    i420 = np.zeros((height * 3 // 2, width), np.uint8)
    i420[:height] = np.arange(height)[:, None] * 16 + np.arange(width)
    chroma = i420[height:].reshape(2, height // 2, width // 2)
    chroma[0], chroma[1] = i420[:height:2, ::2], 255 - i420[:height:2, ::2]
    part = Box(4, 2, 8, 6)
    made = cropped(i420, part)
    assert made.shape == (9, 8)
    assert made.flags["C_CONTIGUOUS"]
    assert (made[:6] == i420[2:8, 4:12]).all()
    u, v = made[6:].reshape(2, 3, 4)
    assert (u == made[:6:2, ::2]).all()
    assert (v == 255 - u).all()


def test_all_of_a_picture_is_the_picture() -> None:
    i420 = np.random.default_rng(1).integers(0, 255, (36, 32), np.uint8)
    for x, y in itertools.product((0, 0.0), repeat=2):
        assert (cropped(i420, box(asked(x, y, 1, (32, 24)), 32, 24)) == i420).all()
