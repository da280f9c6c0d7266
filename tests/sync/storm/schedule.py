# SPDX-License-Identifier: Apache-2.0
"""One seed, one schedule: what is told to the journal and what goes wrong meanwhile, in order. Pure."""

from enum import Enum
from random import Random
from typing import NamedTuple

from device.entry import Outcome
from sync.profile import Identity
from tests.sync.storm.disk import Death, Illness
from virtual.records import Ill, Trouble


class Tell(NamedTuple):
    """Entries for an encounter: a kind of body of ``tale``, or its end."""

    lane: int
    what: str


class Ail(NamedTuple):
    """A server answers badly."""

    server: int
    trouble: Trouble


class Line(Enum):
    """How a network is cut."""

    DROPPED = "dropped"
    """Whatever is sent is cut off."""
    DEAF = "deaf"
    """Nothing comes through, and nobody says so."""
    LATE = "late"
    """Carried out, and its answer lost."""


class Cut(NamedTuple):
    """A server is out of reach for so many seconds."""

    server: int
    how: Line
    seconds: float


class Die(NamedTuple):
    """The process dies at its commit, or at the moment of an exchange (``death`` None), after so many more."""

    death: Death | None
    after: int


class Sicken(NamedTuple):
    """The ledger's disk takes nothing for so many seconds."""

    illness: Illness
    seconds: float


class Jump(NamedTuple):
    """The cart's clock jumps."""

    seconds: float


class Retry(NamedTuple):
    """A technician has everything that is refused tried again."""


class Wait(NamedTuple):
    """So many moments of exchanges pass, or so many seconds."""

    moments: int
    seconds: float


Action = Tell | Ail | Cut | Die | Sicken | Jump | Retry | Wait


class Schedule(NamedTuple):
    """``servers``: batch, lanes at once and identity of each."""

    seed: int
    servers: tuple[tuple[int, int, Identity], ...]
    actions: tuple[Action, ...]


STATUSES = (400, 401, 403, 404, 405, 408, 409, 410, 412, 413, 415, 422, 429, 500, 502, 503, 504, 507, 302)
ILLS = (Ill.SILENCE, Ill.DEAF, Ill.CUT, Ill.HALF, Ill.WRONG_ID, Ill.DRIP, Ill.PAGE)
PATHS = ("", "^PUT ", "^GET ", "^POST $", "Patient/", "Encounter/", "Observation/", "Binary/", "DocumentReference/",
         "Device/", "Consent/")  # fmt: skip
BODIES = ("pressure", "pressure", "saturation", "oxygen", "temperature", "capture", "conclusion", "call", "withdrawal",
          "wrong", "confirmed")  # fmt: skip
YEAR = 365 * 86400.0


def schedule(seed: int) -> Schedule:
    """The schedule of a seed."""
    chance = Random(seed)  # noqa: S311 - a seed, so that a failure can be played again
    identities = (Identity.PUT, Identity.PUT, Identity.CONDITIONAL, Identity.POST)
    servers = tuple(
        (chance.choice((1, 2, 3, 20)), chance.randint(1, 3), chance.choice(identities))
        for _ in range(chance.choice((1, 1, 1, 2)))
    )
    lanes = chance.randint(1, 3)
    told: list[Action] = []
    for lane in range(lanes):
        own: list[Action] = [Tell(lane, "opening")]
        own += [Tell(lane, chance.choice(BODIES)) for _ in range(chance.randint(1, 5))]
        if chance.random() < 0.8:
            own.append(Tell(lane, chance.choice([*map(str, Outcome)])))
        if chance.random() < 0.3:
            own.append(Tell(lane, chance.choice(("wrong", "conclusion"))))
        told = _merged(told, own, chance)
    went = [_wrong(chance, len(servers)) for _ in range(chance.randint(4, 14))]
    waits: list[Action] = [Wait(chance.randint(0, 9), chance.choice((0.01, 0.1, 0.5, 5.0, 60.0))) for _ in range(4)]
    return Schedule(seed, servers, tuple(_merged(_merged(told, went, chance), waits, chance)))


def _merged(one: list[Action], other: list[Action], chance: Random) -> list[Action]:
    """Both in their own order, at random into one another."""
    one, other, made = list(one), list(other), []
    while one or other:
        made.append((one if chance.randrange(len(one) + len(other)) < len(one) else other).pop(0))
    return made


def _wrong(chance: Random, servers: int) -> Action:  # noqa: PLR0911 - one a fault
    """One thing that goes wrong."""
    server = chance.randrange(servers)
    match chance.choices(("status", "ill", "cut", "die", "sicken", "jump", "retry"), (6, 5, 3, 6, 2, 1, 1))[0]:
        case "status":
            after = chance.choice((None, None, 0, 1, 30))
            times = chance.randint(1, 6)
            trouble = Trouble(Ill.STATUS, status=chance.choice(STATUSES), times=times, path=chance.choice(PATHS))
            return Ail(server, Trouble(Ill.STATUS, trouble.status, times, trouble.path, after, "non : Odette Lefèvre"))
        case "ill":
            return Ail(server, Trouble(chance.choice(ILLS), times=chance.randint(1, 3), path=chance.choice(PATHS)))
        case "cut":
            return Cut(server, chance.choice([*Line]), chance.choice((0.2, 0.5, 3.0, 30.0, 600.0)))
        case "die":
            return Die(chance.choice([None, *Death, Death.TORN]), chance.randint(0, 12))
        case "sicken":
            return Sicken(chance.choice([*Illness]), chance.choice((1.0, 10.0, 60.0)))
        case "jump":
            return Jump(chance.choice((-3 * YEAR, -3600.0, -1.0, 3600.0, 3 * YEAR)))
        case _:
            return Retry()
