# SPDX-License-Identifier: Apache-2.0
"""What a picture of the screen must keep: no text cut or overlapping, contrast enough, targets large enough.

There is no such checker for Qt, so this walks the items and reads the pixels.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QAccessible, QColor, QImage
from PySide6.QtQml import QQmlEngine, QQmlExpression
from PySide6.QtQuick import QQuickItem

from tests.ui.stand import Stand, accessible

TARGET_MM = 12.0
TEXT_CONTRAST, VALUE_CONTRAST = 4.5, 7.0
RIGHT, HCENTER, VCENTER = 2, 4, 128
"""Qt.AlignmentFlag, as QML says it."""
VEIL = 150
"""From this alpha on, a rectangle hides what is under it."""
SLACK = 1.5
"""Pixels: glyphs' side bearings and rounding."""


class Fault(NamedTuple):
    """One thing wrong on a picture."""

    kind: str
    text: str
    where: str


class _Words(NamedTuple):
    item: QQuickItem
    text: str
    box: QRectF
    cut: bool


def faults(stand: Stand) -> list[Fault]:
    """All that is wrong with what shows now."""
    window = stand.window
    image = window.grabWindow().convertToFormat(QImage.Format.Format_RGB32)
    items = list(stand.items())
    glass = QRectF(0, 0, window.width(), window.height())
    words = [_words(item) for item in items if _is_text(item) and item.property("text").strip()]
    order = {id(item): place for place, item in enumerate(items)}
    shown = [one for one in words if _visible(one.item, one.box).intersects(glass)]
    seen = [
        one
        for one in shown
        if not any(_hides(item, _visible(one.item, one.box)) for item in items[order[id(one.item)] + 1 :])
    ]
    found = [*_cut(seen, glass), *_overlapping(seen, items), *_faint(seen, image), *_hidden(seen, items, order)]
    dots = stand.kit.window.property("dots")
    return [*found, *_small(items, dots, glass)]


def _is_text(item: QQuickItem) -> bool:
    return item.inherits("QQuickText")


def _words(item: QQuickItem) -> _Words:
    context = QQmlEngine.contextForObject(item)
    asked = "[contentWidth, contentHeight, effectiveHorizontalAlignment, verticalAlignment, wrapMode, topPadding]"
    width, height, across, down, wrap, top = QQmlExpression(context, item, asked).evaluate()[0].toVariant()
    left = {HCENTER: (item.width() - width) / 2, RIGHT: item.width() - width}.get(int(across), 0.0)
    top += (item.height() - height) / 2 if int(down) == VCENTER else 0.0
    cut = item.property("truncated") or (int(wrap) != 0 and width > item.width() + SLACK)
    return _Words(item, item.property("text"), item.mapRectToScene(QRectF(left, top, width, height)), cut)


def _clips(item: QQuickItem) -> Iterator[QQuickItem]:
    parent = item.parentItem()
    while parent is not None:
        if parent.clip():
            yield parent
        parent = parent.parentItem()


def _visible(item: QQuickItem, box: QRectF) -> QRectF:
    for clip in _clips(item):
        box = box.intersected(clip.mapRectToScene(QRectF(0, 0, clip.width(), clip.height())))
    return box


def _scrolls(item: QQuickItem) -> bool:
    return any(clip.inherits("QQuickFlickable") for clip in _clips(item))


def _frame_of(item: QQuickItem) -> QQuickItem | None:
    """The nearest ancestor that is drawn as a box: a button, a card, a tile."""
    parent = item.parentItem()
    while parent is not None:
        if parent.inherits("QQuickAbstractButton") or (
            parent.inherits("QQuickRectangle") and parent.property("color").alpha() > 0
        ):
            return parent
        parent = parent.parentItem()
    return None


def _cut(words: list[_Words], glass: QRectF) -> Iterator[Fault]:
    for one in words:
        item = one.item
        if one.cut:
            yield Fault("cut", one.text, "in itself")
        if _scrolls(item):
            continue
        outside = one.box.adjusted(SLACK, SLACK, -SLACK, -SLACK)
        if not glass.contains(outside):
            yield Fault("cut", one.text, "by the glass")
        elif not _visible(item, outside).contains(outside):
            yield Fault("cut", one.text, "by a clip")
        frame = _frame_of(item)
        if frame is not None and not frame.mapRectToScene(QRectF(0, 0, frame.width(), frame.height())).contains(
            outside
        ):
            yield Fault("cut", one.text, "out of its box")


