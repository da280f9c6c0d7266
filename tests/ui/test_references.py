# SPDX-License-Identifier: Apache-2.0
"""PySide6 must not give back references that it never took: a kiosk would die of it within minutes (Python 3.11)."""

import sys

from PySide6.QtCore import QObject, QSize


def test_a_void_call_leaves_none_alone():
    thing, size = QObject(), QSize()
    before = sys.getrefcount(None)
    for _ in range(500):
        thing.setObjectName("x")
        size.setWidth(3)
    assert sys.getrefcount(None) > before - 400


def test_a_call_that_returns_a_truth_leaves_it_alone():
    thing = QObject()
    before = sys.getrefcount(True), sys.getrefcount(False)  # noqa: FBT003 - the objects themselves
    for _ in range(500):
        thing.blockSignals(False)  # noqa: FBT003 - Qt's own signature
        thing.isWidgetType()
    assert sys.getrefcount(True) > before[0] - 400  # noqa: FBT003 - the objects themselves
    assert sys.getrefcount(False) > before[1] - 400  # noqa: FBT003 - likewise
