# SPDX-License-Identifier: Apache-2.0
"""The accompanying person and the doctor: logical references. The hospital has its own directory of professionals; a
cart does not write in it."""

from device.people import Operator, Practitioner
from sync.fhir.elements import Json
from sync.fhir.source import Arc, Source


def operator(source: Source, person: Operator) -> Json:
    """A nurse or another accompanying person, by the cart's own number."""
    return {
        "type": "Practitioner",
        "identifier": source.identifier(Arc.OPERATOR, person.id),
        "display": f"{person.name} ({person.profession})",
    }


def practitioner(source: Source, person: Practitioner) -> Json:
    """A doctor of the call, by the name that the rendezvous server gave."""
    return {
        "type": "Practitioner",
        "identifier": source.identifier(Arc.PRACTITIONER, person.peer),
        "display": person.name,
    }
