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
"""Addresses kept: whoever asks to pair may invent them."""
_DIGITS = re.compile(r"[0-9]{6}")


class Refused(Exception):  # noqa: N818 - an answer
    """This pairing is not wanted."""


class Pairing:
    """Every request of the stack's pairing agent is answered here. A unit that nobody enrols is refused."""

    def __init__(self) -> None:
        self._address = ""
        self._asks: Asks | None = None
        self._asking: asyncio.Future[Any] | None = None
        self._estranged: set[str] = set()

    @contextmanager
    def permit(self, address: str, asks: Asks) -> Iterator[None]:
        """For the time of the context, ``address`` may pair, with the technician's help."""
        self._address, self._asks = address, asks
        self.meet(address)
        try:
            yield
        finally:
            self._address, self._asks = "", None
            self.cancel()

    def estrange(self, address: str) -> None:
        """``address`` and the cart do not know each other any more: it asked to pair, or refused our keys."""
        if len(self._estranged) < STRANGERS:
            self._estranged.add(address)

    def is_estranged(self, address: str) -> bool:
        """Whether that has happened since they last met."""
        return address in self._estranged

    def meet(self, address: str) -> None:
        """A new connection: what was before does not count."""
        self._estranged.discard(address)

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
            self.estrange(address)
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
