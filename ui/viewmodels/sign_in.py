# SPDX-License-Identifier: Apache-2.0
"""Sign-in: a name, then six digits."""

import msgspec
from PySide6.QtCore import Slot

from device.commands import SignIn as SignInCommand
from device.station.messages import Reply
from ui import french
from ui.viewmodels.moment import Moment
from ui.viewmodels.shown import Shown, Submit

DIGITS = 6


class OperatorRow(msgspec.Struct, frozen=True):
    """A name to touch."""

    id: str
    name: str
    profession: str
    chosen: bool


class SignInView(msgspec.Struct, frozen=True):
    """``typed`` digits of six; ``line``: why a code was refused; ``support``: whom to phone when the cart fails."""

    operators: tuple[OperatorRow, ...]
    name: str
    typed: int
    line: str
    busy: bool
    support: str


class SignIn(Shown):
    """Who is at the cart."""

    def __init__(self, submit: Submit) -> None:
        super().__init__(self._operators)
        self._submit = submit
        self._chosen = ""
        self._pin = ""
        self._line = ""
        self._busy = False

    def _operators(self, moment: Moment) -> SignInView:
        operators = moment.state.operators
        if len(operators) == 1:
            self._chosen = operators[0].id
        rows = tuple(
            OperatorRow(one.id, one.name, french.sentence(one.profession), one.id == self._chosen) for one in operators
        )
        name = next((one.name for one in operators if one.id == self._chosen), "")
        phone = moment.state.cart.phone
        support = f"En cas de panne, téléphonez : {phone}" if phone else ""
        return SignInView(rows, name, len(self._pin), self._line, self._busy, support)

    def leave(self) -> None:
        """Forget what was typed."""
        self._chosen = self._pin = self._line = ""
        self._busy = False

    @Slot(str)
    def choose(self, operator: str) -> None:
        """A name was touched."""
        self._chosen, self._pin, self._line = operator, "", ""
        self.again()

    @Slot(str)
    def key(self, digit: str) -> None:
        """A digit; the sixth signs in."""
        if not self._chosen:
            self._line = "Touchez d’abord votre nom."
        elif not self._busy and len(self._pin) < DIGITS:
            self._line = ""
            self._pin += digit
            if len(self._pin) == DIGITS:
                self.enter()
        self.again()

    @Slot()
    def erase(self) -> None:
        """Take the last digit away."""
        self._pin = self._pin[:-1]
        self.again()

    @Slot()
    def enter(self) -> None:
        """Sign in."""
        if len(self._pin) < DIGITS:
            self._line = f"Le code a {DIGITS} chiffres."
        elif not self._busy:
            pin, self._busy = self._pin, True
            self._submit(SignInCommand(self._chosen, pin), self._answered)
        self.again()

    def _answered(self, reply: Reply) -> None:
        self._busy, self._pin = False, ""
        self._line = "" if reply.ok else french.sentence(reply.line)
        self.again()
