# SPDX-License-Identifier: Apache-2.0
"""What a technician reads while an instrument is enrolled or tested."""

from datetime import timedelta

from device.enrolment import Step
from device.errors import ChevetError
from device.words import the

WAITING, SIGNAL, BOND, LINK, SERIAL, SERVICES, CLOCK, BATTERY, FRAME = (
    "attente",
    "signal",
    "appairage",
    "liaison",
    "numéro de série",
    "services",
    "horloge",
    "pile",
    "mesure",
)
FAR = -85
"""dBm under which a link is at the mercy of a door."""
LOW = 20


def waiting(kind: str) -> Step:
    """It must show itself first."""
    return Step(
        WAITING, passed=True, line=f"Allumez {the(kind)} ; s’il ne se montre qu’après une mesure, faites-en une."
    )


def pairing(kind: str) -> Step:
    """It must be willing to pair."""
    return Step(WAITING, passed=True, line=f"Mettez {the(kind)} en mode d’appairage (voir son guide).")


def failed(name: str, error: ChevetError) -> Step:
    """It did not work."""
    return Step(name, passed=False, line=error.line, code=error.code)


def signal(rssi: int | None) -> Step:
    """How it is received."""
    if rssi is None:
        return Step(SIGNAL, passed=True, line="reçu")
    return Step(SIGNAL, passed=True, line=f"{rssi} dBm{', faible' if rssi < FAR else ''}".replace("-", "−"))


def serial(number: str) -> Step:
    """Who it is."""
    return Step(SERIAL, passed=True, line=number)


def clock(offset: float | None, *, is_set: bool) -> Step:
    """What its clock showed, and whether ours is on it now."""
    if offset is None:
        return Step(CLOCK, passed=True, line="mise à l’heure" if is_set else "pas d’horloge lisible")
    gap = f"décalage de {_duration(offset)}"
    if is_set:
        return Step(CLOCK, passed=True, line=f"{gap}, remise à l’heure")
    return Step(CLOCK, passed=False, line=f"{gap}, et elle ne garde pas l’heure : ses mesures seront mises de côté")


def battery(percent: int | None) -> Step:
    """What is left in it."""
    if percent is None:
        return Step(BATTERY, passed=True, line="non indiquée")
    return Step(BATTERY, passed=percent > LOW, line=f"{percent} %{'' if percent > LOW else ', à changer'}")


def _duration(seconds: float) -> str:
    gap = timedelta(seconds=round(abs(seconds)))
    if gap.days:
        return f"{gap.days} jour{'s' if gap.days > 1 else ''}"
    if gap.seconds >= 60:  # noqa: PLR2004 - a minute
        return f"{gap.seconds // 60} min"
    return f"{gap.seconds} s"
