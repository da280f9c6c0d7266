# SPDX-License-Identifier: Apache-2.0
"""The kiosk on a test stand: touched by accessible name, looked at by its pixels."""

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtQuick import QQuickItem, QQuickWindow
from PySide6.QtTest import QTest

from device.station.state import State
from tests.ui import scenes
from tests.ui.wire import WireStation
from ui.app import Window

SIZES = {
    "1024x600": (QSize(1024, 600), 117.5),
    "1280x800": (QSize(1280, 800), 149.4),
    "1920x1080": (QSize(1920, 1080), 165.6),
    "1280x800-96dpi": (QSize(1280, 800), 96.0),
}
WAIT = 3000


class Ticks:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = scenes.NOW

    def __call__(self) -> float:
        return self.now


class Stand:
    """One kiosk and its station."""

    def __init__(
        self,
        qtbot,
        path: Path,
        size: str = "1280x800",
        *,
        settle: bool = True,
        hasty: bool = True,
        wire: WireStation | None = None,
    ) -> None:
        self.qtbot = qtbot
        self.owns_wire = wire is None
        self.wire = wire or WireStation(path)
        known = len(self.wire.hellos)
        self.wire.residents = scenes.RESIDENTS
        self.ticks = Ticks()
        glass, dpi = SIZES[size]
        self.size = size
        self.settle = settle
        self.revision = 0
        self.gone = False
        self.kit = Window(self.wire.path, dpi=dpi, size=glass, monotonic=self.ticks, local=self._local)
        if hasty:
            self.kit.window.setProperty("settleTime", 20)
        self.warnings: list[str] = []
        self.kit.engine.warnings.connect(lambda found: self.warnings.extend(one.toString() for one in found))
        self.kit.show(fullscreen=False)
        qtbot.waitUntil(lambda: len(self.wire.hellos) > known, timeout=WAIT)

    @property
    def window(self) -> QQuickWindow:
        return self.kit.window

    def _local(self) -> datetime:
        return datetime.fromtimestamp(scenes.WALL.timestamp() + self.ticks.now - scenes.NOW).astimezone()

    def show(self, state: State, entries: list | None = None) -> None:
        """Show a state (and entries), and wait until it stands still."""
        if entries is not None:
            self.wire.append(*entries)
        newest = max([state.newest, *(one.sequence for one in self.wire.entries)])
        self.revision += 1
        self.wire.show(scenes.msgspec.structs.replace(state, newest=newest, revision=self.revision))
        wanted = self.wire.entries[-1].sequence if self.wire.entries and state.encounter else 0
        self.qtbot.waitUntil(
            lambda: self.kit.station.state is not None and self.kit.station.state.revision == self.revision,
            timeout=WAIT,
        )
        self.qtbot.waitUntil(
            lambda: not wanted or (self.kit.station.file is not None and self.kit.station.file.sequence >= wanted),
            timeout=WAIT,
        )
        self.still()

    def still(self) -> None:
        """Until touches are taken again."""
        if self.settle:
            self.qtbot.waitUntil(lambda: not self.window.property("settling"), timeout=WAIT)

    def items(self) -> Iterator[QQuickItem]:
        """Every item that shows, in drawing order."""
        waiting = [self.window.contentItem()]
        while waiting:
            item = waiting.pop(0)
            if item.isVisible() and item.opacity() > 0:
                yield item
                waiting = item.childItems() + waiting

    def find(self, name: str) -> QQuickItem:
        """The control whose accessible name starts so (a key is its one letter)."""
        names = []
        for item in self.items():
            said = accessible(item)
            if said is None:
                continue
            text = said.text(QAccessible.Text.Name)
            names.append(text)
            if said.role() == QAccessible.Role.Button and (text == name if len(name) == 1 else text.startswith(name)):
                return item
        raise AssertionError(f"no button « {name} »; there is {names}")

    def has(self, name: str) -> bool:
        """Whether anything says so."""
        said = [accessible(item) for item in self.items()]
        return any(one is not None and one.text(QAccessible.Text.Name).startswith(name) for one in said)

    def centre(self, item: QQuickItem) -> QPointF:
        return item.mapToScene(QPointF(item.width() / 2, item.height() / 2))

    def touch(self, name: str, *, times: int = 1, still: bool = True) -> None:
        """Touch a control as a finger does."""
        point = self.centre(self.find(name))
        for _ in range(times):
            self.touch_at(point)
        if still:
            self.qtbot.wait(1)
            self.still()

    def touch_at(self, point: QPointF) -> None:
        """Touch a place."""
        QTest.mouseClick(self.window, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, point.toPoint())

    def until(self, true: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(true, timeout=WAIT)

    def shot(self, name: str) -> None:
        """Keep a picture when CHEVET_SHOTS names a folder."""
        folder = os.environ.get("CHEVET_SHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.window.grabWindow().save(str(Path(folder) / f"{name}-{self.size}.png"))

    def quit(self) -> None:
        """Take the kiosk away and leave its station."""
        if not self.gone:
            self.gone = True
            self.kit.close()

    def close(self) -> None:
        self.quit()
        if self.owns_wire:
            self.wire.die()
            self.wire.deleteLater()
        self.qtbot.wait(1)
        assert self.warnings == []


def accessible(item: QQuickItem) -> QAccessibleInterface | None:
    """What an assistive tool is told of an item."""
    said = QAccessible.queryAccessibleInterface(item)
    return said if said is not None and said.isValid() else None
