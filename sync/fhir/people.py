# SPDX-License-Identifier: Apache-2.0
"""The accompanying person and the doctor: Practitioner and PractitionerRole (FR Core), and references to them.

A person with an RPPS number is the same on every cart, and so is an operator of the establishment. A doctor without one
is a name that the rendezvous server gave for one call: a reference by that name, never a resource, which nobody could
know again. A hospital with a directory of its own gets references by number and name only.
"""

from functools import lru_cache
from uuid import UUID

from device.people import Operator, Practitioner
from sync.fhir.elements import Json, coding, concept, reference, term
from sync.fhir.profiles import PROFILES, SYSTEMS
from sync.fhir.source import Arc, Source

Person = Operator | Practitioner
_DOCTOR = "médecin"


@lru_cache(maxsize=128)
def person_id(source: Source, person: Person) -> UUID:
    """The Practitioner's identity."""
    if person.rpps:
        return source.identity("rpps", person.rpps)
    if isinstance(person, Operator):
        return source.identity("operator", person.id)
    return source.identity("practitioner", person.peer)


@lru_cache(maxsize=128)
def role_id(source: Source, person: Person) -> UUID:
    """The PractitionerRole's identity."""
    return source.identity("role", str(person_id(source, person)), profession(person))


def sent(source: Source, person: Person) -> bool:
    """Whether the cart sends a resource for a person."""
    return source.sends_directory and (isinstance(person, Operator) or bool(person.rpps))


def profession(person: Person) -> str:
    """The French word for what somebody is."""
    return person.profession if isinstance(person, Operator) else _DOCTOR


@lru_cache(maxsize=128)
def who(source: Source, person: Person) -> Json:
    """A reference to a person; one and the same dictionary each time."""
    found: Json = {"type": "Practitioner", "identifier": _identifiers(source, person)[0]}
    found["identifier"] = {name: found["identifier"][name] for name in ("system", "value")}
    if sent(source, person):
        found |= reference("Practitioner", person_id(source, person))
    return found | {"display": signature(person)}


def signature(person: Person) -> str:
    """A person as a reader knows them."""
    return f"{person.name} ({person.profession})" if isinstance(person, Operator) else person.name


def practitioner(source: Source, person: Person) -> Json:
    """The person."""
    return {
        "resourceType": "Practitioner",
        "id": str(person_id(source, person)),
        "meta": source.meta(PROFILES["practitioner"]),
        "identifier": _identifiers(source, person),
        "active": True,
        "name": [{"text": person.name}],
    }


def role(source: Source, person: Person) -> Json:
    """What the person is; of an operator, in this establishment. Nobody told the cart where a doctor works."""
    word = profession(person)
    coded = term("profession", word.lower())
    made: Json = {
        "resourceType": "PractitionerRole",
        "id": str(role_id(source, person)),
        "meta": source.meta(PROFILES["role"]),
        "identifier": [source.identifier(Arc.ROLE, role_id(source, person))],
        "active": True,
        "practitioner": reference("Practitioner", person_id(source, person), person.name),
        "code": [concept(coded, text=word) if coded else concept(text=word)],
    }
    if isinstance(person, Operator):
        made["organization"] = source.organization
    return made


def _identifiers(source: Source, person: Person) -> list[Json]:
    """The RPPS number first, where there is one; else our own."""
    if person.rpps:
        national = {"system": SYSTEMS["rpps"], "value": person.rpps}
        return [{"use": "official", "type": concept(coding("identifier-type-fr", "RPPS"))} | national]
    own = (Arc.OPERATOR, person.id) if isinstance(person, Operator) else (Arc.PRACTITIONER, person.peer)
    return [{"use": "usual"} | source.identifier(*own)]
