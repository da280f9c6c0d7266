# SPDX-License-Identifier: Apache-2.0
"""The people of a lane as steps: each once, where the server has no directory of its own. Pure."""

from collections.abc import Iterator

from device.entry import Entry
from sync.fhir.people import Person, person_id, practitioner, role, sent
from sync.fhir.source import Source
from sync.step import Rank, Step, step


class Persons:
    """Who is named by the resources of one lane, and the steps that must come first."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._steps: dict[str, Step] = {}

    def needs(self, person: Person, entry: Entry) -> tuple[str, ...]:
        """The key that a resource naming ``person`` needs; ``entry`` is where they were first named."""
        if not sent(self._source, person):
            return ()
        key = f"Practitioner/{person_id(self._source, person)}"
        if key not in self._steps:
            made = step(Rank.PERSON, practitioner(self._source, person), entry, needs=(), shared=True)
            self._steps[key] = made
            what = role(self._source, person)
            needs = (key, f"Organization/{self._source.organization_id}") if "organization" in what else (key,)
            found = step(Rank.PERSON, what, entry, needs=needs, shared=True)
            self._steps[found.key] = found
        return (key,)

    def steps(self) -> Iterator[Step]:
        """Everyone named so far, in that order."""
        yield from self._steps.values()
