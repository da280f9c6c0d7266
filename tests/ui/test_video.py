# SPDX-License-Identifier: Apache-2.0
"""Pictures reach the screen, the newest wins, and an old one never looks live."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QPointF, QSize
from pytestqt.qtbot import QtBot

from device.ring import Picture, RingWriter
from device.station.state import CameraPhase
from tests.ui import scenes
from tests.ui.stand import Stand
from ui.video import Feed, FeedImages, thinned, video_frame

pytestmark = pytest.mark.qt_log_ignore("RHI", "pipewire", "va", "FFmpeg", extend=True)

WIDTH, HEIGHT = 320, 180
WAIT = 3000


def picture(sequence: int, monotonic: float, luma: int = 120, u: int = 128, v: int = 128) -> Picture:
    i420 = np.empty((HEIGHT * 3 // 2, WIDTH), np.uint8)
    i420[:HEIGHT] = luma
    i420[HEIGHT : HEIGHT + HEIGHT // 4] = u
    i420[HEIGHT + HEIGHT // 4 :] = v
    return Picture(sequence, monotonic, WIDTH, HEIGHT, i420)


def test_i420_becomes_the_right_colours() -> None:
    for (luma, u, v), colour in {
        (235, 128, 128): (255, 255, 255),
        (16, 128, 128): (0, 0, 0),
        (81, 90, 240): (254, 0, 0),
    }.items():
        image = video_frame(picture(1, 0.0, luma, u, v)).toImage()
        found = image.pixelColor(7, 9).getRgb()[:3]
        assert max(abs(one - other) for one, other in zip(found, colour, strict=True)) <= 4
        assert (image.width(), image.height()) == (WIDTH, HEIGHT)


@pytest.fixture
def feed(qtbot):  # noqa: ARG001 - the application
    clock = [100.0]
    one = Feed("room", sinks=False, monotonic=lambda: clock[0])
    one.clock = clock
    yield one
    one.stop()
    one.deleteLater()


def test_a_feed_shows_the_newest_greys_the_old_and_reads_nothing_when_hidden(qtbot, feed, tmp_path: Path) -> None:
    ring = tmp_path / "ring"
    feed.follow(str(ring))
    feed.watch(shown=True)
    assert feed.property("empty")
    writer = RingWriter(ring, WIDTH, HEIGHT)
    writer.write(picture(1, 99.9))
    qtbot.waitUntil(lambda: not feed.property("empty"), timeout=WAIT)
    assert not feed.property("stale")
    first = feed.property("source")
    feed.clock[0] = 104.0
    qtbot.waitUntil(lambda: feed.property("stale"), timeout=WAIT)
    assert feed.property("age") == "Image arrêtée depuis 4 s"
    writer.write(picture(2, 103.9, luma=200))
    qtbot.waitUntil(lambda: not feed.property("stale"), timeout=WAIT)
    assert feed.property("source") != first
    assert feed.image().pixelColor(5, 5).lightness() > 180
    feed.watch(shown=False)
    qtbot.wait(50)
    last = feed.property("source")
    writer.write(picture(3, 104.0))
    qtbot.wait(100)
    assert feed.property("source") == last


def test_a_picture_held_on_purpose_is_not_called_old(qtbot, feed, tmp_path: Path) -> None:
    feed.follow(str(tmp_path / "ring"), held=True)
    feed.watch(shown=True)
    RingWriter(tmp_path / "ring", WIDTH, HEIGHT).write(picture(1, 50.0))
    qtbot.waitUntil(lambda: not feed.property("empty"), timeout=WAIT)
    assert not feed.property("stale")
    feed.follow(str(tmp_path / "ring"), held=False)
    assert feed.property("stale")


def test_another_ring_never_shows_the_last_one_s_picture(qtbot, feed, tmp_path: Path) -> None:
    RingWriter(tmp_path / "one", WIDTH, HEIGHT).write(picture(1, 100.0))
    feed.follow(str(tmp_path / "one"))
    feed.watch(shown=True)
    qtbot.waitUntil(lambda: not feed.property("empty"), timeout=WAIT)
    feed.follow(str(tmp_path / "two"))
    assert feed.property("empty")
    assert feed.image().isNull()


def test_an_unknown_feed_is_an_empty_picture() -> None:
    size = QSize()
    assert FeedImages({}).requestImage("nobody/1", size, QSize()).width() == 1


def pixel(kiosk: Stand, x: float, y: float) -> tuple[int, int, int]:
    colour = kiosk.window.grabWindow().pixelColor(QPointF(x, y).toPoint())
    return colour.red(), colour.green(), colour.blue()


def test_the_doctor_and_the_self_view_are_on_the_screen(stand, tmp_path: Path) -> None:
    kiosk = stand()
    doctor, room = tmp_path / "doctor", tmp_path / "room"
    RingWriter(doctor, WIDTH, HEIGHT).write(picture(1, scenes.NOW - 0.1, 81, 90, 240))
    RingWriter(room, WIDTH, HEIGHT).write(picture(1, scenes.NOW - 0.1, 145, 54, 34))
    cameras = (msgspec.structs.replace(scenes.CAMERAS[1], ring=str(room)),)
    call = msgspec.structs.replace(scenes.TALKING, ring=str(doctor))
    kiosk.show(scenes.talking(cameras=cameras, call=call), scenes.usual())
    kiosk.until(lambda: kiosk.has("Le médecin, en direct") and kiosk.has("Ce que voit le médecin, en direct"))
    kiosk.qtbot.wait(50)
    kiosk.shot("40-video")
    red, green, blue = pixel(kiosk, 300, 300)
    assert red > 200
    assert max(green, blue) < 60
    red, green, blue = pixel(kiosk, 690, 580)
    assert green > 200
    assert max(red, blue) < 60
    kiosk.ticks.now += 3
    kiosk.until(lambda: kiosk.has("Le médecin, Image arrêtée depuis 3 s"))
    kiosk.shot("41-video-stale")
    faded = pixel(kiosk, 300, 300)
    assert min(faded) > 100


def test_an_unplugged_camera_is_said_where_its_picture_was(stand) -> None:
    kiosk = stand()
    cameras = (msgspec.structs.replace(scenes.CAMERAS[1], phase=CameraPhase.ABSENT),)
    kiosk.show(scenes.talking(cameras=cameras), scenes.usual())
    assert kiosk.has("Caméra débranchée")
    kiosk.touch("Capturer")
    assert not kiosk.has("Otoscope : que montre")


def test_a_small_view_gets_fewer_columns_and_the_same_colours():
    i420 = np.full((1080, 1280), 128, np.uint8)
    i420[:720, :640] = 200
    small = thinned(Picture(1, 0.0, 1280, 720, i420), 320)
    assert (small.width, small.height, small.i420.shape) == (320, 180, (270, 320))
    image = video_frame(small).toImage()
    assert image.pixelColor(10, 10).lightness() > image.pixelColor(310, 10).lightness()
    assert thinned(small, 320) is small
    assert thinned(small, 0) is small


def test_odd_sizes_stay_even_when_thinned():
    small = thinned(Picture(1, 0.0, 1366, 770, np.zeros((1155, 1366), np.uint8)), 320)
    assert small.width % 2 == small.height % 2 == 0
    assert small.i420.shape == (small.height * 3 // 2, small.width)


def test_a_feed_that_was_woken_once_does_not_spin(qtbot: QtBot, tmp_path: Path) -> None:
    looks = []
    feed = Feed("room", sinks=False)
    feed._pause = lambda seconds: (looks.append(seconds), Feed._pause(feed, seconds))  # type: ignore[method-assign]
    writer = RingWriter(tmp_path / "ring", WIDTH, HEIGHT)
    writer.write(picture(1, 0.0))
    feed.watch(shown=True)
    feed.follow(str(tmp_path / "ring"))
    qtbot.wait(400)
    feed.stop()
    assert 0 < len(looks) < 60
