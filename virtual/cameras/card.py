# SPDX-License-Identifier: Apache-2.0
"""A test card: seven colour bars, and a black bar that sweeps over them once a loop. Any even size, cheap to draw."""

import numpy as np

from virtual.cameras.film import Planes

BARS = ((235, 128, 128), (210, 16, 146), (170, 166, 16), (145, 54, 34), (106, 202, 222), (81, 90, 240), (41, 240, 110))
"""Y, Cb and Cr of white, yellow, cyan, green, magenta, red and blue (BT.601, limited range)."""


class Card:
    """The scene."""

    seconds = 2.0

    def draw(self, time: float, size: tuple[int, int]) -> Planes:
        """The card, its black bar at ``time``."""
        width, height = size
        bar = np.arange(width) * len(BARS) // width
        colours = np.array(BARS, np.uint8)[bar]
        here = int(time / self.seconds * width)
        colours[here : here + max(2, width // 20)] = (16, 128, 128)
        packed = np.empty((height * 3 // 2, width), np.uint8)
        packed[:height] = colours[:, 0]
        chroma = packed[height:].reshape(2, height // 2, width // 2)
        chroma[0], chroma[1] = colours[::2, 1], colours[::2, 2]
        return packed
