# SPDX-License-Identifier: Apache-2.0
"""The cart's cameras, as ``config/cameras.toml`` lists them."""

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from device.camera import CameraState
from device.clock import Clock
from device.errors import ConfigurationError
from device.video.button import Buttons, Press
from device.video.camera import Camera
from device.video.capture import STOPPING
from device.video.file import FileSource
from device.video.preview import Preview
from device.video.rows import CameraRow, load_rows
from device.video.source import Source
from device.video.v4l2 import V4l2Source

Generator = Callable[[CameraRow], Source]
"""Makes the source of a ``virtual:`` row."""


class Cameras:
    """All cameras of the cart, in the order of the file; at most one is the chosen one."""

    def __init__(self, cameras: tuple[Camera, ...]) -> None:
        self._cameras = {camera.id: camera for camera in cameras}

    @classmethod
    def load(
        cls,
        path: Path,
        rings: Path,
        clock: Clock,
        on_change: Callable[[CameraState], None],
        generators: Mapping[str, Generator] | None = None,
    ) -> "Cameras":
        """The cameras of ``path``; their rings will be in the folder ``rings``. ``generators`` answer for ``virtual:``
        rows by name. Raises ConfigurationError."""
        return cls(
            tuple(
                Camera(row, _source(path, row, generators or {}), Preview(rings / f"{row.id}.ring"), clock, on_change)
                for row in load_rows(path)
            )
        )

    def __iter__(self) -> Iterator[Camera]:
        """The cameras."""
        return iter(self._cameras.values())

    def __getitem__(self, identifier: str) -> Camera:
        """A camera by its id; KeyError."""
        return self._cameras[identifier]

    def __contains__(self, identifier: object) -> bool:
        """Whether there is a camera of that id."""
        return identifier in self._cameras

    def start(self) -> None:
        """Start them all, in the event loop."""
        for camera in self:
            camera.start()

    def stop(self) -> None:
        """Stop them all, within some seconds however many of them hang."""
        for camera in self:
            camera.halt()
        until = time.monotonic() + STOPPING
        for camera in self:
            camera.stop(max(0.0, until - time.monotonic()))

    def ease(self, on: bool) -> None:  # noqa: FBT001 - what it is
        """Make half as many pictures of every camera, while the box is too hot or short of power; or all again."""
        for camera in self:
            camera.ease(on)

    def buttons(self, press: Press) -> Buttons:
        """The freeze buttons of the cameras that are devices."""
        return Buttons({camera.id: camera.match for camera in self if camera.match.startswith("/dev/")}, press)

    def choose(self, identifier: str) -> Camera:
        """Make a camera the chosen one: full rate, whole pictures in its ring. The others are let go. KeyError."""
        chosen = self._cameras[identifier]
        for camera in self:
            if camera is not chosen:
                camera.hold(frozen=False)
                camera.chosen = False
        chosen.chosen = True
        return chosen


def _source(path: Path, row: CameraRow, generators: Mapping[str, Generator]) -> Source:
    kind, _, name = row.match.partition(":")
    if kind == "file" and name:
        return FileSource(Path(name), row.rate)
    if kind == "virtual" and name:
        if name not in generators:
            known = ", ".join(sorted(generators)) or "none"
            raise ConfigurationError(
                21,
                "La liste des caméras est illisible. Appelez le technicien.",
                f"{path}: camera {row.id}: no virtual camera {name} (there are: {known})",
            )
        return generators[name](row)
    return V4l2Source(row)
