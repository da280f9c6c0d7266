# SPDX-License-Identifier: Apache-2.0
"""A kiosk drawn through OpenGL, with a moving picture in both views; saves what is on the screen and leaves."""

import sys
import time
from pathlib import Path

import msgspec
import numpy as np
from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QGuiApplication

from device.ring import Picture, RingWriter
from tests.ui import scenes
from tests.ui.wire import WireStation
from ui.app import Window

WIDTH, HEIGHT = 640, 360
FRAMES = 40


def main(folder: Path) -> None:
    application = QGuiApplication([])
    station = WireStation(folder / "station")
    ring = str(folder / "ring")
    writer = RingWriter(Path(ring), WIDTH, HEIGHT)
    kit = Window(station.path, dpi=149, size=QSize(1280, 800))
    station.entries = scenes.usual()
    cameras = (msgspec.structs.replace(scenes.CAMERAS[1], ring=ring),)
    station.state = scenes.talking(call=msgspec.structs.replace(scenes.TALKING, ring=ring), cameras=cameras, newest=11)
    kit.show(fullscreen=False)
    count = 0

    def feed() -> None:
        nonlocal count
        count += 1
        i420 = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
        i420[:HEIGHT] = (np.arange(WIDTH)[None, :] // 3 + count * 5) % 220 + 16
        writer.write(Picture(count, time.monotonic(), WIDTH, HEIGHT, i420))
        if count == FRAMES:
            kit.window.grabWindow().save(str(folder / "shot.png"))
            application.quit()

    timer = QTimer(interval=50)
    timer.timeout.connect(feed)
    timer.start()
    application.exec()
    kit.close()
    station.die()


main(Path(sys.argv[1]))
