# SPDX-License-Identifier: Apache-2.0
"""Keeps a picture of each screen as it is shown, for people who build and check the kiosk (never on a cart)."""

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtQuick import QQuickWindow

from ui.viewmodels.kiosk import Kiosk

SETTLED_MS = 700


class Shots(QObject):
    """Saves ``<number>-<screen>.png`` a moment after each change of screen or sheet."""

    def __init__(self, folder: Path, window: QQuickWindow, kiosk: Kiosk) -> None:
        super().__init__(window)
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._window, self._kiosk = folder, window, kiosk
        self._last, self._count = "", 0
        self._timer = QTimer(self, singleShot=True, interval=SETTLED_MS)
        self._timer.timeout.connect(self._save)
        for part in ("frame", "sheet", "overlay", "call"):
            kiosk.parts[part].changed.connect(self._changed)  # type: ignore[attr-defined] # each is a Shown

    @Slot()
    def _changed(self) -> None:
        if self._name() != self._last:
            self._timer.start()

    def _name(self) -> str:
        def of(part: str, key: str) -> str:
            view = self._kiosk.parts[part].property("view") or {}
            return str(view.get(key) or "")

        tray = "aside" if of("frame", "tray") == "True" else ""
        text = "text" if of("overlay", "open") == "True" else ""
        panel = of("call", "panel") if of("frame", "screen") == "encounter" else ""
        return "-".join(part for part in (of("frame", "screen"), panel, tray, text, of("sheet", "name")) if part)

    @Slot()
    def _save(self) -> None:
        self._last = self._name()
        if self._last:
            self._count += 1
            self._window.grabWindow().save(str(self._folder / f"{self._count:02d}-{self._last}.png"))
