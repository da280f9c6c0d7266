# SPDX-License-Identifier: Apache-2.0
"""How many pixels make a millimetre on this screen."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QScreen

INCH = 25.4
PLAUSIBLE = range(70, 401)
"""Resolutions (dots per inch) that a screen of a cart can have; a panel that says otherwise has no true EDID."""
USUAL_DIAGONAL = 10.1
LEAST_WIDTH, LEAST_HEIGHT = 205.0, 125.0
MOST_HEIGHT = 200.0
"""The glass for which the screens are drawn, in mm: a smaller one shrinks everything, a larger one enlarges it."""


def dots_per_inch(screen: QScreen) -> float:
    """The panel's resolution, as it says itself, else that of a 10.1-inch panel."""
    said = screen.physicalDotsPerInch()
    if int(said) in PLAUSIBLE:
        return said
    size = screen.size()
    diagonal: float = (size.width() ** 2 + size.height() ** 2) ** 0.5
    return diagonal / USUAL_DIAGONAL


def mm(size: QSize, dots: float) -> float:
    """Pixels in a millimetre of the theme on a window of ``size`` at ``dots`` per inch."""
    true = dots / INCH
    most = min(size.width() / LEAST_WIDTH, size.height() / LEAST_HEIGHT)
    return min(max(true, size.height() / MOST_HEIGHT), most)
