# SPDX-License-Identifier: Apache-2.0
"""When a measurement was taken, as far as the cart can know (FHIR Observation.effectiveDateTime)."""

from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from device.clock import Instant
from device.measurement import Measurement, Provenance

_LATEST = timedelta(seconds=60)
"""How far after its arrival a measurement may say that it was taken."""


class Taken(NamedTuple):
    """The moment, and a French note when it is not simply the moment of arrival by a clock that was set."""

    at: datetime
    note: str = ""


def taken(measurement: Measurement, provenance: Provenance, received: Instant, zone: tzinfo) -> Taken:
    """A live measurement is of the moment of its arrival. One from the instrument's memory is of the instrument's own
    time, corrected by the offset read in the same connection; without such a time, of its arrival, and said so."""
    doubt = "" if received.trusted else "Horloge du chariot non vérifiée."
    if not measurement.stored:
        return Taken(received.wall, doubt)
    own = measurement.taken
    if own is None:
        return Taken(received.wall, _join("Heure de la mesure inconnue : heure de réception.", doubt))
    shown = own.isoformat(sep=" ", timespec="seconds")
    said = f"Mesure de la mémoire de l’instrument, heure affichée par l’instrument : {shown}."
    for moment in _candidates(own.replace(tzinfo=zone), provenance):
        if moment <= received.wall + _LATEST:
            return Taken(moment, _join(said, doubt))
    return Taken(received.wall, _join(said, "Heure réelle inconnue : heure de réception.", doubt))


def _candidates(own: datetime, provenance: Provenance) -> list[datetime]:
    """The likeliest first. An offset of the clock before it was set tells the truth about what was measured before."""
    if provenance.clock_offset is not None:
        return [own - timedelta(seconds=provenance.clock_offset), own]
    return [own] if provenance.clock_set else []


def _join(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)
