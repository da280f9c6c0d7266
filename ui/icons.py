# SPDX-License-Identifier: Apache-2.0
"""Icons: SVG drawings tinted to the token asked for, as ``image://icon/<name>/<rrggbb>``."""

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtQuick import QQuickImageProvider

FOLDER = Path(__file__).parent / "icons"
DEFAULT = 48


class Icons(QQuickImageProvider):
    """Draws an icon at the size QML asks for."""

    def __init__(self) -> None:
        super().__init__(QQuickImageProvider.ImageType.Image)

    def requestImage(self, id: str, size: QSize, requested: QSize) -> QImage:  # noqa: N802, A002 - Qt's spelling
        """The icon; an empty square when there is none of that name (and a test that fails)."""
        from PySide6.QtSvg import QSvgRenderer  # noqa: PLC0415 - loaded with the first icon, not before the first frame

        name, _, colour = id.partition("/")
        side = max(requested.width(), requested.height())
        side = side if side > 0 else DEFAULT
        image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        QSvgRenderer(QByteArray(drawing(name).replace("currentColor", f"#{colour}").encode())).render(painter)
        painter.end()
        size.setWidth(side)
        size.setHeight(side)
        return image


@lru_cache(maxsize=64)
def drawing(name: str) -> str:
    """The SVG of ``name``. Raises FileNotFoundError."""
    return (FOLDER / f"{Path(name).name}.svg").read_text(encoding="utf-8")
