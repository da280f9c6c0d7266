# SPDX-License-Identifier: Apache-2.0
"""What a scenario is: an asynchronous function with a deadline, and the times that it tells of."""

import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


class Times:
    """Seconds that something took, by what it was; they stand beside the scenario in the report."""

    def __init__(self) -> None:
        self.facts: dict[str, float] = {}

    @contextmanager
    def of(self, what: str, *, within: float | None = None) -> Iterator[None]:
        """Measure the block. ``within`` is what the product promises: longer fails the scenario."""
        began = time.monotonic()
        yield
        took = self.facts[what] = round(time.monotonic() - began, 2)
        assert within is None or took <= within, f"{what} took {took} s, more than {within} s"


Function = Callable[[Times], Awaitable[None]]


@dataclass(frozen=True)
class Scenario:
    """``name`` is its module's and its own; ``seconds`` its deadline."""

    name: str
    function: Function
    seconds: float


def scenario(*, seconds: float = 120.0) -> Callable[[Function], Function]:
    """Make a function a scenario: it passes by returning. The guest is some twenty times slower than a cart."""

    def mark(function: Function) -> Function:
        function.deadline = seconds  # type: ignore[attr-defined]
        return function

    return mark
