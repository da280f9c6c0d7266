# SPDX-License-Identifier: Apache-2.0
"""V4L2 cameras through OpenCV, raw: MJPEG, YUYV or NV12 bytes as the driver gives them (no conversion to BGR).

A camera is found by its name under ``/dev/v4l/by-id`` or ``by-path``, never by a number, which changes at each replug.
``VideoCapture.isOpened`` stays true after an unplug, so failed reads are counted and the device node is looked for.
"""

import glob
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from device.video import choice
from device.video.choice import RATE, SIZE, Wish
from device.video.modes import Mode, modes_of
from device.video.opencv import opencv
from device.video.rows import CameraRow
from device.video.source import Format, Raw, absent, stuck, unusable
from device.video.usb import SYS, speed_of, twins_of

if TYPE_CHECKING:
    import cv2

log = logging.getLogger(__name__)

BY_ID = "by-id"
FAILURES = 5
"""Failed reads in a row after which the stream is given up."""
SETTLING = 4
"""Frames dropped after a change of size, while exposure and white balance settle."""


Modes = Callable[[Path], tuple[Mode, ...]]


class V4l2Source:
    """A V4L2 camera. ``opener`` is OpenCV's ``VideoCapture``, ``modes`` what asks the driver for what it offers and
    ``sys`` is sysfs, unless a test gives its own."""

    def __init__(self, row: CameraRow, opener: Any = None, modes: Modes = modes_of, sys: Path = SYS) -> None:  # noqa: ANN401 - cv2 has no types of its own
        self._row = row
        self._opener = opener
        self._modes = modes
        self._sys = sys
        self._capture: cv2.VideoCapture | None = None
        self._node = Path()
        self._stream: Mode | None = None
        self._still: Mode | None = None
        self._mode = Mode(Format.MJPEG, 0, 0, 0)
        self._failures = 0

    def open(self) -> None:
        """Open the one device that matches, in the mode that the row asks for or that costs least."""
        self._node = find(self._row.match, self._sys)
        stream, still = self._choose(self._modes(self._node))
        if (stream, still) != (self._stream, self._still):
            log.info("camera %s: %s, stills %s", self._row.id, stream, still)
        self._stream, self._still = stream, still
        self._start(stream)

    def read(self) -> Raw | None:
        """The next frame; None when none came within a second."""
        if self._capture is None:
            raise absent(f"{self._row.match} is not open")
        got, frame = self._capture.read()
        if got and frame is not None and frame.size:
            self._failures = 0
            return self._raw(frame)
        self._failures += 1
        if not self._node.exists():
            raise absent(f"{self._node} went away")
        if self._failures >= FAILURES:
            raise stuck(f"{self._node}: {self._failures} reads failed")
        return None

    def still(self) -> Raw:
        """A frame at the size for stills: the next one where the stream has that size, else the stream stops and starts
        again around it."""
        if self._still is None or self._stream is None or self._still == self._stream:
            return self._frame()
        try:
            self._start(self._still)
            for _ in range(SETTLING):
                self._frame()
            return self._frame()
        finally:
            self._start(self._stream)

    def close(self) -> None:
        """Release the device."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None

    def _frame(self) -> Raw:
        for _ in range(FAILURES):
            raw = self.read()
            if raw is not None:
                return raw
        raise stuck(f"{self._node}: no frame")

    def _choose(self, modes: tuple[Mode, ...]) -> tuple[Mode, Mode]:
        """The stream's mode and the stills'. A driver that cannot be asked is taken at the row's word."""
        row = self._row
        wanted = Format(row.format) if row.format is not None else None
        if not modes:
            plain = Mode(wanted or Format.MJPEG, *(row.size or SIZE), row.rate or RATE)
            return plain, plain if row.still is None else plain._replace(width=row.still[0], height=row.still[1])
        chosen = choice.stream(modes, Wish(wanted, row.size, row.rate), speed_of(self._node, self._sys))
        if chosen is None:
            offered = ", ".join(sorted({mode.format for mode in modes}))
            raise unusable(f"{self._node} has no {wanted}, only {offered}")
        return chosen, choice.still(modes, Wish(wanted, row.still), chosen)

    def _start(self, mode: Mode) -> None:
        self.close()
        cv2 = opencv()
        capture = (self._opener or cv2.VideoCapture)(str(self._node), cv2.CAP_V4L2)
        if not capture.isOpened():
            capture.release()
            raise unusable(f"{self._node} does not open")
        self._capture, self._failures = capture, 0
        fourcc = cv2.VideoWriter.fourcc(*mode.format)
        for name, value in (
            (cv2.CAP_PROP_FOURCC, fourcc),
            (cv2.CAP_PROP_FRAME_WIDTH, mode.width),
            (cv2.CAP_PROP_FRAME_HEIGHT, mode.height),
            (cv2.CAP_PROP_FPS, mode.rate),
            (cv2.CAP_PROP_CONVERT_RGB, 0),
        ):
            capture.set(name, value)
        given = int(capture.get(cv2.CAP_PROP_FOURCC))
        if given != fourcc:
            self.close()
            raise unusable(f"{self._node} gives {given.to_bytes(4, 'little')!r}, not {mode.format}")
        width, height = int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
        self._mode = mode._replace(width=width, height=height)

    def _raw(self, frame: Any) -> Raw:  # noqa: ANN401 - an array of cv2's
        return Raw(self._mode.format, self._mode.width, self._mode.height, frame.tobytes())


def find(pattern: str, sys: Path = SYS) -> Path:
    """The one device whose name matches. Raises CameraError: none (CAM-01); several, or a name of ``by-id`` that two
    units would have, so that it may mean either (CAM-04)."""
    found = sorted(glob.glob(pattern))  # noqa: PTH207 - the pattern is absolute
    if not found:
        raise absent(f"no {pattern}")
    node = Path(found[0])
    if len({Path(name).resolve() for name in found}) > 1:
        raise unusable(f"{pattern} matches {', '.join(found)}: name one, by-path if they are twins")
    if node.parent.name == BY_ID and (twins := twins_of(node, sys)):
        raise unusable(f"{pattern} may be either of two units, the other at {', '.join(twins)}: name them by-path")
    return node
