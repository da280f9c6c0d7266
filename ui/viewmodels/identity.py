# SPDX-License-Identifier: Apache-2.0
"""« Saisir une identité » : the strict traits, typed (RNIV: birth name, first given name, date of birth, sex)."""

import re
import uuid
from datetime import date

import msgspec
from PySide6.QtCore import Slot

from device.commands import OpenEncounter
from device.people import IdentityStatus, Patient, Sex
from device.station.messages import Reply
from ui import french
from ui.viewmodels.moment import Moment
from ui.viewmodels.shown import Shown, Submit

LONGEST = 40
OLDEST = 130
FIELDS = ("family", "given", "born", "birthplace", "room")
DATE = re.compile(r"(\d{2})/(\d{2})/(\d{4})")


class IdentityView(msgspec.Struct, frozen=True):
    """What was typed, the field being typed in, and the first thing that is missing."""

    open: bool
    field: str
    family: str
    given: str
    born: str
    birthplace: str
    room: str
    sex: str
    line: str
    ready: bool


class Identity(Shown):
    """The form."""

    def __init__(self, submit: Submit) -> None:
        super().__init__(self._form)
        self._submit = submit
        self._typed = dict.fromkeys(FIELDS, "")
        self._sex: Sex | None = None
        self._field = "family"
        self._line = ""
        self._open = False

    @Slot()
    def begin(self) -> None:
        """Open an empty form."""
        self.leave()
        self._open = True
        self.again()

    @Slot()
    def leave(self) -> None:
        """Forget everything."""
        self._typed = dict.fromkeys(FIELDS, "")
        self._sex, self._field, self._line, self._open = None, "family", "", False
        self.again()

    @Slot(str)
    def focus(self, field: str) -> None:
        """A field was touched."""
        if field in FIELDS:
            self._field = field
            self.again()

    @Slot(str)
    def key(self, text: str) -> None:
        """A key of the keyboard, "" is erase."""
        old = self._typed[self._field]
        typed = old[:-1] if not text else old + text
        if self._field == "born":
            typed = dated(typed, erasing=not text)
        elif self._field == "family":
            typed = typed.upper()
        else:
            typed = named(typed)
        self._typed[self._field] = typed[:LONGEST]
        self._line = ""
        self.again()

    @Slot(str)
    def sex(self, sex: str) -> None:
        """« Femme » or « Homme »."""
        self._sex = Sex(sex)
        self._line = ""
        self.again()

    @Slot()
    def enter(self) -> None:
        """Open the file, or say what is missing."""
        if self._moment is None:
            return
        patient = self._patient(self._moment.today)
        if isinstance(patient, str):
            self._line = patient
        else:
            self._submit(OpenEncounter(patient), self._answered)
        self.again()

    def _answered(self, reply: Reply) -> None:
        self._line = "" if reply.ok else french.sentence(reply.line)
        if reply.ok:
            self.leave()
        self.again()

    def _patient(self, today: date) -> Patient | str:
        family, given = self._typed["family"].strip(" -'’"), self._typed["given"].strip(" -'’")
        if not family:
            return "Tapez le nom de naissance."
        if not given:
            return "Tapez le premier prénom."
        born = parsed(self._typed["born"], today)
        if born is None:
            return "Tapez la date de naissance : jour, mois, année."
        if self._sex is None:
            return "Touchez « Femme » ou « Homme »."
        return Patient(
            id=str(uuid.uuid4()),
            family=family,
            given=given,
            born=born,
            sex=self._sex,
            given_names=given,
            birthplace=self._typed["birthplace"].strip(),
            room=self._typed["room"].strip(),
            status=IdentityStatus.PROVISIONAL,
        )

    def _form(self, moment: Moment) -> IdentityView:
        return IdentityView(
            open=self._open and moment.state.operator is not None and moment.state.encounter is None,
            field=self._field,
            sex=self._sex or "",
            line=self._line,
            ready=not isinstance(self._patient(moment.today), str),
            **self._typed,
        )


def dated(text: str, *, erasing: bool) -> str:
    """Digits as « JJ/MM/AAAA », the slashes by themselves."""
    digits = "".join(letter for letter in text if letter.isdigit())[:8]
    parts = [part for part in (digits[:2], digits[2:4], digits[4:]) if part]
    joined = "/".join(parts)
    return joined if erasing or len(digits) not in {2, 4} else joined + "/"


def parsed(text: str, today: date) -> date | None:
    """The date, when it exists and a living person can have it."""
    found = DATE.fullmatch(text)
    if found is None:
        return None
    day, month, year = map(int, found.groups())
    try:
        born = date(year, month, day)
    except ValueError:
        return None
    return born if today.year - OLDEST <= year and born <= today else None


def named(text: str) -> str:
    """Each word with its capital: « Marie-Antoinette », « Van Minh »."""
    return re.sub(r"(?:^|[ \-'’])\w", lambda found: found.group().upper(), text.lower())
