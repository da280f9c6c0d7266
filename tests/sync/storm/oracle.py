# SPDX-License-Identifier: Apache-2.0
"""What must be true of a server after a storm, told from the journal and from what the server wrote alone. Pure.

Lost: a resource that the journal's entries come to is not there, or not as it reads at the end. Doubled: there is
another one, or one version twice. Out of order: a resource went back to what it was before a later entry, an encounter
was finished before what belongs to it or begun again after, or something came before what it refers to.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from sync.lanes import Derive
from sync.profile import query
from sync.step import Rank, Step
from sync.steps import steps
from tests.sync.storm.given import Write, digest
from tests.sync.storm.tale import Tale
from tests.sync.story import SOURCE


class Expected(NamedTuple):
    """What a journal comes to: ``last`` by place; ``ages``: when each reading of each place held, by its digest;
    ``ends`` what finishes an encounter, by its digest; ``lanes`` the steps of each; ``stuck`` the keys of what cannot
    go yet, or need not any more; ``names`` the places by the search for each; ``files`` those that bring a file."""

    last: Mapping[str, Step]
    ages: Mapping[str, Mapping[str, tuple[int, ...]]]
    ends: Mapping[str, UUID]
    lanes: Mapping[UUID, tuple[Step, ...]]
    stuck: frozenset[str]
    names: Mapping[str, str]
    files: frozenset[str]


def expected(tale: Tale, hashes: Mapping[str, str], derive: Derive = steps) -> Expected:
    """What a server that is sent what ``derive`` makes must come to hold."""
    last: dict[str, Step] = {}
    ages: dict[str, dict[str, tuple[int, ...]]] = {}
    ends: dict[str, UUID] = {}
    lanes: dict[UUID, tuple[Step, ...]] = {}
    stuck: set[str] = set()
    names: dict[str, str] = {}
    for lane in tale.lanes:
        for entries in tale.prefixes(lane):
            lanes[lane] = derive(SOURCE, entries, hashes)
            for one in lanes[lane]:
                when = one.sequence if one.shared else entries[-1].sequence
                known = ages.setdefault(one.place, {})
                reads = reading(one)
                known[reads] = (*known.get(reads, ()), when)
                if one.rank is Rank.END:
                    ends[reads] = lane
                if one.resource:
                    names[f"{one.type}?{query(one)}"] = one.place
        for one in lanes[lane]:
            before = last.get(one.place)
            if one.held or one.withdrawn or not stuck.isdisjoint(one.needs):
                stuck.add(one.key)
            elif before is None or not one.shared or one.sequence >= before.sequence:
                last[one.place] = one
    files = frozenset(one.place for one in last.values() if one.attachment and one.resource)
    return Expected(last, ages, ends, lanes, frozenset(stuck), names, files)


def reading(one: Step) -> str:
    """The SHA-256 of what is sent of a step, a file's bytes within its document left out."""
    return digest(one.resource) if one.resource else one.digest


def faults(told: Expected, writes: Sequence[Write]) -> Iterator[str]:
    """What is wrong with a server's writes."""
    held: dict[str, str] = {}
    age: dict[str, int] = {}
    over: set[UUID] = set()
    for number, (place, reads) in enumerate(writes):
        when = [one for one in told.ages.get(place, {}).get(reads, ()) if one >= age.get(place, 0)]
        if not when:
            known = reads in told.ages.get(place, {})
            yield f"write {number}: {place} {'went back' if known else 'reads as nothing that the journal says'}"
        else:
            age[place] = min(when)
        if (lane := told.ends.get(reads)) is not None:
            over.add(lane)
        elif place.startswith("Encounter/") and UUID(place.partition("/")[2]) in over:
            yield f"write {number}: {place} begun again after its end"
        held[place] = reads
    yield from _missing(told, held)


def _missing(told: Expected, held: Mapping[str, str]) -> Iterator[str]:
    for place, one in told.last.items():
        if place not in held:
            yield f"lost: {place}"
        elif held[place] != reading(one):
            yield f"lost: {place} is not what it became"
    for place in held.keys() - told.ages.keys():
        yield f"doubled: {place} is of no entry"
