# SPDX-License-Identifier: Apache-2.0
"""What a request came to, without HTTP."""

from enum import Enum

import msgspec

from sync.fhir.elements import Json
from sync.trouble import Trouble


class Answer(msgspec.Struct, frozen=True):
    """A server's answer for one resource; ``status`` 0: a batch's answer left it out. ``place`` is the ``Type/id`` that
    it names, "" for none; ``words`` is what its OperationOutcome says, ``retry_after`` in seconds; ``digest`` is the
    SHA-256 of a Binary's bytes that were read."""

    status: int
    place: str = ""
    words: str = ""
    retry_after: float | None = None
    resource: Json | None = None
    digest: str = ""


class Answers(msgspec.Struct, frozen=True):
    """The answer to a batch that was carried out: one for each entry, in order."""

    entries: tuple[Answer, ...]


class Why(Enum):
    """Why there was no answer; ``everywhere``: it would be the same for any lane; ``asked``: the request may have been
    carried out nevertheless."""

    trouble: Trouble
    everywhere: bool
    asked: bool

    def __init__(self, trouble: Trouble, everywhere: bool, asked: bool) -> None:  # noqa: FBT001 - one row of the table
        self.trouble, self.everywhere, self.asked = trouble, everywhere, asked

    UNREACHABLE = Trouble.UNREACHABLE, True, False
    CERTIFICATE = Trouble.CERTIFICATE, True, False
    ENCRYPTION = Trouble.ENCRYPTION, True, False
    CLOCK = Trouble.CLOCK, True, False
    PORTAL = Trouble.PORTAL, True, True
    AUTHORITY = Trouble.AUTHORITY, True, False
    IMAGE = Trouble.FILE, False, False
    TIMEOUT = Trouble.TIMEOUT, False, True


class Silence(msgspec.Struct, frozen=True):
    """No answer that can be used: the request may or may not have been carried out. ``words`` is for the log."""

    why: Why
    words: str = ""


Outcome = Answer | Answers | Silence
