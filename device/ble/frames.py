# SPDX-License-Identifier: Apache-2.0
"""The frames in what one connection brings: each value is one, or a piece of its characteristic's byte stream."""

from collections.abc import Iterator

from device.driver import Driver, Frame, Framed
from device.framing import Framing

ASTRAY = 4096
"""Bytes of a stream without a whole frame after which the link is dropped."""


class Frames:
    """Of one connection, so that no half frame outlives it."""

    def __init__(self, driver: Driver) -> None:
        self._framed = driver if isinstance(driver, Framed) else None
        self._streams: dict[str, Framing] = {}

    @property
    def streaming(self) -> bool:
        """Whether the characteristics carry byte streams."""
        return self._framed is not None

    @property
    def astray(self) -> bool:
        """Whether a stream has been unreadable for too long."""
        return any(stream.astray > ASTRAY for stream in self._streams.values())

    def of(self, value: Frame) -> Iterator[Frame]:
        """The whole frames that ``value`` brings, to be used up before the next one."""
        if self._framed is None:
            yield value
            return
        stream = self._streams.get(value.source)
        if stream is None:
            stream = self._streams[value.source] = Framing(self._framed)
        for data in stream.feed(value.data):
            yield Frame(value.source, data)
