# SPDX-License-Identifier: Apache-2.0
"""Bad answers on demand: the ways in which real servers and the networks before them fail."""

import re
from enum import StrEnum

import msgspec


class Ill(StrEnum):
    """What goes wrong."""

    STATUS = "status"
    """Refused with ``status``; nothing is stored."""
    SILENCE = "silence"
    """Carried out, then never answered: a timeout after the commit."""
    DEAF = "deaf"
    """Not carried out and never answered."""
    CUT = "cut"
    """The connection is dropped before anything is carried out."""
    HALF = "half"
    """Only the first half of a bundle is carried out and answered; of anything else, the answer is cut short."""
    WRONG_ID = "wrong-id"
    """Carried out, and answered with the identity of something else."""
    DRIP = "drip"
    """Carried out, and answered one byte a second."""
    DEAF_TO_CONDITIONS = "deaf-to-conditions"
    """Carried out as if there were no If-None-Exist."""
    NAMELESS = "nameless"
    """Carried out, and answered without saying where."""
    PAGE = "page"
    """Not carried out: a web page with status 200, as a captive portal answers."""


class Trouble(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule. ``path`` is a regular expression found in "METHOD Type/id" (entries of a bundle too, for a status);
    ``times`` None is for ever; ``retry_after`` in seconds."""

    ill: Ill
    status: int = 500
    times: int | None = 1
    path: str = ""
    retry_after: int | None = None
    words: str = "told to answer badly"


class Troubles:
    """The rules in force, first come first served."""

    def __init__(self) -> None:
        self._rules: list[tuple[Trouble, re.Pattern[str]]] = []
        self._left: dict[int, int] = {}

    def add(self, trouble: Trouble) -> None:
        """Put a rule in force. Raises ValueError when its path is no regular expression."""
        try:
            pattern = re.compile(trouble.path)
        except re.error as error:
            raise ValueError(f"{trouble.path!r}: {error}") from error
        self._rules.append((trouble, pattern))

    def clear(self) -> None:
        """Answer well again."""
        self._rules.clear()
        self._left.clear()

    def take(self, method: str, path: str, *, statuses_only: bool = False) -> Trouble | None:
        """The first rule that meets a request, once less in force."""
        for index, (trouble, pattern) in enumerate(self._rules):
            left = self._left.get(index, trouble.times)
            unfit = statuses_only and trouble.ill is not Ill.STATUS
            if unfit or left == 0 or not pattern.search(f"{method} {path}"):
                continue
            if left is not None:
                self._left[index] = left - 1
            return trouble
        return None
