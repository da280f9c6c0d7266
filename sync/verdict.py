# SPDX-License-Identifier: Apache-2.0
"""What a status of HTTP means for one resource, and how long to wait. Pure."""

from enum import Enum

from sync.trouble import Trouble

BASE_SECONDS = 2.0
CAP_SECONDS = 300.0


class Verdict(Enum):
    """What a status means for one resource."""

    DONE = "done"
    COMPARE = "compare"
    POISON = "poison"
    SPLIT = "split"
    AUTH = "auth"
    CONFIGURATION = "configuration"
    BUSY = "busy"
    AGAIN = "again"


_VERDICTS = {
    0: Verdict.AGAIN,
    401: Verdict.AUTH,
    403: Verdict.AUTH,
    404: Verdict.CONFIGURATION,
    405: Verdict.CONFIGURATION,
    407: Verdict.AUTH,
    408: Verdict.BUSY,
    409: Verdict.COMPARE,
    410: Verdict.CONFIGURATION,
    412: Verdict.COMPARE,
    413: Verdict.SPLIT,
    425: Verdict.BUSY,
    429: Verdict.BUSY,
    503: Verdict.BUSY,
}
_CLASSES = {2: Verdict.DONE, 3: Verdict.CONFIGURATION, 4: Verdict.POISON}
_TROUBLES = {
    Verdict.DONE: Trouble.MUDDLED,
    Verdict.COMPARE: Trouble.CONFLICT,
    Verdict.POISON: Trouble.REFUSED,
    Verdict.SPLIT: Trouble.TOO_LARGE,
    Verdict.AUTH: Trouble.AUTHORIZATION,
    Verdict.CONFIGURATION: Trouble.CONFIGURATION,
    Verdict.BUSY: Trouble.BUSY,
    Verdict.AGAIN: Trouble.BROKEN,
}


def verdict(status: int) -> Verdict:
    """What a status means."""
    return _VERDICTS.get(status) or _CLASSES.get(status // 100, Verdict.AGAIN)


def trouble_of(status: int) -> Trouble:
    """What is said of a status that was not a success (of a success: that it did not say what it should)."""
    return _TROUBLES[verdict(status)] if status else Trouble.MUDDLED


def asked_by(status: int) -> bool:
    """Whether a server that answers so may have carried the request out."""
    return status in {0, 408} or status // 100 == 5  # noqa: PLR2004 - none, request timeout, server errors


def backoff(attempts: int, fraction: float, cap: float = CAP_SECONDS) -> float:
    """Seconds to wait after so many failures in a row: full jitter; ``fraction`` is random in [0, 1)."""
    return fraction * min(cap, BASE_SECONDS * float(1 << min(attempts, 16)))
