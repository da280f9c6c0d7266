# SPDX-License-Identifier: Apache-2.0
"""A block's outline: the lowest and the highest of its samples, two hundred times a second. Pure."""

import numpy as np

from device.audio.sound import BLOCK, RATE, Block
from device.levels import POINTS_A_SECOND, Envelope

SAMPLES = RATE // POINTS_A_SECOND
"""Samples in a point."""


def envelope(block: Block) -> Envelope:
    """The four points of a block."""
    rows = block.reshape(BLOCK // SAMPLES, SAMPLES)
    return np.stack((rows.min(1), rows.max(1)), axis=1)
