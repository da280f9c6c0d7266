# SPDX-License-Identifier: Apache-2.0
"""The hint of a blurred picture, on pictures of all that the cart looks at, in focus and out of it, bright and dark."""

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.video import Format, Raw
from device.video.pixels import Unpacker
from device.video.sharpness import LASTING, Detail, Focus, detail, looked
from virtual.cameras.card import Card
from virtual.cameras.doctor import SIZE, Doctor
from virtual.cameras.film import jpeg
from virtual.cameras.otoscope import Otoscope
from virtual.cameras.room import Room

Planes = npt.NDArray[np.uint8]
HD = (1280, 720)
SHARP, SOFT = Detail(90.0, 900.0), Detail(2.0, 900.0)
FLAT, DARK = Detail(0.5, 4.0), Detail(40.0, 30.0)


def waves(seed: int, scales: dict[int, float]) -> npt.NDArray[np.float32]:
    """Noise of given sizes (pixels) and strengths (luma steps), as skin has pores, folds and spots."""
    random, plane = np.random.default_rng(seed), np.zeros((HD[1], HD[0]), np.float32)
    for size, strength in scales.items():
        noise = cv2.GaussianBlur(random.normal(0, 1, plane.shape).astype(np.float32), (0, 0), size)
        plane += strength * noise / noise.std()
    return plane


def grey(luma: npt.NDArray[np.float32]) -> Planes:
    i420 = np.full((HD[1] * 3 // 2, HD[0]), 128, np.uint8)
    i420[: HD[1]] = np.clip(luma, 16, 235)
    return i420


def skin() -> Planes:
    """A dermatoscope on plain skin: hardly any texture."""
    return grey(140 + waves(3, {32: 1.6, 8: 1.0, 2: 0.6}))


def mole() -> Planes:
    """A dermatoscope on a mole: shading, an edge, pores."""
    y, x = np.mgrid[0 : HD[1], 0 : HD[0]].astype(np.float32)
    away = np.hypot(x - 640, y - 360)
    edge = 45 / (1 + np.exp(np.clip((away - 110) / 6, -40, 40)))
    return grey(150 - away / 18 - edge + waves(5, {24: 3, 6: 2.5, 2: 2}))


@cache
def scene(name: str) -> Planes:
    made: dict[str, Callable[[], Planes]] = {
        "room": lambda: Room().draw(0.4, HD),
        "otoscope": lambda: Otoscope().draw(0.4, HD),
        "large otoscope": lambda: Otoscope().draw(1.4, (1600, 1200)),
        "portrait": lambda: Doctor().draw(0.3, SIZE),
        "card": lambda: Card().draw(0.4, HD),
        "skin": skin,
        "mole": mole,
        "wall": lambda: grey(np.full((HD[1], HD[0]), 120, np.float32) + waves(2, {1: 0.7})),
    }
    return made[name]()


SCENES = ("room", "otoscope", "large otoscope", "portrait", "card", "skin", "mole", "wall")
STRUCTURED = ("room", "otoscope", "portrait", "card")


def seen(i420: Planes, luma: Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]] | None = None) -> Planes:
    """The picture through a lens and a sensor (``luma``), and as a camera's JPEG."""
    height, width = i420.shape[0] * 2 // 3, i420.shape[1]
    shown = i420.copy()
    if luma is not None:
        shown[:height] = np.clip(luma(i420[:height].astype(np.float32)), 16, 235)
    return Unpacker().i420(Raw(Format.MJPEG, width, height, jpeg(shown)))


def out_of_focus(radius: int) -> Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]]:
    """A disc of confusion."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)).astype(np.float32)
    return lambda luma: cv2.filter2D(luma, -1, disc / disc.sum())


def low_light(luma: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    noise = np.random.default_rng(1).normal(0, 2.5, luma.shape)
    return (16 + (luma - 16) * 0.15 + noise).astype(np.float32)


def watched(picture: Planes, focus: Focus = Focus(), begin: float = 0.0, seconds: int = 10) -> Focus:  # noqa: B008 - immutable
    what = detail(picture)
    for second in range(seconds + 1):
        focus = looked(focus, what, begin + second)
    return focus


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("light", [None, low_light], ids=["bright", "dark"])
def test_picture_in_focus_is_never_accused(name: str, light: Callable[..., npt.NDArray[np.float32]] | None) -> None:
    assert not watched(seen(scene(name), light)).blurred


@pytest.mark.parametrize("name", STRUCTURED)
@pytest.mark.parametrize("radius", [8, 16])
def test_picture_out_of_focus_is_told_after_some_seconds(name: str, radius: int) -> None:
    focus = watched(seen(scene(name)))
    blurred = detail(seen(scene(name), out_of_focus(radius)))
    for second in range(int(LASTING)):
        focus = looked(focus, blurred, 11.0 + second)
        assert not focus.blurred
    assert looked(focus, blurred, 11.0 + LASTING).blurred


@pytest.mark.parametrize("name", SCENES)
def test_from_a_sharp_room_to_any_scene_in_focus_nothing_is_said(name: str) -> None:
    focus = watched(seen(scene("room")))
    assert not watched(seen(scene(name)), focus, begin=11).blurred


def test_scope_dirty_since_the_start_is_told_too() -> None:
    assert watched(seen(scene("otoscope"), out_of_focus(8))).blurred


def follow(*steps: tuple[Detail, int], focus: Focus = Focus(), begin: float = 0.0) -> Focus:  # noqa: B008 - immutable
    now = begin
    for what, seconds in steps:
        for _ in range(seconds):
            focus = looked(focus, what, now)
            now += 1
    return focus


def test_hint_goes_with_the_first_sharp_picture_and_with_one_that_cannot_be_judged() -> None:
    for cure in (SHARP, FLAT, DARK):
        assert follow((SHARP, 5), (SOFT, 6)).blurred
        assert not follow((SHARP, 5), (SOFT, 6), (cure, 1)).blurred


def test_short_softness_of_a_moving_hand_is_not_told() -> None:
    assert not follow(*[(SHARP, 2), (SOFT, 3)] * 10).blurred


def test_hint_does_not_flutter_between_its_two_limits() -> None:
    between = Detail(18.0, 900.0)
    assert not follow((SHARP, 5), (between, 10)).blurred
    assert follow((SHARP, 5), (SOFT, 6), (Detail(15.5, 900.0), 10)).blurred


def test_camera_with_soft_optics_is_not_accused_for_being_what_it_is() -> None:
    soft_optics = Detail(10.0, 900.0)
    assert not follow((soft_optics, 600)).blurred
    assert not follow((SHARP, 2), (FLAT, 600), (soft_optics, 10)).blurred, "its best of long ago counts no more"


def test_hint_lasts_as_long_as_the_blur() -> None:
    assert follow((SHARP, 5), (SOFT, 1200)).blurred


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)), max_size=60))
def test_never_told_at_once_whatever_is_seen(pairs: list[tuple[float, float]]) -> None:
    focus, soft = Focus(), 0
    for number, pair in enumerate(pairs):
        focus = looked(focus, Detail(*pair), float(number))
        soft = soft + 1 if focus.since is not None else 0
        assert not focus.blurred or soft > LASTING
        assert 0 < focus.best <= 0.05


def test_tiny_pictures_have_no_detail() -> None:
    assert detail(np.full((24, 16), 90, np.uint8)) == Detail(0.0, 0.0)
