# SPDX-License-Identifier: Apache-2.0
"""A value read on an instrument's display and typed in: what is asked, and the command that it becomes."""

import re
from decimal import Decimal
from typing import NamedTuple

from device.codes import Meal, Metric, Site, convert
from device.commands import EnterMeasurement
from ui import french
from ui.viewmodels import values
from ui.viewmodels.moment import Moment
from ui.viewmodels.sheets import NO_SHEET, Choice, SheetView

LIMIT = 7
PICK = "pick:"


class Asked(NamedTuple):
    """What is typed for a tile: its metrics in their order, the key beside the digits, an example, and what else is
    asked; each of ``units`` comes with its example."""

    metrics: tuple[Metric, ...]
    separator: str
    example: str
    units: tuple[tuple[str, str], ...] = ()
    sites: tuple[Site, ...] = ()
    meals: tuple[Meal, ...] = ()


ASKED = {
    "pressure": Asked((Metric.SYSTOLIC, Metric.DIASTOLIC), "/", "132/81", sites=(Site.LEFT_ARM, Site.RIGHT_ARM)),
    "saturation": Asked((Metric.SATURATION,), "", "96"),
    "pulse": Asked((Metric.HEART_RATE,), "", "72"),
    "temperature": Asked(
        (Metric.TEMPERATURE,),
        ",",
        "37,2",
        sites=(Site.EAR, Site.FOREHEAD, Site.ARMPIT, Site.MOUTH, Site.RECTUM),
    ),
    "glucose": Asked(
        (Metric.GLUCOSE,),
        ",",
        "",
        units=(("g/L", "1,08"), ("mg/dL", "108"), ("mmol/L", "6,0")),
        meals=(Meal.FASTING, Meal.BEFORE, Meal.AFTER),
    ),
    "weight": Asked((Metric.WEIGHT,), ",", "62,5"),
}
"""By the tile's key."""


class Picked(NamedTuple):
    """The tile and what was picked beside the digits; as text ``key|unit|site or meal``."""

    key: str
    unit: str = ""
    where: str = ""

    @classmethod
    def read(cls, argument: str) -> "Picked":
        """Out of a sheet's argument."""
        return cls(*[*argument.split("|"), "", ""][:3])

    def pick(self, choice: str) -> "Picked":
        """After a touch of a key."""
        word = choice.removeprefix(PICK)
        asked = ASKED[self.key]
        return self._replace(unit=word) if word in dict(asked.units) else self._replace(where=word)

    def text(self) -> str:
        """As a sheet's argument."""
        return "|".join(self)


def enter(moment: Moment, argument: str, typed: str) -> SheetView:
    """« Saisir à la main »."""
    picked = Picked.read(argument)
    asked = ASKED.get(picked.key)
    if asked is None or moment.state.encounter is None:
        return NO_SHEET
    title = values.title(asked.metrics[0])
    unit = picked.unit or (asked.units[0][0] if asked.units else "")
    said = unit or asked.metrics[0].unit
    lines = (f"{french.courtesy(moment.state.encounter.patient)} · recopiez ce qu’affiche l’instrument, en {said}.",)
    keys = [Choice(PICK + code, code, chosen=code == unit) for code, _ in asked.units]
    places = [(str(site), site.label) for site in asked.sites] + [(str(meal), meal.line) for meal in asked.meals]
    keys += [Choice(PICK + code, french.sentence(label), chosen=code == picked.where) for code, label in places]
    ready = command(argument, typed) is not None
    note = Choice("note", f"Noter {typed} {said}", "primary") if ready else Choice("", "Tapez la valeur")
    return SheetView(
        "enter",
        f"{title} : saisir à la main",
        lines,
        (Choice("close", "Revenir"), note),
        tuple(keys),
        2 if len(keys) in {2, 4} else 3,
        typed,
        f"Par exemple {dict(asked.units).get(unit, asked.example)}",
        LIMIT,
        "0123456789" + asked.separator,
    )


def command(argument: str, typed: str) -> EnterMeasurement | None:
    """What is typed, as a command; None while it is not whole."""
    picked = Picked.read(argument)
    asked = ASKED.get(picked.key)
    numbers = typed.split("/")
    if asked is None or len(numbers) != len(asked.metrics):
        return None
    if not all(re.fullmatch(r"\d{1,4}(,\d{1,2})?", number) for number in numbers):
        return None
    read = [Decimal(number.replace(",", ".")) for number in numbers]
    if asked.units and (unit := picked.unit or asked.units[0][0]) != asked.metrics[0].ucum:
        read = [convert(number, unit, metric) for number, metric in zip(read, asked.metrics, strict=True)]
    site = next((one for one in asked.sites if one == picked.where), None)
    meal = next((one for one in asked.meals if one == picked.where), None)
    return EnterMeasurement(tuple(zip(asked.metrics, read, strict=True)), site, meal)
