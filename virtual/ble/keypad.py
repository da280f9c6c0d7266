# SPDX-License-Identifier: Apache-2.0
"""Both ends of a pairing with six digits: an instrument that shows them, and a cart where they are typed."""

from collections.abc import Callable

from bumble.device import Connection
from bumble.pairing import PairingConfig, PairingDelegate

from device.ble.pairing import Pairing, Refused


class Display(PairingDelegate):  # type: ignore[misc]  # bumble is not followed
    """An instrument's display: ``show`` is called with the six digits."""

    def __init__(self, show: Callable[[str], None]) -> None:
        super().__init__(io_capability=PairingDelegate.DISPLAY_OUTPUT_ONLY)
        self._show = show

    async def display_number(self, number: int, digits: int) -> None:
        """Show the digits until the pairing ends."""
        self._show(f"{number:0{digits}d}")


class Keypad(PairingDelegate):  # type: ignore[misc]  # likewise
    """The cart's end: ``Pairing`` answers, as it does to BlueZ's agent."""

    def __init__(self, pairing: Pairing, address: str) -> None:
        super().__init__(io_capability=PairingDelegate.DISPLAY_OUTPUT_AND_KEYBOARD_INPUT)
        self._pairing = pairing
        self._address = address

    async def confirm(self, auto: bool = False) -> bool:  # noqa: ARG002, FBT001, FBT002 - bumble's signature
        """Just Works."""
        try:
            self._pairing.authorise(self._address)
        except Refused:
            return False
        return True

    async def compare_numbers(self, number: int, digits: int) -> bool:  # noqa: ARG002 - bumble's signature
        """Both ends show six digits."""
        try:
            await self._pairing.confirm(self._address, number)
        except Refused:
            return False
        return True

    async def get_number(self) -> int | None:
        """The digits that the instrument shows."""
        try:
            return await self._pairing.passkey(self._address)
        except Refused:
            return None

    async def display_number(self, number: int, digits: int) -> None:  # noqa: ARG002 - bumble's signature
        """Digits to be typed on the instrument."""
        self._pairing.show(self._address, number)


def typing(pairing: Pairing) -> Callable[[Connection], PairingConfig]:
    """How the cart's adapter pairs, with a technician behind it."""

    def configuration(connection: Connection) -> PairingConfig:
        address = str(connection.peer_address).split("/", maxsplit=1)[0]
        return PairingConfig(sc=True, mitm=False, bonding=True, delegate=Keypad(pairing, address))

    return configuration


def showing(show: Callable[[str], None]) -> Callable[[Connection], PairingConfig]:
    """How an instrument with a display pairs: not without its digits."""
    return lambda _connection: PairingConfig(sc=True, mitm=True, bonding=True, delegate=Display(show))
