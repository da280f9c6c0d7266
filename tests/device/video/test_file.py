# SPDX-License-Identifier: Apache-2.0
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from device.errors import CameraError
from device.video import Format
from device.video.file import FileSource
from device.video.pixels import Unpacker, frame_of
from virtual.cameras.card import Card

SIZE = (96, 64)
FRAMES = 6


def film(path: Path, codec: str, layout: str) -> list[np.ndarray]:
    pictures = [Card().draw(number / 4, SIZE) for number in range(FRAMES)]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=Fraction(30))
        stream.width, stream.height, stream.pix_fmt = *SIZE, layout
        for number, picture in enumerate(pictures):
            frame = frame_of(picture).reformat(format=layout)
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return pictures


def test_y4m_is_given_as_it_is_and_goes_round(tmp_path: Path) -> None:
    pictures = film(tmp_path / "film.y4m", "wrapped_avframe", "yuv420p")
    source = FileSource(tmp_path / "film.y4m", rate=400)
    source.open()
    for number in range(FRAMES * 2 + 2):
        raw = source.read()
        assert raw is not None
        assert (raw.format, raw.width, raw.height) == (Format.I420, *SIZE)
        assert np.array_equal(Unpacker().i420(raw), pictures[number % FRAMES])
    source.close()


def test_film_of_jpegs_gives_the_jpegs(tmp_path: Path) -> None:
    film(tmp_path / "film.avi", "mjpeg", "yuvj420p")
    source = FileSource(tmp_path / "film.avi", rate=400)
    source.open()
    frames = [source.read() for _ in range(FRAMES * 2)]
    assert all(raw is not None and raw.format is Format.MJPEG for raw in frames)
    assert [raw.data for raw in frames[:FRAMES]] == [raw.data for raw in frames[FRAMES:]]  # type: ignore[union-attr]
    assert source.still().data.startswith(b"\xff\xd8")
    source.close()


def test_it_keeps_the_films_own_pace(tmp_path: Path) -> None:
    film(tmp_path / "film.avi", "mjpeg", "yuvj420p")
    source = FileSource(tmp_path / "film.avi")
    source.open()
    begin = time.monotonic()
    for _ in range(10):
        source.read()
    assert time.monotonic() - begin > 0.25
    source.close()


def test_missing_film_is_absent_and_other_files_are_unusable(tmp_path: Path) -> None:
    with pytest.raises(CameraError) as caught:
        FileSource(tmp_path / "none.avi").open()
    assert caught.value.code == "CAM-01"
    (tmp_path / "text.avi").write_text("not a film")
    with pytest.raises(CameraError) as caught:
        FileSource(tmp_path / "text.avi").open()
    assert caught.value.code == "CAM-04"
