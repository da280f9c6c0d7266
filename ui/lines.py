# SPDX-License-Identifier: Apache-2.0
"""Cutting a byte stream into lines of bounded length."""


class Lines:
    """Collects bytes, gives whole lines; holds at most ``limit`` bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that ``data`` completes, without their ends. Raises ValueError when one is too long."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > self._limit or any(len(line) > self._limit for line in lines):
            raise ValueError(f"a line over {self._limit} bytes")
        return lines

    def clear(self) -> None:
        """Forget the unfinished line."""
        self._rest = b""
