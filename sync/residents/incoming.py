# SPDX-License-Identifier: Apache-2.0
"""One person as a file tells of them, and what is wrong with a file, in French."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

import msgspec

from device.people import IdentityStatus, Sex


class Incoming(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line or one Patient. ``place`` says where it stands ("ligne 3"). What is "" or None was not told."""

    place: str
    family: str
    given: str
    born: date
    id: str = ""
    sex: Sex | None = None
    given_names: str = ""
    birthplace: str = ""
    room: str = ""
    status: IdentityStatus | None = None
    weight: Decimal | None = None
    matricule: str = ""
    authority: str = ""


class Fault(NamedTuple):
    """One thing that must be put right before anything is imported: where ("ligne 3", then "colonne nom" or "" for the
    whole of it), ``what`` is wrong, what to ``do``."""

    place: str
    column: str
    what: str
    do: str

    @property
    def line(self) -> str:
        """The French line."""
        column = f", {self.column}" if self.column else ""
        return f"{self.place}{column} : {self.what}. {self.do}"


class Read(NamedTuple):
    """What a file holds: the readable rows, what is wrong, and French notes on what is no fault but must be known."""

    rows: tuple[Incoming, ...]
    faults: tuple[Fault, ...]
    notes: tuple[str, ...] = ()


class Wrong(ValueError):  # noqa: N818 - what it is, in one word
    """A value that cannot be taken: ``what`` is wrong, and what to ``do``."""

    def __init__(self, what: str, do: str) -> None:
        super().__init__(what)
        self.what = what
        self.do = do
