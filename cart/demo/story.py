# SPDX-License-Identifier: Apache-2.0
"""What happens in the play: who, what the instruments are told to measure, and the words that are said."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

OPERATOR, PIN = "Camille Morel", "123456"
PATIENT = "LEROUX Jeanne"
DOCTOR = "Dr Aïssata Diallo"
TEXT = "Respirez bien fort"
CONCLUSION = "Otite externe droite. Gouttes 3 fois par jour pendant 7 jours. Revoir si fièvre."
CUT_SECONDS = 20.0


class Pressure(NamedTuple):
    """What a cuff is told to find."""

    systolic: int
    diastolic: int
    pulse: int

    def order(self, seconds: float) -> dict[str, Any]:
        """For the virtual cuff."""
        return {"instrument": "tensiometre", "do": "measure-pressure", **self._asdict(), "seconds": seconds}


FIRST, DURING_THE_CUT = Pressure(132, 81, 74), Pressure(128, 79, 72)
SATURATION, PULSE = 96, 75
TEMPERATURE, TEMPERATURE_IN_THE_CUT = "37.4", "37.6"
GLUCOSE, WEIGHT = 108, "61.2"
LISTEN_SECONDS = 4
OLDER = (Pressure(171, 98, 88), Pressure(118, 70, 66))
"""In the cuff's memory: of somebody else, and of a time when its clock was not set."""


def finger() -> dict[str, Any]:
    """A finger goes into the oximeter."""
    return {"instrument": "oxymetre", "do": "insert-finger", "saturation": SATURATION, "pulse": PULSE}


def ear(celsius: str) -> dict[str, Any]:
    """The thermometer in the ear."""
    return {"instrument": "thermometre", "do": "measure-temperature", "celsius": celsius, "seconds": 2.0}


def drop() -> dict[str, Any]:
    """A drop of blood on a strip, before breakfast."""
    return {"instrument": "glycemie", "do": "measure-glucose", "milligrams": GLUCOSE, "meal": "fasting", "seconds": 5.0}


def memory(now: datetime) -> list[dict[str, Any]]:
    """What the cuff remembers: a reading of yesterday, and one stamped when its clock began in 2021."""
    times = (now - timedelta(hours=20), datetime(2021, 1, 1, 0, 3))  # noqa: DTZ001 - an instrument's clock has no zone
    return [
        {
            "instrument": "tensiometre",
            "do": "remember-pressure",
            **pressure._asdict(),
            "taken": taken.replace(tzinfo=None, microsecond=0).isoformat(),
        }
        for pressure, taken in zip(OLDER, times, strict=True)
    ]
