# SPDX-License-Identifier: Apache-2.0
"""A camera's pictures for the screen: small ones, or whole ones while the camera is the chosen one."""

import logging
from pathlib import Path

from device.ring import Picture, RingWriter
from device.video.pixels import Scaler

log = logging.getLogger(__name__)

SMALL = (640, 360)
"""Sides that a picture fits in while its camera is not the chosen one."""


class Preview:
    """Writes pictures to a ring. Used by the camera's thread; ``whole`` may be set by any."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.whole = False
        self._scaler = Scaler()
        self._writer: RingWriter | None = None
        self._failing = False

    def show(self, picture: Picture) -> None:
        """Put a picture in the ring. Without room for it the screen shows nothing, and the log says so once."""
        i420 = picture.i420 if self.whole else self._scaler.fit(picture.i420, *SMALL)
        height, width = i420.shape[0] * 2 // 3, i420.shape[1]
        try:
            if self._writer is None:
                self._writer = RingWriter(self.path, width, height)
            self._writer.write(picture._replace(width=width, height=height, i420=i420))
        except OSError as error:
            if not self._failing:
                log.error("CAM-08 no room for pictures in %s: %s", self.path, error)  # noqa: TRY400 - the place says it
            self._failing = True
        else:
            self._failing = False

    def close(self) -> None:
        """Take the ring away."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
