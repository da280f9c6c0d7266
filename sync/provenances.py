# SPDX-License-Identifier: Apache-2.0
"""Who recorded each group of measurements and from which frame, and who corrected what: Provenance as steps. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import cast
from uuid import UUID

from device.entry import EncounterOpened, EnteredInError, Entry, MeasurementConfirmed, MeasurementRecorded
from sync.course import Course
from sync.fhir.provenance import corrected, recorded
from sync.fhir.source import Source, measured
from sync.persons import Persons
from sync.step import Rank, Step, step

_CONFIRMED = "Valeur inhabituelle, confirmée par l’accompagnant"
_CORRECTED = frozenset({Rank.CONSENT, Rank.OBSERVATION, Rank.DOCUMENT})


def provenances(source: Source, course: Course, found: Sequence[Step], persons: Persons) -> Iterator[Step]:
    """One for each recorded group, and one for each correction, of the resources that the steps ``found`` make."""
    if course.opened is None:
        return
    opening = cast("EncounterOpened", course.opened.body)
    about: dict[UUID, list[Step]] = defaultdict(list)
    for one in found:
        about[one.entry.id].append(one)
    for entry in course.recorded:
        body = cast("MeasurementRecorded", entry.body)
        by = body.by or opening.operator
        observed = [one for one in about[entry.id] if one.rank is Rank.OBSERVATION]
        made = recorded(
            source,
            measured(entry.id, "provenance"),
            [one.key for one in observed],
            entry.instant.wall,
            by=by,
            frame=body.provenance.frame,
            device=_instrument(observed),
            typed=body.provenance.manual,
        )
        needs = (*(one.key for one in observed), *persons.needs(by, entry))
        yield step(Rank.PROVENANCE, made, entry, needs=needs)
    for entry in (*course.errors.values(), *course.confirmed.values()):
        yield from _corrected(source, entry, about, persons)


def _corrected(source: Source, entry: Entry, about: Mapping[UUID, Sequence[Step]], persons: Persons) -> Iterator[Step]:
    """Nothing when it corrects what is not sent."""
    body = cast("EnteredInError | MeasurementConfirmed", entry.body)
    wrong = [one for one in about.get(body.entry, ()) if one.rank in _CORRECTED and one.resource]
    if wrong:
        why = f"Saisie par erreur : {body.reason}" if isinstance(body, EnteredInError) else _CONFIRMED
        keys = tuple(one.key for one in wrong)
        made = corrected(source, measured(entry.id, "correction"), keys, entry.instant.wall, by=body.by, why=why)
        yield step(
            Rank.PROVENANCE, made, entry, needs=(*keys, f"Device/{source.device}", *persons.needs(body.by, entry))
        )


def _instrument(observed: Sequence[Step]) -> str:
    """The instrument that a group names, ``Device/id``; "" for values typed in."""
    return next((str(one.resource["device"]["reference"]) for one in observed if "device" in one.resource), "")
