# SPDX-License-Identifier: Apache-2.0
"""What happens to the cable, and what is looked at: the cart first, then Chromium, one after the other in one run."""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from cart.bench.call.seen import Seen, delay, freezes, full_size, longest, made_up, rate, recovered, silence
from cart.bench.call.sides import Side
from cart.bench.call.weather import Weather
from cart.bench.result import Result, at_least, at_most, figure

SETTLING, WATCHED, BACK, LOSING = 10.0, 25.0, 30.0, 20.0
FULL, HALF, QUARTER, EIGHTH = 1500, 500, 250, 120
LOSSES = (5, 15)
"""Of a hundred packets."""
MOVING, WATCHABLE = 20.0, 8.0
FALLS = (*map(str, (HALF, QUARTER, EIGHTH)), "back")
SHORT = 0.35
"""Of a spell's length, where only whether it works is asked."""
NEVER = 999.0
"""Written for what did not come back while it was watched."""


class Spell(NamedTuple):
    """A stretch of one weather: its name, from when to when (wall clock), and what was seen until its end."""

    name: str
    start: float
    end: float
    seen: Seen


class Wanted(NamedTuple):
    """Which sides and spells (empty: all), and the share of its length that each takes."""

    sides: frozenset[str] = frozenset()
    spells: frozenset[str] = frozenset()
    length: float = 1.0

    @classmethod
    def read(cls, words: str, *, short: bool = False) -> "Wanted":
        """``chevet:500,back``, ``chromium``, ``:lost-5`` or nothing."""
        sides, _, spells = words.partition(":")
        return cls(
            frozenset(filter(None, sides.split(","))),
            frozenset(filter(None, spells.split(","))),
            SHORT if short else 1.0,
        )

    def side(self, name: str) -> bool:
        """Whether that side is wanted."""
        return not self.sides or name in self.sides

    def spell(self, name: str) -> bool:
        """Whether that spell is wanted."""
        return not self.spells or name in self.spells

    @property
    def calls(self) -> bool:
        """Whether any spell needs a call that goes through all of them."""
        return any(map(self.spell, (*FALLS, *(f"lost-{share}" for share in LOSSES), "cuts")))


async def watched(who: str, side: Side, weather: Weather, wanted: Wanted, *, judged: bool) -> list[Result]:
    """The figures of one side in every spell that is wanted; ``judged`` against the goals."""
    falling, losing = await falls(side, weather, wanted), await losses(side, weather, wanted)
    return [*fallen(who, falling, judged=judged), *lost(who, losing, judged=judged)]


async def falls(side: Side, weather: Weather, wanted: Wanted) -> list[Spell]:
    """A steady 1.5 Mbit/s, then 500, 250 and 120 kbit/s, then 1.5 Mbit/s again."""
    steps = [(str(bits), bits, WATCHED) for bits in (HALF, QUARTER, EIGHTH)] + [("back", FULL, BACK)]
    steps = [step for step in steps if wanted.spell(step[0])]
    if not steps:
        return []
    weather.limit(FULL)
    await asyncio.sleep(SETTLING * wanted.length)
    spells = [await _spell("full", side, 5.0 * wanted.length)]
    spells += [
        await _spell(name, side, seconds * wanted.length, partial(weather.limit, bits)) for name, bits, seconds in steps
    ]
    weather.clear()
    return spells


async def losses(side: Side, weather: Weather, wanted: Wanted) -> list[Spell]:
    """5 % and 15 % of packets lost at random, both ways."""
    shares = [share for share in LOSSES if wanted.spell(f"lost-{share}")]
    if shares:
        await asyncio.sleep(SETTLING * wanted.length)
    spells = [
        await _spell(f"lost-{share}", side, LOSING * wanted.length, partial(weather.lose, share)) for share in shares
    ]
    weather.clear()
    return spells


async def _spell(name: str, side: Side, seconds: float, change: Callable[[], None] | None = None) -> Spell:
    if change is not None:
        await asyncio.to_thread(change)
    start = time.time()
    await asyncio.sleep(seconds)
    return Spell(name, start, time.time(), await side.seen())


GOALS = {
    "500": {"again": 3.0, "freeze": 2.0, "silence": 0.3, "delay": 1.0},
    "250": {"again": 3.0, "freeze": 2.0, "silence": 0.3, "delay": 1.0},
    "120": {"freeze": 4.0, "silence": 0.3, "delay": 1.5},
    "back": {"again": 8.0, "full-size": 8.0},
    "lost-5": {"freeze": 1.0},
    "lost-15": {"made-up": 0.06},
}
"""The most that each may be, by spell and figure. Six per cent of made-up sound is R = 75 by the E-model (ITU-T G.107:
Ie,eff = 95 · 6 / (6 + 25.1), the last from G.113 for a coder that conceals), "medium" by G.109."""
LEAST = {"250": {"fps": 8.0}, "lost-5": {"fps": 24.0}}
"""The least, likewise."""


def fallen(who: str, spells: list[Spell], *, judged: bool) -> list[Result]:
    """The figures of ``falls``; ``judged`` against the goals."""
    found = []
    for spell in spells:
        wanted = WATCHABLE if spell.name in {str(QUARTER), str(EIGHTH)} else MOVING
        again = recovered(spell.seen, spell.start, spell.end, wanted)
        say = _Saying(who, spell, judged=judged)
        found += [
            say("again", f"seconds until {wanted:g} pictures/s again", NEVER if again is None else again, "s"),
            *_shown(say),
        ]
        if spell.name == "back":
            whole = full_size(spell.seen, spell.start)
            found.append(say("full-size", "seconds until the full size again", NEVER if whole is None else whole, "s"))
    return found


def beside(results: list[Result]) -> list[Result]:
    """How much later than Chromium the cart moves again after the first fall, where both were watched."""
    again = {result.id: result.value for result in results if result.id.endswith(f".{HALF}.again")}
    ours, theirs = (again.get(f"call.{who}.{HALF}.again") for who in ("chevet", "chromium"))
    if ours is None or theirs is None:
        return []
    name, what = f"call.{HALF}.later", f"{MOVING:g} pictures/s again later than Chromium"
    return [at_most(name, what, max(0.0, ours - theirs), "s", 0)]


def lost(who: str, spells: list[Spell], *, judged: bool) -> list[Result]:
    """The figures of ``losses``."""
    return [result for spell in spells for result in _shown(_Saying(who, spell, judged=judged))]


class _Saying(NamedTuple):
    """How a figure of a spell is called and judged."""

    who: str
    spell: Spell
    judged: bool

    def __call__(self, figure_: str, what: str, value: float, unit: str) -> Result:
        """The result."""
        name = f"call.{self.who}.{self.spell.name}.{figure_}"
        most = GOALS.get(self.spell.name, {}).get(figure_) if self.judged else None
        least = LEAST.get(self.spell.name, {}).get(figure_) if self.judged else None
        if least is not None:
            return at_least(name, what, value, unit, least)
        return figure(name, what, value, unit) if most is None else at_most(name, what, value, unit, most)


def _shown(say: _Saying) -> list[Result]:
    seen, start, end = say.spell.seen, say.spell.start, say.spell.end
    return [
        say("freeze", "longest freeze", longest(freezes(seen, start, end)), "s"),
        say("fps", "pictures a second over the last 5 s", rate(seen, end - 5, end), "/s"),
        say("silence", "longest stretch of made-up sound", silence(seen, start, end), "s"),
        say("made-up", "share of the sound that the receiver made up", made_up(seen, start, end), ""),
        say("delay", "slowest message of the data channel", delay(seen, start, end), "s"),
    ]
