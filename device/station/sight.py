# SPDX-License-Identifier: Apache-2.0
"""What the doctor sees: the chosen camera's pictures, numbered without a break whatever camera is chosen."""

from collections.abc import Callable
from typing import Protocol

from device.ring import Picture


class Pictures(Protocol):
    """A camera's pictures."""

    async def next(self, after: int, deadline: float) -> Picture:
        """The newest picture over a sequence, within a deadline. Raises CameraError."""
        ...


class Sight:
    """Pictures of the camera that ``chosen`` names when they are asked for. ``camera`` finds one by its id."""

    def __init__(self, camera: Callable[[str], Pictures], chosen: Callable[[], str]) -> None:
        self._camera = camera
        self._chosen = chosen
        self._from = ""
        self._seen = 0
        self._sequence = 0

    async def next(self, after: int, deadline: float) -> Picture:
        """The newest picture of the chosen camera, within ``deadline`` seconds; its sequence is over ``after``.
        Raises CameraError."""
        chosen = self._chosen()
        if chosen != self._from:
            self._from, self._seen = chosen, 0
        picture = await self._camera(chosen).next(self._seen, deadline)
        self._seen = picture.sequence
        self._sequence = max(self._sequence, after) + 1
        return picture._replace(sequence=self._sequence)
