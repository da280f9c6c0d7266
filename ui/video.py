# SPDX-License-Identifier: Apache-2.0
"""Pictures from a frame ring to the screen: the newest wins, none when hidden, and an old one never looks live.

A thread of each feed reads its ring. Where Qt draws with a GPU it hands I420 to a QVideoSink plane by plane; where Qt
draws in software it converts to a QImage that an image provider gives to QML. No picture goes through Qt's event queue.
"""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Property, QObject, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QImage
from PySide6.QtQuick import QQuickImageProvider

from ui import french

if TYPE_CHECKING:
    from PySide6.QtMultimedia import QVideoFrame, QVideoSink

    from device.ring import Picture

log = logging.getLogger(__name__)

POLL_SECONDS = 0.015
SOFTWARE_SECONDS = 0.06
"""Shortest time between two pictures where the processor draws them."""
STALE_SECONDS = 1.0
AGE_MS = 200


class Feed(QObject):
    """One picture on the screen. ``name`` is its name in image URLs; ``sinks`` says that Qt has a GPU; ``most`` is how
    many columns are worth drawing where the processor does it (0: all)."""

    arrived = Signal()
    changed = Signal()
    _pushed = Signal()

    def __init__(
        self, name: str, *, sinks: bool, monotonic: Callable[[], float] = time.monotonic, most: int = 0
    ) -> None:
        super().__init__()
        self._most = most
        self._name, self._sinks, self._monotonic = name, sinks, monotonic
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stopping = False
        self._path = ""
        self._watchers = 0
        self._held = False
        self._outputs: list[tuple[QObject, QVideoSink]] = []
        self._image = QImage()
        self._taken: float | None = None
        self._waiting = False
        self._count = 0
        self._state = (True, False, "")
        self._pushed.connect(self._take, Qt.ConnectionType.QueuedConnection)
        self._timer = QTimer(self, interval=AGE_MS)
        self._timer.timeout.connect(self._judge)
        self._thread = threading.Thread(target=self._run, name=f"feed-{name}", daemon=True)

    def follow(self, path: str, *, held: bool = False) -> None:
        """Show the ring at ``path`` (``""``: nothing). ``held``: the picture is frozen on purpose and may be old."""
        if held != self._held:
            self._held = held
            self._judge()
        if path == self._path:
            return
        with self._lock:
            self._path, self._image, self._taken, self._waiting = path, QImage(), None, False
        self._judge()
        if not self._thread.is_alive() and path:
            self._thread.start()
            self._timer.start()
        self._wake.set()

    def stop(self) -> None:
        """End the thread."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(2)

    def image(self) -> QImage:
        """The newest picture (software drawing)."""
        with self._lock:
            return self._image

    @Slot(bool)
    def watch(self, shown: bool) -> None:  # noqa: FBT001 - a slot's arguments have no names
        """The picture is on the screen, or hidden: then nothing is read."""
        self._watchers += 1 if shown else -1
        self._wake.set()

    @Slot(QObject)
    def attach(self, output: QObject) -> None:
        """A VideoOutput to push pictures to (GPU)."""
        from PySide6 import QtMultimedia  # noqa: F401, PLC0415 - else its sink is known as a plain QObject

        with self._lock:
            self._outputs.append((output, output.property("videoSink")))

    @Slot(QObject)
    def detach(self, output: QObject) -> None:
        """That view is going away."""
        with self._lock:
            self._outputs = [pair for pair in self._outputs if pair[0] is not output]

    def _run(self) -> None:
        from device.ring import RingReader  # noqa: PLC0415 - numpy is loaded with the first picture, not at the start

        reader, path, last = None, "", None
        while not self._stopping:
            if not (self._watchers > 0 and self._path):
                self._pause(1)
                continue
            if path != self._path:
                path, last = self._path, None
                reader = RingReader(Path(path))
            picture = reader.latest() if reader is not None else None
            if picture is None or picture is last or self._waiting:
                self._pause(POLL_SECONDS)
                continue
            last = picture
            self._push(picture, path)
            if not self._sinks:
                self._pause(SOFTWARE_SECONDS)

    def _pause(self, seconds: float) -> None:
        """Wait, or be woken; a wake counts once."""
        self._wake.wait(seconds)
        self._wake.clear()

    def _push(self, picture: "Picture", path: str) -> None:
        frame = video_frame(picture if self._sinks else thinned(picture, self._most))
        image = QImage() if self._sinks else frame.toImage()
        with self._lock:
            if path != self._path:
                return
            self._taken, self._image = picture.monotonic, image
            self._waiting = not self._sinks
            for _, sink in self._outputs:
                sink.setVideoFrame(frame)
        self._pushed.emit()

    @Slot()
    def _take(self) -> None:
        self._waiting = False
        self._count += 1
        if self._state[0] or self._state[1]:
            self._judge()
        if not self._sinks:
            self.arrived.emit()

    @Slot()
    def _judge(self) -> None:
        taken = self._taken
        age = None if taken is None else self._monotonic() - taken
        stale = age is not None and age > STALE_SECONDS and not self._held
        words = f"Image arrêtée depuis {french.lasting(age)}" if stale and age is not None else ""
        state = (age is None, stale, words)
        if state != self._state:
            self._state = state
            self.changed.emit()

    def _get_source(self) -> str:
        return f"image://feed/{self._name}/{self._count}" if self._count and not self._state[0] else ""

    def _get_empty(self) -> bool:
        return self._state[0]

    def _get_stale(self) -> bool:
        return self._state[1]

    def _get_age(self) -> str:
        return self._state[2]

    def _get_sinks(self) -> bool:
        return self._sinks

    source = Property(str, _get_source, notify=arrived)
    empty = Property(bool, _get_empty, notify=changed)
    stale = Property(bool, _get_stale, notify=changed)
    age = Property(str, _get_age, notify=changed)
    sinks = Property(bool, _get_sinks, constant=True)


class FeedImages(QQuickImageProvider):
    """Gives QML the newest picture of a feed: ``image://feed/<name>/<anything>``."""

    def __init__(self, feeds: dict[str, Feed]) -> None:
        super().__init__(QQuickImageProvider.ImageType.Image)
        self._feeds = feeds

    def requestImage(self, id: str, size: QSize, _requested: QSize) -> QImage:  # noqa: N802, A002 - Qt's spelling
        """The picture, or an empty one."""
        feed = self._feeds.get(id.partition("/")[0])
        image = feed.image() if feed is not None else QImage()
        if image.isNull():
            image = QImage(1, 1, QImage.Format.Format_RGB32)
            image.fill(0)
        size.setWidth(image.width())
        size.setHeight(image.height())
        return image


