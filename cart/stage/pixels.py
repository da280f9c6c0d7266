# SPDX-License-Identifier: Apache-2.0
"""Whether a part of the screen is a living picture: it varies in itself, and it moves."""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

MOVED = 6
"""Levels (0-255) by which a pixel has to change to have moved."""


class Area(NamedTuple):
    """A rectangle of the screen, in pixels."""

    x: int
    y: int
    width: int
    height: int


class Look(NamedTuple):
    """``spread``: standard deviation of the picture's levels; ``moved``: the share of its pixels that changed."""

    spread: float
    moved: float

    @property
    def alive(self) -> bool:
        """Not a flat field, and not a still."""
        return self.spread > 10 and self.moved > 0.005  # noqa: PLR2004 - a flat field has 0; a caret is far smaller


async def look(environment: Mapping[str, str], area: Area, seconds: float = 0.7) -> Look:
    """Look twice at a part of the screen of ``environment``, ``seconds`` apart."""
    first = await _levels(environment, area)
    await asyncio.sleep(seconds)
    second = await _levels(environment, area)
    return compare(first, second)


def compare(first: bytes, second: bytes) -> Look:
    """Two looks at the same area, a byte a pixel."""
    mean = sum(second) / len(second)
    spread = (sum((one - mean) ** 2 for one in second) / len(second)) ** 0.5
    moved = sum(abs(one - two) > MOVED for one, two in zip(first, second, strict=True)) / len(first)
    return Look(spread, moved)


async def _levels(environment: Mapping[str, str], area: Area) -> bytes:
    """The area in grey, shrunk to 160 pixels across."""
    crop = f"{area.width}x{area.height}+{area.x}+{area.y}"
    command = ["import", "-window", "root", "-crop", crop, "-resize", "160x90!", "-depth", "8", "gray:-"]
    process = await asyncio.create_subprocess_exec(*command, env=dict(environment), stdout=asyncio.subprocess.PIPE)
    output, _ = await asyncio.wait_for(process.communicate(), 20)
    if process.returncode != 0 or not output:
        raise OSError("cannot look at the screen")
    return output
