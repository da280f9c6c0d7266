# SPDX-License-Identifier: Apache-2.0
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from device.codes import Site
from device.errors import CameraError
from device.video import CameraRow, Format, Raw
from device.video.pixels import Unpacker
from virtual.cameras import films, otoscope, room
from virtual.cameras.card import Card
from virtual.cameras.draw import SCENES, draw, film
from virtual.cameras.film import FilmFolder, LazyFilm
from virtual.cameras.otoscope import Otoscope
from virtual.cameras.room import Room
from virtual.cameras.source import VirtualCamera

HD = (1280, 720)


def row(**changes: object) -> CameraRow:
    fields: dict[str, object] = {
        "id": "ear", "label": "Otoscope", "role": "otoscope", "match": "virtual:otoscope", "size": HD, "rate": 30.0,
        "sites": (Site.LEFT_EAR,),
    }  # fmt: skip
    return CameraRow(**fields | changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def ear() -> Otoscope:
    return Otoscope()


@pytest.fixture(scope="module")
def ward() -> Room:
    return Room()


def test_otoscope_is_a_round_bright_image_on_black(ear: Otoscope) -> None:
    luma = ear.draw(0.4, HD)[:720]
    y, x = np.mgrid[0:720, 0:1280]
    away = np.hypot(x - 640, y - 360)
    assert (luma[away > 365] <= 17).all()
    assert luma[away < 300].mean() > 80
    assert luma[away < 300].std() > 15


def test_otoscope_is_warm_and_its_cone_of_light_is_where_a_textbook_puts_it(ear: Otoscope) -> None:
    i420 = ear.draw(0.0, HD)
    cr = i420[720:].reshape(2, 360, 640)[1]
    assert cr[100:260, 240:400].mean() > 132
    luma = i420[:720].astype(float)
    lower_front, lower_back = luma[400:540, 650:760], luma[400:540, 520:630]
    assert np.percentile(lower_front, 99) > np.percentile(lower_back, 99) + 10


@pytest.mark.parametrize("size", [(1280, 720), (1600, 1200), (640, 480)])
def test_otoscope_has_the_size_asked_for(ear: Otoscope, size: tuple[int, int]) -> None:
    assert ear.draw(0.0, size).shape == (size[1] * 3 // 2, size[0])


def test_room_has_one_size(ward: Room) -> None:
    assert ward.draw(0.0, HD).shape == (1080, 1280)
    with pytest.raises(ValueError, match="not 640x480"):
        ward.draw(0.0, (640, 480))


def test_room_moves_where_the_woman_is_and_only_shimmers_elsewhere(ward: Room) -> None:
    one, other = (ward.draw(time, HD)[:720].astype(int) for time in (0.4, 1.5))
    change = np.abs(one - other)
    assert change[120:420, 480:800].mean() > 4
    assert change[250:450, 60:360].mean() < 3
    assert change[250:450, 60:360].max() > 0, "a sensor's noise"


def test_room_is_a_picture_and_no_noise(ward: Room) -> None:
    luma = ward.draw(2.0, HD)[:720].astype(float)
    blocks = luma.reshape(90, 8, 160, 8).mean(axis=(1, 3))
    assert blocks.std() > 25
    assert (luma - np.kron(blocks, np.ones((8, 8)))).std() < 20


@pytest.mark.parametrize("name", ["ear", "ward"])
def test_loop_closes_without_a_jump(name: str, request: pytest.FixtureRequest) -> None:
    scene = request.getfixturevalue(name)
    last, first, second = (scene.draw(time, HD)[:720].astype(int) for time in (scene.seconds - 1 / 30, 0.0, 1 / 30))
    assert np.abs(last - first).mean() < 2 * np.abs(first - second).mean() + 1


def test_camera_plays_real_jpegs_that_move() -> None:
    camera = VirtualCamera(LazyFilm(Card(), (160, 120), 60.0))
    camera.open()
    frames = [camera.read() for _ in range(4)]
    assert all(raw is not None and raw.format is Format.MJPEG for raw in frames)
    pictures = [Unpacker().i420(raw) for raw in frames if raw is not None]
    assert not np.array_equal(pictures[0], pictures[3])
    camera.close()


def test_camera_keeps_its_pace_and_skips_what_nobody_came_for() -> None:
    camera = VirtualCamera(LazyFilm(Card(), (160, 120), 50.0))
    camera.open()
    camera.read()
    begin = time.monotonic()
    for _ in range(10):
        camera.read()
    assert time.monotonic() - begin > 0.15
    number = camera._number
    time.sleep(0.2)
    camera.read()
    assert camera._number >= number + 9


def test_troubles_come_and_go() -> None:
    camera = VirtualCamera(LazyFilm(Card(), (160, 120), 60.0))
    camera.open()
    camera.stick()
    assert camera.read() == camera.read()
    camera.blacken()
    raw = camera.read()
    assert raw is not None
    assert Unpacker().i420(raw)[:120].max() < 30
    camera.unplug()
    with pytest.raises(CameraError):
        camera.read()
    with pytest.raises(CameraError):
        camera.open()
    camera.recover()
    camera.open()
    assert camera.read() is not None
    assert camera.openings == 2


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The test card as a scene that can be drawn into a folder."""
    monkeypatch.setitem(SCENES, "card", Card)
    folder = tmp_path / "card-0"
    draw(folder, "card", 10.0, (160, 120), (320, 240))
    return folder


def test_film_is_drawn_once_with_its_stills(small: Path) -> None:
    assert sorted(path.name for path in small.iterdir() if not path.name.startswith("still")) == [
        *(f"{number:04d}.jpg" for number in range(20)),
        "done",
    ]
    still = (small / "still-03.jpg").read_bytes()
    assert Unpacker().i420(Raw(Format.MJPEG, 320, 240, still)).shape == (360, 320)
    before = {path: path.stat().st_mtime_ns for path in small.glob("*.jpg")}
    (small / "0004.jpg").unlink()
    draw(small, "card", 10.0, (160, 120), (320, 240))
    after = {path: path.stat().st_mtime_ns for path in small.glob("*.jpg")}
    assert {path for path in after if after[path] != before[path]} == {small / "0004.jpg"}


def test_film_that_is_there_is_played_without_any_process(small: Path) -> None:
    player = FilmFolder(small, 20, (160, 120), 10.0, ["/bin/false"])
    player.open()
    assert player.frame(3) == player.frame(23) == (small / "0003.jpg").read_bytes()
    assert player.still(12) == (small / "still-02.jpg").read_bytes()
    player.close()


def test_film_that_is_being_drawn_shows_what_there_is(small: Path) -> None:
    (small / "done").unlink()
    for number in range(2, 20):
        (small / f"{number:04d}.jpg").unlink()
    player = FilmFolder(small, 20, (160, 120), 10.0, ["/bin/sleep", "60"])
    player.open()
    assert player.frame(7) == (small / "0001.jpg").read_bytes()
    begin = time.monotonic()
    player.close()
    assert time.monotonic() - begin < 2


def test_film_taken_away_is_an_error_and_is_drawn_again(small: Path) -> None:
    player = FilmFolder(small, 20, (160, 120), 10.0, ["/bin/true"])
    player.open()
    assert player.frame(3) is not None
    (small / "0003.jpg").unlink()
    with pytest.raises(CameraError):
        player.frame(3)
    player.close()
    draw(small, "card", 10.0, (160, 120), (320, 240))
    player.open()
    assert player.frame(3) is not None
    player.close()


def test_old_films_are_taken_away_and_recent_ones_of_other_versions_kept(small: Path) -> None:
    for name, age in (("card-1", 40), ("card-2", 3), ("ward-1", 40)):
        (small.parent / name).mkdir()
        then = time.time() - age * 86400
        os.utime(small.parent / name, (then, then))
    draw(small, "card", 10.0, (160, 120), (320, 240))
    assert sorted(path.name for path in small.parent.iterdir()) == ["card-0", "card-2", "ward-1"]


def test_film_that_cannot_be_drawn_is_an_error(tmp_path: Path) -> None:
    player = FilmFolder(tmp_path / "none", 20, (160, 120), 10.0, ["/bin/false"])
    with pytest.raises(CameraError) as caught:
        player.open()
    assert caught.value.code == "CAM-04"
    player.close()


def test_drawing_ends_when_the_process_that_asked_for_it_is_gone(tmp_path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from virtual.cameras.draw import film\n"
        "asked = film(Path(sys.argv[1]), 'otoscope', (320, 180), (320, 180), 30.0)\n"
        "asked.open(); print(asked._artist.pid, flush=True); os._exit(0)"
    )
    order = [sys.executable, "-c", program, str(tmp_path)]
    asked = subprocess.run(order, stdout=subprocess.PIPE, text=True, check=True, timeout=30)
    pid = int(asked.stdout)
    deadline = time.monotonic() + 30
    while alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert not list(tmp_path.glob("*/done"))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_films_are_named_after_all_that_they_depend_on(tmp_path: Path) -> None:
    folders = {
        film(tmp_path, scene, size, size, rate).folder
        for scene, size, rate in (
            ("room", HD, 30.0),
            ("otoscope", HD, 30.0),
            ("otoscope", HD, 15.0),
            ("otoscope", (640, 480), 30.0),
        )
    }
    assert len(folders) == 4


def test_rows_make_cameras_with_their_films_in_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert films() == tmp_path / "chevet" / "films"
    assert isinstance(otoscope(row(still=(1600, 1200))), VirtualCamera)
    assert isinstance(room(row(match="virtual:room")), VirtualCamera)
    assert list(tmp_path.iterdir()) == []
