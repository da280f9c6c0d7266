# SPDX-License-Identifier: Apache-2.0
"""A sound's waveform on the screen, from its ring of levels: the last seconds, drawn while somebody looks."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Property, QLineF, QObject, QSize, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtQuick import QQuickImageProvider

if TYPE_CHECKING:
    from device.levels import Heard, LevelReader

STEP_MS = 60
POINTS = 800
"""Shown: four seconds."""
STALE_SECONDS = 1.0
LEAST = 600
"""Full height is the loudest that is shown, and never less than this of 32767: silence must look like silence."""
SIZE = QSize(640, 120)


class Wave(QObject):
    """One waveform. ``name`` is its name in image URLs."""

    arrived = Signal()

    def __init__(self, name: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._name, self._monotonic = name, monotonic
        self._path = ""
        self._reader: LevelReader | None = None
        self._heard: Heard | None = None
        self._watchers = 0
        self._count = 0
        self._timer = QTimer(self, interval=STEP_MS)
        self._timer.timeout.connect(self._step)

    def follow(self, path: str) -> None:
        """Show the ring at ``path`` (``""``: nothing)."""
        if path != self._path:
            self._path, self._reader, self._heard = path, None, None
            self._count += 1
            self.arrived.emit()
        self._run()

    @Slot(bool)
    def watch(self, shown: bool) -> None:  # noqa: FBT001 - a slot's arguments have no names
        """It is on the screen, or hidden: then nothing is read."""
        self._watchers += 1 if shown else -1
        self._run()

    def image(self, colour: str, size: QSize) -> QImage:
        """The waveform in ``colour`` (rrggbb)."""
        image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(0)
        if self._heard is not None:
            draw(image, self._heard, QColor(f"#{colour}"))
        return image

    def _run(self) -> None:
        if self._watchers > 0 and self._path:
            self._timer.start()
        else:
            self._timer.stop()

    @Slot()
    def _step(self) -> None:
        if self._reader is None:
            from device.levels import LevelReader  # noqa: PLC0415 - numpy is loaded with the first sound

            self._reader = LevelReader(Path(self._path))
        heard = self._reader.latest(POINTS)
        if heard is not None and self._monotonic() - heard.monotonic > STALE_SECONDS:
            heard = None
        if heard is self._heard:
            return
        self._heard = heard
        self._count += 1
        self.arrived.emit()

    def _get_source(self) -> str:
        return f"image://wave/{self._name}/{self._count}"

    def _get_heard(self) -> bool:
        return self._heard is not None

    source = Property(str, _get_source, notify=arrived)
    heard = Property(bool, _get_heard, notify=arrived)


class WaveImages(QQuickImageProvider):
    """Gives QML a waveform: ``image://wave/<name>/<anything>/<rrggbb>``."""

    def __init__(self, waves: dict[str, Wave]) -> None:
        super().__init__(QQuickImageProvider.ImageType.Image)
        self._waves = waves

    def requestImage(self, id: str, size: QSize, requested: QSize) -> QImage:  # noqa: N802, A002 - Qt's spelling
        """The picture, or an empty one."""
        name, _, rest = id.partition("/")
        wanted = requested if requested.width() > 0 and requested.height() > 0 else SIZE
        wave = self._waves.get(name)
        image = wave.image(rest.rpartition("/")[2], wanted) if wave is not None else QImage(wanted, _FORMAT)
        size.setWidth(image.width())
        size.setHeight(image.height())
        return image


_FORMAT = QImage.Format.Format_ARGB32_Premultiplied


def draw(image: QImage, heard: "Heard", colour: QColor) -> None:
    """The envelope, the newest at the right, one upright line a point."""
    width, middle = image.width(), image.height() / 2
    lows, highs = heard.envelope[:, 0].astype(int), heard.envelope[:, 1].astype(int)
    loudest = max(LEAST, int(abs(lows).max(initial=0)), int(abs(highs).max(initial=0)))
    step = width / POINTS
    left = width - len(lows) * step
    painter = QPainter(image)
    painter.setPen(QPen(colour, max(1.0, step)))
    lines = []
    for at, (low, high) in enumerate(zip(lows.tolist(), highs.tolist(), strict=True)):
        x, top, bottom = left + at * step, middle - high * middle / loudest, middle - low * middle / loudest
        lines.append(QLineF(x, top - 0.5, x, bottom + 0.5))
    painter.drawLines(lines)
    painter.end()
