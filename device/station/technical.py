# SPDX-License-Identifier: Apache-2.0
"""What a technician's program and the station say to each other, on the station socket (see ``station.messages``).

One request at a time; each ends with a Reply of its id (Diagnose and Discover first give what was asked). What an
enrolment needs to know comes as Asked, to be answered by an Answer within its seconds. Hanging up refuses everything:
what was begun is undone.
"""

from typing import Literal

import msgspec

from device.enrolment import Candidate, Diagnosis, Overheard, Step
from device.station.state import Notice

What = Literal["passkey", "agreement"]


class _Message(msgspec.Struct, frozen=True, tag_field="type", omit_defaults=True, forbid_unknown_fields=True):
    pass


class Diagnose(_Message, frozen=True, tag="diagnose"):
    """The health of every enrolled instrument."""

    id: str


class Discover(_Message, frozen=True, tag="discover"):
    """Units in reach that could be enrolled."""

    id: str
    seconds: float = 10.0


class Enrol(_Message, frozen=True, tag="enrol"):
    """Accept a unit that was discovered since the cart started, as instrument ``name``."""

    id: str
    address: str
    model: str
    name: str


class Repair(_Message, frozen=True, tag="repair"):
    """Pair an enrolled instrument again."""

    id: str
    instrument: str


class Check(_Message, frozen=True, tag="check"):
    """Reach an enrolled instrument and check it step by step; the Reply is that of the first step that failed."""

    id: str
    instrument: str


class Retire(_Message, frozen=True, tag="retire"):
    """Forget an enrolled instrument."""

    id: str
    instrument: str


class Overhear(_Message, frozen=True, tag="overhear"):
    """Every frame of an enrolled instrument, for some seconds; refused while a file is open, ended when one opens."""

    id: str
    instrument: str
    seconds: float


class Answer(_Message, frozen=True, tag="answer"):
    """Six digits, or "yes"; anything else refuses."""

    question: str
    text: str


TechnicalRequest = Diagnose | Discover | Enrol | Repair | Check | Retire | Overhear
TechnicalMessage = TechnicalRequest | Answer


class Diagnoses(_Message, frozen=True, tag="diagnoses"):
    """Answer to Diagnose, with what the cart itself has to tell a technician."""

    id: str
    diagnoses: tuple[Diagnosis, ...]
    warnings: tuple[Notice, ...] = ()


class Candidates(_Message, frozen=True, tag="candidates"):
    """Answer to Discover."""

    id: str
    candidates: tuple[Candidate, ...]


class Progress(_Message, frozen=True, tag="progress"):
    """What was done, as it happens."""

    id: str
    step: Step


class Asked(_Message, frozen=True, tag="asked"):
    """A question to the technician: the six digits that the instrument shows, or yes or no to ``line``."""

    id: str
    question: str
    what: What
    line: str
    seconds: float


class Shown(_Message, frozen=True, tag="shown"):
    """Six digits to be typed on the instrument."""

    id: str
    passkey: str


class Heard(_Message, frozen=True, tag="heard"):
    """One frame, after Overhear."""

    id: str
    frame: Overheard


TechnicalAnswer = Diagnoses | Candidates | Progress | Asked | Shown | Heard
