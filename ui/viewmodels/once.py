# SPDX-License-Identifier: Apache-2.0
"""One touch, one command: what a trembling finger repeats is dropped (f50)."""

from collections.abc import Callable

from device.commands import Command, Freeze, SetCamera, SetMicrophone

SECONDS = 0.6
"""Two touches closer than this are one. A double tap lasts at most 0.5 s."""
TOGGLES = (Freeze, SetCamera, SetMicrophone)


class Once:
    """Remembers what was just asked. Toggles are dropped by kind: their second tap would undo the first."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._last: list[tuple[float, Command]] = []

    def admits(self, command: Command) -> bool:
        """Whether ``command`` is a touch of its own; it is then remembered."""
        now = self._monotonic()
        self._last = [(at, one) for at, one in self._last if now - at < SECONDS]
        if any(_same(command, one) for _, one in self._last):
            return False
        self._last.append((now, command))
        return True


def _same(one: Command, other: Command) -> bool:
    if isinstance(one, TOGGLES):
        return type(one) is type(other)
    return one == other
