# SPDX-License-Identifier: Apache-2.0
"""V4L2 cameras through OpenCV, raw: MJPEG, YUYV or NV12 bytes as the driver gives them (no conversion to BGR).

A camera is found by its name under ``/dev/v4l/by-id`` or ``by-path``, never by a number, which changes at each replug.
``VideoCapture.isOpened`` stays true after an unplug, so failed reads are counted and the device node is looked for.
"""

import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any

from device.video.opencv import opencv
from device.video.rows import CameraRow
from device.video.source import Format, Raw, absent, stuck, unusable

if TYPE_CHECKING:
    import cv2

FAILURES = 5
"""Failed reads in a row after which the stream is given up."""
SETTLING = 4
"""Frames dropped after a change of size, while exposure and white balance settle."""


class V4l2Source:
    """A V4L2 camera. ``opener`` is OpenCV's ``VideoCapture`` unless a test gives its own."""

    def __init__(self, row: CameraRow, opener: Any = None) -> None:  # noqa: ANN401 - cv2 has no types of its own
        self._row = row
        self._opener = opener
        self._capture: cv2.VideoCapture | None = None
        self._node = Path()
        self._failures = 0

    def open(self) -> None:
        """Open the one device that matches, in the row's format and size."""
        self._node = find(self._row.match)
        self._start(self._row.size)

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
        """The next frame, at the row's still size if it has one: the stream then stops and starts again around it."""
        if self._row.still is None:
            return self._frame()
        try:
            self._start(self._row.still)
            for _ in range(SETTLING):
                self._frame()
            return self._frame()
        finally:
            self._start(self._row.size)

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

    def _start(self, size: tuple[int, int]) -> None:
        self.close()
        cv2 = opencv()
        capture = (self._opener or cv2.VideoCapture)(str(self._node), cv2.CAP_V4L2)
        if not capture.isOpened():
            capture.release()
            raise unusable(f"{self._node} does not open")
        self._capture, self._failures = capture, 0
        fourcc = cv2.VideoWriter.fourcc(*self._row.format)
        for name, value in (
            (cv2.CAP_PROP_FOURCC, fourcc),
            (cv2.CAP_PROP_FRAME_WIDTH, size[0]),
            (cv2.CAP_PROP_FRAME_HEIGHT, size[1]),
            (cv2.CAP_PROP_FPS, self._row.rate),
            (cv2.CAP_PROP_CONVERT_RGB, 0),
        ):
            capture.set(name, value)
        given = int(capture.get(cv2.CAP_PROP_FOURCC))
        if given != fourcc:
            self.close()
            raise unusable(f"{self._node} gives {given.to_bytes(4, 'little')!r}, not {self._row.format}")
        self._size = int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))

    def _raw(self, frame: Any) -> Raw:  # noqa: ANN401 - an array of cv2's
        width, height = self._size
        return Raw(Format(self._row.format), width, height, frame.tobytes())


def find(pattern: str) -> Path:
    """The one device whose name matches. Raises CameraError: none (CAM-01), or several (CAM-04)."""
    found = sorted(glob.glob(pattern))  # noqa: PTH207 - the pattern is absolute
    if not found:
        raise absent(f"no {pattern}")
    if len({Path(name).resolve() for name in found}) > 1:
        raise unusable(f"{pattern} matches {', '.join(found)}: name one, by-path if they are twins")
    return Path(found[0])
