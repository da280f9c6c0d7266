# SPDX-License-Identifier: Apache-2.0
"""Who may pair with the cart: nobody, or the one unit that a technician is enrolling."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from device.enrolment import Asks
from device.errors import InstrumentError

log = logging.getLogger(__name__)
T = TypeVar("T")

PATIENCE = 60.0
"""Seconds for a technician's answer at most; a pairing waits no longer than 30 for each step (Core 3.H.3.4)."""
STRANGERS = 100
"""Addresses kept of those refused: whoever asks may invent them."""
_DIGITS = re.compile(r"[0-9]{6}")


class Refused(Exception):  # noqa: N818 - an answer
    """This pairing is not wanted."""


class Pairing:
    """Every request of the stack's pairing agent is answered here. A unit that nobody enrols is refused."""

    def __init__(self) -> None:
        self._address = ""
        self._asks: Asks | None = None
        self._asking: asyncio.Future[Any] | None = None
        self._refused: set[str] = set()

    @contextmanager
    def permit(self, address: str, asks: Asks) -> Iterator[None]:
        """For the time of the context, ``address`` may pair, with the technician's help."""
        self._address, self._asks = address, asks
        try:
            yield
        finally:
            self._address, self._asks = "", None
            self.cancel()

    def was_refused(self, address: str) -> bool:
        """Whether ``address`` has been refused since this was last asked: it wants a bond that it has not."""
        refused = address in self._refused
        self._refused.discard(address)
        return refused

    async def passkey(self, address: str) -> int:
        """The six digits that the instrument shows. Raises Refused."""
        asks = self._technician(address)
        digits = await self._answer(asks.passkey())
        if _DIGITS.fullmatch(digits.strip()) is None:
            raise Refused("not six digits")
        return int(digits)

    def show(self, address: str, passkey: int) -> None:
        """Show six digits to be typed on the instrument. Raises Refused."""
        self._technician(address).show(f"{passkey:06d}")

    async def confirm(self, address: str, passkey: int) -> None:
        """Whether the instrument shows the same six digits. Raises Refused."""
        asks = self._technician(address)
        if not await self._answer(asks.agrees(f"L’instrument affiche-t-il {passkey:06d} ?")):
            raise Refused("the technician does not see the same digits")

    def authorise(self, address: str) -> None:
        """A pairing without digits: the technician chose the unit. Raises Refused."""
        self._technician(address)

    def cancel(self) -> None:
        """The stack has given the pairing up: nobody needs an answer any more."""
        if self._asking is not None:
            self._asking.cancel()

    def _technician(self, address: str) -> Asks:
        if self._asks is None or address != self._address:
            log.warning("pairing refused outside of an enrolment")
            if len(self._refused) < STRANGERS:
                self._refused.add(address)
            raise Refused("no enrolment of this unit is under way")
        return self._asks

    async def _answer(self, question: Awaitable[T]) -> T:
        asking = asyncio.ensure_future(question)
        self._asking = asking
        try:
            await asyncio.wait((asking,), timeout=PATIENCE)
            if not asking.done() or asking.cancelled():
                raise Refused("no answer from the technician")
            return asking.result()
        except InstrumentError as error:
            raise Refused(str(error)) from error
        finally:
            asking.cancel()
            self._asking = None
