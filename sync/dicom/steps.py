# SPDX-License-Identifier: Apache-2.0
"""From the entries of one encounter to the images that a PACS must hold. Pure.

A capture that was taken for another person, or by mistake, is not sent; when it was already, a rejection note follows
it, by which the archive hides it (IHE RAD TF-2 4.66, Image Object Change Management): nothing is erased anywhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import cast

from device.entry import CaptureTaken, EncounterClosed, EncounterOpened, Entry, Outcome
from sync.course import Course
from sync.dicom.image import Study, image
from sync.dicom.rejection import note
from sync.fhir.source import Source
from sync.step import Rank, Step, canonical

_NO_FILE = "Une image est introuvable sur le chariot."
JPEG = "image/jpeg"


def instances(source: Source, entries: Sequence[Entry], hashes: Mapping[str, str]) -> tuple[Step, ...]:
    """A step for each photograph, and for each rejection, in order. ``hashes`` names the files that could be read."""
    course = Course(entries)
    if course.opened is None:
        return ()
    opening = cast("EncounterOpened", course.opened.body)
    opened = course.opened
    study = Study(source, opened.encounter, opened.instant.wall, opening.patient, opening.operator)
    return tuple(_steps(study, course, hashes))


def _steps(study: Study, course: Course, hashes: Mapping[str, str]) -> Iterator[Step]:
    cameras: list[str] = []
    closing = course.closed
    wrong = closing if closing and cast("EncounterClosed", closing.body).outcome is Outcome.WRONG_PATIENT else None
    photographs = [one for one in course.kept if isinstance(one.body, CaptureTaken) and one.body.media_type == JPEG]
    for number, entry in enumerate(photographs, 1):
        body = cast("CaptureTaken", entry.body)
        if body.camera not in cameras:
            cameras.append(body.camera)
        made = image(study, entry.id, body, series=cameras.index(body.camera) + 1, number=number)
        error = wrong or course.errors.get(entry.id)
        stored = Step(
            key=f"Instance/{entry.id}",
            rank=Rank.DOCUMENT,
            entry=entry,
            sources=frozenset({entry.id}),
            sequence=entry.sequence,
            digest=sha256(canonical(made) + body.sha256.encode()).hexdigest(),
            resource=made,
            held="" if body.sha256 in hashes else _NO_FILE,
            attachment=body.sha256,
            media_type=body.media_type,
            withdrawn=error is not None,
        )
        yield stored
        if error is not None:
            said = note(study, entry, made, error.instant.wall, wrong=wrong is not None)
            yield Step(
                key=f"Rejection/{entry.id}",
                rank=Rank.DOCUMENT,
                entry=error,
                sources=frozenset({error.id}),
                sequence=max(entry.sequence, error.sequence),
                digest=sha256(canonical(said)).hexdigest(),
                resource=said,
                needs=(stored.key,),
            )
