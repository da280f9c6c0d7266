# SPDX-License-Identifier: Apache-2.0
"""What a request came to, without HTTP."""

from enum import StrEnum
from typing import Self

import msgspec

from sync.fhir.elements import Json


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


class Why(StrEnum):
    """Why there was no answer; ``line`` is for the operator; ``everywhere``: it would be the same for any lane."""

    line: str
    everywhere: bool

    def __new__(cls, key: str, line: str, everywhere: bool) -> Self:  # noqa: FBT001 - one row of the table
        """Make a member from its row."""
        member = str.__new__(cls, key)
        member._value_ = key
        member.line, member.everywhere = line, everywhere
        return member

    UNREACHABLE = "unreachable", "Le serveur du dossier est injoignable : l’envoi reprendra tout seul.", True
    CERTIFICATE = (
        "certificate",
        "Le certificat du serveur du dossier est refusé : rien n’est envoyé. Prévenez la maintenance.",
        True,
    )
    CLOCK = (
        "clock",
        "Certificat du serveur du dossier non valable à cette date : horloge du chariot ou certificat à vérifier.",
        True,
    )
    PORTAL = "portal", "Le réseau répond à la place du serveur du dossier (portail d’accès Wi-Fi ?).", True
    IMAGE = "image", "Une image ne peut pas être lue sur le chariot. Prévenez la maintenance.", False
    TIMEOUT = "timeout", "Le serveur du dossier ne répond pas : l’envoi reprendra tout seul.", False


class Silence(msgspec.Struct, frozen=True):
    """No answer that can be used: the request may or may not have been carried out. ``words`` is for the log."""

    why: Why
    words: str = ""


Outcome = Answer | Answers | Silence
