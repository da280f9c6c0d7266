# SPDX-License-Identifier: Apache-2.0
"""Drawing films into their folders: the cart's two as pictures, the doctor's as one file."""

import hashlib
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from virtual.cameras.film import DONE, QUALITY, STILL_RATE, FilmFolder, Planes, Scene, frame_name, jpeg, still_name
from virtual.cameras.otoscope import Otoscope
from virtual.cameras.room import Room

KEPT = 30 * 86400
"""Seconds after which a film that another version drew is taken away."""
SCENES: dict[str, Callable[[], Scene]] = {"room": Room, "otoscope": Otoscope}


def film(films: Path, scene: str, size: tuple[int, int], still: tuple[int, int], rate: float) -> FilmFolder:
    """The film of a scene, in a folder of ``films`` named after all that it depends on, our own source included."""
    order = [scene, str(rate), *map(str, (*size, *still))]
    folder = _folder(films, order)
    count = round(SCENES[scene]().seconds * rate)
    return FilmFolder(
        folder, count, size, rate, [sys.executable, "-m", "virtual.cameras", str(folder), *order, str(os.getpid())]
    )


def _folder(films: Path, order: list[str]) -> Path:
    sources = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    return films / f"{order[0]}-{hashlib.sha256(sources + ' '.join(order).encode()).hexdigest()[:12]}"


def _prepare(folder: Path, name: str) -> None:
    """Make a film's folder; take away those that other versions drew long ago."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.parent.glob(f"{name}-*"):
        if old.stat().st_mtime < time.time() - KEPT:
            shutil.rmtree(old, ignore_errors=True)


def reel(films: Path, name: str, scene: Scene, size: tuple[int, int], rate: float) -> Path:
    """The film of a scene as one file in a folder of ``films``, drawn now unless it is there."""
    folder = _folder(films, [name, str(rate), *map(str, size)])
    path = folder / f"{name}.mjpeg"
    if not path.exists():
        _prepare(folder, name)
        write_film(path, scene, size, rate)
    return path


def write_film(path: Path, scene: Scene, size: tuple[int, int], rate: float) -> None:
    """One loop of a scene as the Motion JPEG that Chromium takes for a camera: its JPEGs one after the other. The file
    is whole or not there at all. Chromium shows the samples of a JPEG, which are full-range, as limited-range ones
    (seen in 150): they are squeezed beforehand, or every picture would lose its whites and its blacks."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with fresh.open("wb") as file:
        for number in range(round(scene.seconds * rate)):
            file.write(jpeg(_squeezed(scene.draw(number / rate, size))))
    fresh.replace(path)


def _squeezed(planes: Planes) -> Planes:
    """Limited range squeezed once more, so that a full-range JPEG of it holds limited-range samples."""
    rows = len(planes) * 2 // 3
    every = np.arange(256)
    squeezed = np.empty_like(planes)
    squeezed[:rows] = np.round(16 + every * 219 / 255).astype(np.uint8)[planes[:rows]]
    squeezed[rows:] = np.round(128 + (every - 128) * 224 / 255).astype(np.uint8)[planes[rows:]]
    return squeezed


def draw(folder: Path, name: str, rate: float, size: tuple[int, int], still: tuple[int, int], asker: int = 0) -> None:
    """Draw what is missing of a film, its first picture first; end early when the parent is not ``asker`` any more."""
    asker = asker or os.getppid()
    scene = SCENES[name]()
    _prepare(folder, name)
    frames = [(frame_name(number), number / rate, size, QUALITY) for number in range(round(scene.seconds * rate))]
    stills = [
        (still_name(number), number / STILL_RATE, still, QUALITY - 1)
        for number in range(int(scene.seconds * STILL_RATE))
    ]
    for file, moment, sides, quality in (frames[0], *stills, *frames[1:]):
        path = folder / file
        if not path.exists():
            fresh = path.with_name(f".{file}.{os.getpid()}")
            fresh.write_bytes(jpeg(scene.draw(moment, sides), quality))
            fresh.replace(path)
        if os.getppid() != asker:
            return
    (folder / DONE).touch()
