# SPDX-License-Identifier: Apache-2.0
"""The INS datamatrix that French health documents carry, read without trusting it.

ANS, « INS — Format datamatrix » 2.2 (2023-09-26), as public code cites it: a header of 26 characters ("IS", version
"01", 22 reserved), then blocks, in any order, of an identifier and a value: S1 matricule (15), S2 OID of its authority
(at most 20), S3 given names of birth (100), S4 family name of birth (100), S5 sex (F or M), S6 birth date (JJ-MM-AAAA),
S7 birthplace (COG, 5, optional). A value of variable length that is neither the last nor as long as it may be ends by
the group separator (0x1D).

It is not signed: anyone can print one. It finds a resident or fills in a form, and never makes an identity qualified.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple
from uuid import uuid4

import msgspec

from device.errors import ScanError
from device.people import IdentityStatus, Patient, Sex

GROUP = "\x1d"
LONGEST = 400
_HEADER = re.compile(r"IS01[0-9A-Z]{22}")
_MARK = "IS"
_REAL = frozenset({"1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.9"})
"""INS-NIR and INS-NIA."""
_FICTITIOUS = frozenset({"1.2.250.1.213.1.4.10", "1.2.250.1.213.1.4.11"})
"""INS-NIR of tests and of demonstrations."""
AUTHORITIES = _REAL | _FICTITIOUS
"""The OIDs under which a matricule is one."""
_NAME = re.compile(r"[A-Z][A-Z '-]*")
_MATRICULE = re.compile(r"[1-8]\d{4}(?:\d\d|2[AB])\d{6}\d\d")
_PLACE = re.compile(r"(?:\d\d|2[AB])\d{3}")
_SEXES = {"F": Sex.FEMALE, "M": Sex.MALE}
_EARLIEST = date(1890, 1, 1)


class _Field(NamedTuple):
    """A block's name in the traits and its length."""

    name: str
    length: int
    fixed: bool


_FIELDS = {
    "S1": _Field("matricule", 15, fixed=True),
    "S2": _Field("authority", 20, fixed=False),
    "S3": _Field("given_names", 100, fixed=False),
    "S4": _Field("family", 100, fixed=False),
    "S5": _Field("sex", 1, fixed=True),
    "S6": _Field("born", 10, fixed=True),
    "S7": _Field("birthplace", 5, fixed=True),
}


class InsTraits(msgspec.Struct, frozen=True):
    """What a datamatrix says of a person. ``authority`` is the OID; ``birthplace`` a COG code or ""."""

    matricule: str
    authority: str
    family: str
    given_names: str
    born: date
    sex: Sex
    birthplace: str = ""

    @property
    def given(self) -> str:
        """The first given name: up to the first space."""
        return self.given_names.split(" ", maxsplit=1)[0]

    @property
    def fictitious(self) -> bool:
        """Whether it is of a test or a demonstration, and of nobody."""
        return self.authority in _FICTITIOUS

    def is_of(self, patient: Patient) -> bool:
        """Whether they may be of the same person: the strict traits agree, as far as ``patient`` has them."""
        if patient.matricule and patient.matricule != self.matricule:
            return False
        given = {bare(self.given), bare(self.given_names)}
        return (
            bare(patient.family) == bare(self.family)
            and bool({bare(patient.given), bare(patient.given_names)} & given)
            and patient.born == self.born
            and patient.sex in (self.sex, Sex.UNKNOWN)
        )

    def patient(self) -> Patient:
        """A person of these traits who is in no list: provisional, whoever printed the code."""
        return Patient(
            id=str(uuid4()),
            family=self.family,
            given=self.given,
            born=self.born,
            sex=self.sex,
            given_names=self.given_names,
            birthplace=self.birthplace,
            status=IdentityStatus.PROVISIONAL,
            matricule=self.matricule,
            authority=self.authority,
        )


def parse(text: str, today: date) -> InsTraits:
    """The traits in a code. Raises ScanError SCN-01 for what is no INS datamatrix, SCN-02 for one that cannot be used;
    the detail names the block and never its value."""
    if len(text) > LONGEST or not text.startswith(_MARK) or not _HEADER.match(text):
        raise ScanError(1, "Ce code n’est pas un code INS.", "no INS header")
    values = dict(_blocks(text[26:]))
    for mark, field in _FIELDS.items():
        if field.name not in values and mark != "S7":
            raise _damaged(f"no block {mark}")
    return InsTraits(
        matricule=_matricule(values["matricule"]),
        authority=_known(values["authority"]),
        family=_name("S4", values["family"]),
        given_names=_name("S3", values["given_names"]),
        born=_born(values["born"], today),
        sex=_sex(values["sex"]),
        birthplace=_birthplace(values.get("birthplace", "")),
    )


def bare(name: str) -> str:
    """A name without accents, case, apostrophes or hyphens: how two spellings of it are compared."""
    decomposed = unicodedata.normalize("NFKD", name.replace("œ", "oe").replace("Œ", "OE"))
    letters = "".join(letter if letter.isalnum() else " " for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(letters.upper().split())


def _blocks(message: str) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    while message:
        mark, message = message[:2], message[2:]
        field = _FIELDS.get(mark)
        if field is None:
            raise _damaged("an unknown block, or a group separator that was lost")
        if mark in seen:
            raise _damaged(f"block {mark} stands twice")
        seen.add(mark)
        value = message[: field.length]
        if not field.fixed:
            value = value.split(GROUP, maxsplit=1)[0]
        message = message[len(value) :].removeprefix(GROUP)
        yield field.name, value


def is_matricule(text: str) -> bool:
    """Whether it is a matricule with its key (NIR modulo 97; Corsica's 2A and 2B count as 19 and 18)."""
    return bool(_MATRICULE.fullmatch(text)) and _key_fits(text)


def _key_fits(text: str) -> bool:
    number = int(text[:13].replace("2A", "19").replace("2B", "18") if not text[:13].isdigit() else text[:13])
    return 97 - number % 97 == int(text[13:])


def _matricule(text: str) -> str:
    if not _MATRICULE.fullmatch(text):
        raise _damaged("S1 is no matricule")
    if not _key_fits(text):
        raise _damaged("the key of S1 is wrong")
    return text


def _known(text: str) -> str:
    if text not in AUTHORITIES:
        raise _damaged("S2 is no authority of matricules, or a group separator was lost")
    return text


def _name(mark: str, text: str) -> str:
    if not _NAME.fullmatch(text):
        raise _damaged(f"{mark} is no name of the INS alphabet")
    return " ".join(text.split())


def _born(text: str, today: date) -> date:
    """A whole date; days and months that nobody knows (00) are not dates, and are typed in by hand."""
    try:
        born = datetime.strptime(text, "%d-%m-%Y").date()  # noqa: DTZ007 - a birth date has no zone
    except ValueError as error:
        raise _damaged("S6 is no date") from error
    if not _EARLIEST <= born <= today:
        raise _damaged("S6 is no plausible birth date")
    return born


def _sex(text: str) -> Sex:
    if text not in _SEXES:
        raise _damaged("S5 is neither F nor M")
    return _SEXES[text]


def _birthplace(text: str) -> str:
    if text and not _PLACE.fullmatch(text):
        raise _damaged("S7 is no COG code")
    return text


def _damaged(detail: str) -> ScanError:
    return ScanError(2, "Ce code INS est abîmé ou incomplet : recommencez, ou saisissez l’identité.", detail)
