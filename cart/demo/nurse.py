# SPDX-License-Identifier: Apache-2.0
"""A nurse at the kiosk: finds each control by its name, as a person does, and touches it."""

import asyncio
import contextlib
import time
from pathlib import Path

from cart.stage.accessible import BUTTON, Node, NotFoundError, Screen
from cart.stage.display import Display
from cart.stage.pixels import Area, Look, look

APPLICATION = "chevet-ui"
ENABLED_SECONDS = 10.0
AIM_SECONDS = 0.5
"""Longer than what has just changed takes no touch (``settleTime`` in ``ui/qml/Main.qml``)."""
TYPE_SECONDS = 0.15
ANSWERED_SECONDS = (4.0, 4.0, 10.0)


class Nurse:
    """One pair of hands; ``touches`` counts them."""

    def __init__(self, display: Display, screen: Screen, shots: Path) -> None:
        self._display = display
        self._screen = screen
        self._shots = shots
        self._number = 0
        self.touches = 0

    async def touch(self, name: str, *, exact: bool = True, seconds: float = ENABLED_SECONDS) -> None:
        """Touch the button called ``name`` (or, not ``exact``, whose name begins so). Raises NotFoundError."""
        await self._touch(await self._screen.find(name, BUTTON, seconds=seconds, exact=exact))

    async def answers(self, question: str, answer: str) -> None:
        """Touch what answers ``question``, again if the question stays: what has only just changed takes no touch, and
        a busy machine is long about it. Raises NotFoundError when it never goes."""
        await self.sees(question)
        for seconds in ANSWERED_SECONDS:
            with contextlib.suppress(NotFoundError):
                await self.touch(answer, seconds=seconds)
            with contextlib.suppress(NotFoundError):
                return await self.no_longer_sees(question, seconds)
        raise NotFoundError(f"« {question} » stays, whatever the answer")

    async def sees(self, name: str, *, exact: bool = True, seconds: float = 10.0) -> Node:
        """Wait until something on the screen is called ``name``. Raises NotFoundError."""
        return await self._screen.find(name, seconds=seconds, exact=exact)

    async def sees_words(self, *words: str, seconds: float = 10.0) -> str:
        """Wait until one thing's name holds all of ``words``; that name. Raises AssertionError listing the screen."""
        deadline = time.monotonic() + seconds
        while True:
            names = await self._screen.names()
            for name in names:
                if all(word in name for word in words):
                    return name
            if time.monotonic() > deadline:
                raise AssertionError(f"nothing says {words}; the screen says: {names}")

    async def sees_picture(self, name: str, seconds: float = 20.0) -> Look:
        """Wait until the picture whose name begins with ``name`` lives; the last look otherwise."""
        node = await self._screen.find(name, seconds=seconds, exact=False)
        area = Area(*await self._screen.extents(node))
        deadline = time.monotonic() + seconds
        while True:
            seen = await look(self._display.environment(), area)
            if seen.alive or time.monotonic() > deadline:
                return seen

    async def all_names(self) -> list[str]:
        """The name of everything on the screen."""
        return await self._screen.names()

    async def no_longer_sees(self, name: str, seconds: float = 10.0) -> None:
        """Wait until nothing is called ``name``."""
        await self._screen.gone(name, seconds=seconds)

    async def signs_in(self, name: str, code: str) -> None:
        """Touch a name, then type its PIN; again from the name if the first digit is not counted (see ``answers``).
        Raises NotFoundError."""
        for seconds in ANSWERED_SECONDS:
            await self.touch(name, exact=False)
            await self._type(code[0])
            with contextlib.suppress(NotFoundError):
                await self.sees("1 chiffre", exact=False, seconds=seconds)
                break
        for digit in code[1:]:
            await self._type(digit)

    async def _type(self, digit: str) -> None:
        await self._touch(await self._screen.find(digit, BUTTON, seconds=ENABLED_SECONDS), TYPE_SECONDS)

    async def keeps_picture(self, name: str) -> None:
        """Keep the screen as a PNG, numbered in the order of the play."""
        self._number += 1
        await self._display.picture(self._shots / f"{self._number:02d}-{name}.png")

    async def _touch(self, node: Node, aim: float = AIM_SECONDS) -> None:
        """Aim, then touch once the thing has stood still for a moment, as an eye and a hand do."""
        aimed = await self._screen.centre(node)
        while True:
            await asyncio.sleep(aim)
            here = await self._screen.centre(node)
            if here == aimed:
                break
            aimed = here
        await self._display.touch(*here)
        self.touches += 1