def thinned(picture: "Picture", most: int) -> "Picture":
    """Every n-th column and row of a picture that has more than ``most`` columns (0: as it is): for a small view."""
    import numpy as np  # noqa: PLC0415 - loaded with the first picture

    step = picture.width // most if most else 1
    if step <= 1:
        return picture
    width, height = picture.width // step & ~1, picture.height // step & ~1
    rows, columns = picture.height, picture.width
    flat = picture.i420.reshape(-1)
    luma = flat[: rows * columns].reshape(rows, columns)
    chroma = flat[rows * columns :].reshape(2, rows // 2, columns // 2)
    planes = luma[::step, ::step][:height, :width], chroma[:, ::step, ::step][:, : height // 2, : width // 2]
    i420 = np.concatenate([plane.reshape(-1) for plane in planes]).reshape(height * 3 // 2, width)
    return picture._replace(width=width, height=height, i420=i420)


def video_frame(picture: "Picture") -> "QVideoFrame":
    """A QVideoFrame with the planes of ``picture`` (I420, limited range, BT.601)."""
    from PySide6.QtMultimedia import QVideoFrame, QVideoFrameFormat  # noqa: PLC0415 - loaded with the first picture

    width, height = picture.width, picture.height
    form = QVideoFrameFormat(QSize(width, height), QVideoFrameFormat.PixelFormat.Format_YUV420P)
    form.setColorSpace(QVideoFrameFormat.ColorSpace.ColorSpace_BT601)
    form.setColorRange(QVideoFrameFormat.ColorRange.ColorRange_Video)
    frame = QVideoFrame(form)
    flat = picture.i420.reshape(-1)
    luma, chroma = width * height, width * height // 4
    if frame.map(QVideoFrame.MapMode.WriteOnly):
        planes = (flat[:luma], flat[luma : luma + chroma], flat[luma + chroma :])
        for plane, data in enumerate(planes):
            columns = width if plane == 0 else width // 2
            _copy(frame.bits(plane), frame.bytesPerLine(plane), data.data, columns)
        frame.unmap()
    return frame


def _copy(target: "memoryview | object", stride: int, source: memoryview, columns: int) -> None:
    view = memoryview(target)  # type: ignore[arg-type] # the stub says object
    if stride == columns:
        view[: len(source)] = source
        return
    for row in range(len(source) // columns):
        view[row * stride : row * stride + columns] = source[row * columns : (row + 1) * columns]
