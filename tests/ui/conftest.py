# SPDX-License-Identifier: Apache-2.0
"""The kiosk in process, off screen, against a station at the wire."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_QUICK_BACKEND", "software")
os.environ.setdefault("QSG_RENDER_LOOP", "basic")

import PySide6.QtQuick  # noqa: F401 - first, so that a window is wrapped as a QQuickWindow
import pytest

from tests.ui.stand import Stand


@pytest.fixture(scope="session")
def qapp_cls() -> type:
    from PySide6.QtGui import QGuiApplication  # noqa: PLC0415 - after the platform is chosen

    return QGuiApplication


@pytest.fixture
def stand(qtbot, tmp_path: Path) -> Iterator[Callable[..., Stand]]:
    stands: list[Stand] = []

    def make(**options: object) -> Stand:
        one = Stand(qtbot, tmp_path / f"station-{len(stands)}", **options)
        stands.append(one)
        return one

    yield make
    for one in stands:
        one.close()