def _overlapping(words: list[_Words], items: list[QQuickItem]) -> Iterator[Fault]:
    order = {id(item): place for place, item in enumerate(items)}
    for place, one in enumerate(words):
        for other in words[place + 1 :]:
            shared = _ink(_visible(one.item, one.box), one).intersected(_ink(_visible(other.item, other.box), other))
            if shared.width() > SLACK and shared.height() > SLACK and not _covered(shared, one, other, items, order):
                yield Fault("overlap", one.text, other.text)


def _hidden(words: list[_Words], items: list[QQuickItem], order: dict[int, int]) -> Iterator[Fault]:
    """Text that something drawn later hides in part."""
    for one in words:
        box = _ink(_visible(one.item, one.box), one)
        for item in items[order[id(one.item)] + 1 :]:
            if item.inherits("QQuickRectangle") and item.property("color").alpha() >= VEIL:
                shared = _visible(item, item.mapRectToScene(QRectF(0, 0, item.width(), item.height()))).intersected(box)
                if shared.width() > SLACK and shared.height() > SLACK:
                    yield Fault("hidden", one.text, "in part")


def _ink(box: QRectF, words: _Words) -> QRectF:
    """The part of a line box where letters are: ascents and descents hold mostly air."""
    air = words.item.property("font").pixelSize() * 0.16
    return box.adjusted(0, air, 0, -air) if box.height() > 2 * air else box


def _covered(shared: QRectF, one: _Words, other: _Words, items: list[QQuickItem], order: dict[int, int]) -> bool:
    """Whether something opaque, drawn between the two, hides the lower one."""
    low, high = sorted((order[id(one.item)], order[id(other.item)]))
    return any(_hides(item, shared) for item in items[low + 1 : high])


def _hides(item: QQuickItem, box: QRectF) -> bool:
    if not item.inherits("QQuickRectangle") or item.property("color").alpha() < VEIL:
        return False
    return item.mapRectToScene(QRectF(0, 0, item.width(), item.height())).adjusted(-1, -1, 1, 1).contains(box)


def _faint(words: list[_Words], image: QImage) -> Iterator[Fault]:
    for one in words:
        box = _visible(one.item, one.box).toRect().intersected(image.rect())
        if box.height() < one.box.height() * 0.6:
            continue
        wanted = VALUE_CONTRAST if one.item.objectName() == "value" else TEXT_CONTRAST
        got = _contrast(image, box.left(), box.top(), box.right(), box.bottom())
        if got < wanted:
            yield Fault("contrast", one.text, f"{got:.1f} < {wanted}")


def _contrast(image: QImage, left: int, top: int, right: int, bottom: int) -> float:
    """The text's colour is the one farthest from the commonest, which is the paper's."""
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1)
    colours, counts = np.unique(pixels[top : bottom + 1, left : right + 1], return_counts=True)
    paper = _luminance(int(colours[counts.argmax()]))
    return max((_ratio(paper, _luminance(int(one))) for one in colours), default=21.0)


def _ratio(one: float, other: float) -> float:
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def _luminance(pixel: int) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    colour = QColor.fromRgb(pixel)
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF())


def _small(items: list[QQuickItem], dots: float, glass: QRectF) -> Iterator[Fault]:
    buttons = [item for item in items if item.inherits("QQuickAbstractButton")]
    for item in buttons:
        box = item.mapRectToScene(QRectF(0, 0, item.width(), item.height()))
        size = min(box.width(), box.height()) / dots
        said = accessible(item)
        name = said.text(QAccessible.Text.Name) if said is not None else ""
        if not name or said is None or said.role() != QAccessible.Role.Button:
            yield Fault("unnamed", str(item.property("text")), str(item.mapToScene(QPointF(0, 0))))
        if size < TARGET_MM - 0.05:
            yield Fault("target", name, f"{size:.1f} mm")
        if not glass.contains(box.adjusted(1, 1, -1, -1)) and not _scrolls(item):
            yield Fault("target", name, "off the glass")
