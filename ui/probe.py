# SPDX-License-Identifier: Apache-2.0
"""A stop-watch for the benchmarks: when the first frame, and each entry, was on the glass.

Lines "first-frame <ns>" and "<sequence> <ns>" (CLOCK_MONOTONIC) are appended to a file.
"""

import time
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtQuick import QQuickWindow


class Probe(QObject):
    """Writes a line at the first frame swapped after an entry reached a tile."""

    def __init__(self, path: Path, window: QQuickWindow) -> None:
        super().__init__(window)
        self._file = path.open("a", encoding="ascii", buffering=1)
        self._window = window
        self._first = True
        self._reached = 0
        self._written = 0
        window.frameSwapped.connect(self._swapped)

    def close(self) -> None:
        """Close the file."""
        self._window.frameSwapped.disconnect(self._swapped)
        self._file.close()

    @Slot(int)
    def reached(self, sequence: int) -> None:
        """The tiles now show the entry ``sequence``: the next frame carries it."""
        self._reached = sequence
        self._window.update()

    @Slot()
    def _swapped(self) -> None:
        now = time.monotonic_ns()
        if self._first:
            self._first = False
            self._file.write(f"first-frame {now}\n")
        if self._reached > self._written:
            for sequence in range(self._written + 1 if self._written else self._reached, self._reached + 1):
                self._file.write(f"{sequence} {now}\n")
            self._written = self._reached
