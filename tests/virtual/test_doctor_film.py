# SPDX-License-Identifier: Apache-2.0
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from virtual.cameras import doctor_film
from virtual.cameras.card import Card
from virtual.cameras.doctor import SIZE, Doctor
from virtual.cameras.draw import reel, write_film

CARD = 160, 120
FACE, MOUTH, EYES, COAT, WALL = (
    np.s_[220:420, 550:730],
    np.s_[372:412, 600:680],
    np.s_[275:310, 570:710],
    np.s_[520:700, 360:460],
    np.s_[100:300, 780:840],
)


@pytest.fixture(scope="module")
def doctor() -> Doctor:
    return Doctor()


def luma(doctor: Doctor, time: float) -> np.ndarray:
    return doctor.draw(time)[: SIZE[1]].astype(float)


def still(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one - other).mean())


def test_doctor_has_one_size(doctor: Doctor) -> None:
    assert doctor.draw(0.0).shape == (1080, 1280)
    with pytest.raises(ValueError, match="not 640x480"):
        doctor.draw(0.0, (640, 480))


def test_she_talks_blinks_and_breathes_before_a_wall_that_does_not(doctor: Doctor) -> None:
    shut, speaking, listening = (luma(doctor, time) for time in (1.25, 1.12, 2.7))
    assert still(speaking[MOUTH], listening[MOUTH]) > 8
    assert still(shut[EYES], speaking[EYES]) > 8
    assert still(speaking[COAT], listening[COAT]) > 0.8
    assert 0 < still(speaking[WALL], listening[WALL]) < 1.2, "a sensor's noise"


def test_her_skin_is_brown_her_coat_white_and_her_hair_dark(doctor: Doctor) -> None:
    planes = doctor.draw(0.0)
    y, (cb, cr) = planes[:720], planes[720:].reshape(2, 360, 640)
    cheek, coat, bun = np.s_[320:350, 580:605], np.s_[600:680, 380:440], np.s_[85:125, 620:680]
    half = np.s_[160:175, 290:302]
    assert 60 < y[cheek].mean() < 130
    assert cr[half].mean() > 140
    assert cb[half].mean() < 120
    assert y[coat].mean() > 185
    assert y[bun].mean() < 60


def test_no_picture_of_the_loop_jumps_the_one_after_the_last_included(doctor: Doctor) -> None:
    pictures = [luma(doctor, number / 30) for number in (*range(104, 108), *range(4))]
    steps = [still(one[FACE], other[FACE]) for one, other in pairwise(pictures)]
    assert steps[3] < 1.5 * max(steps[:3] + steps[4:])
    assert min(steps) > 0.3, "she is never frozen"


def test_film_is_every_picture_of_the_loop_as_motion_jpeg(tmp_path: Path) -> None:
    path = tmp_path / "card.mjpeg"
    write_film(path, Card(), CARD, 10.0)
    data = path.read_bytes()
    assert data.startswith(b"\xff\xd8")
    assert data.endswith(b"\xff\xd9")
    with av.open(path, format="mjpeg") as film:
        pictures = [frame.to_ndarray(format="gray") for frame in film.decode(video=0)]
    assert len(pictures) == round(Card.seconds * 10)
    assert {picture.shape for picture in pictures} == {CARD[::-1]}
    assert not np.array_equal(pictures[0], pictures[7])
    assert [file.name for file in tmp_path.iterdir()] == ["card.mjpeg"]


def test_samples_of_the_file_are_limited_range_as_chromium_takes_them(tmp_path: Path) -> None:
    path = tmp_path / "card.mjpeg"
    write_film(path, Card(), CARD, 1.0)
    with av.open(path, format="mjpeg") as film:
        plane = next(film.decode(video=0)).planes[0]
    samples = np.frombuffer(bytes(plane), np.uint8).reshape(CARD[1], plane.line_size)[:, : CARD[0]].astype(int)
    drawn = Card().draw(0.0, CARD)[: CARD[1]].astype(int)
    assert np.abs(samples - drawn).max() <= 4


class Spent(Card):
    """A scene that must not be drawn."""

    def draw(self, time: float, size: tuple[int, int]) -> np.ndarray:
        raise AssertionError(time, size)


def test_film_is_drawn_once_for_each_size_and_rate(tmp_path: Path) -> None:
    path = reel(tmp_path, "card", Card(), CARD, 10.0)
    assert reel(tmp_path, "card", Spent(), CARD, 10.0) == path
    assert reel(tmp_path, "card", Card(), CARD, 5.0) != path
    with pytest.raises(AssertionError):
        reel(tmp_path, "card", Spent(), (80, 60), 10.0)
    assert len(list(tmp_path.glob("card-*/card.mjpeg"))) == 2


def test_doctor_is_kept_in_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[float] = []
    one = Card().draw(0.0, CARD)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def draw(_doctor: Doctor, time: float, _size: tuple[int, int]) -> np.ndarray:
        drawn.append(time)
        return one

    monkeypatch.setattr(Doctor, "draw", draw)
    path = doctor_film()
    assert path == doctor_film()
    assert path.is_relative_to(tmp_path / "chevet" / "films")
    assert len(drawn) == round(Doctor.seconds * 30)
