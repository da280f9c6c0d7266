# SPDX-License-Identifier: Apache-2.0
"""Provenance (https://hl7.org/fhir/R4/provenance.html): who recorded or corrected what, and the frame behind a number.

The frame itself stays on the cart, in the journal: its SHA-256 names it, so that anyone who is shown it can check it.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from uuid import UUID

from device.people import Operator
from sync.fhir import people
from sync.fhir.elements import Json, coding, concept, instant, reference
from sync.fhir.source import Arc, Source

_PLACED = "Trame brute de l’instrument : empreinte SHA-256 de ses octets, conservés sur le chariot"


def recorded(  # noqa: PLR0913 - one argument an element
    source: Source,
    identity: UUID,
    targets: Sequence[str],
    at: datetime,
    *,
    by: Operator,
    frame: str = "",
    device: str = "",
    typed: bool = False,
) -> Json:
    """A group recorded ``at``: the instrument (``Device/id``), the cart that read it, who was beside the patient."""
    agents = [_person(source, by, "enterer" if typed else "performer"), _machine(source)]
    if device:
        agents.append({"type": _role("author"), "who": {"reference": device}})
    made = _provenance(source, identity, targets, at, agents) | {"activity": concept(coding("operation", "CREATE"))}
    if frame:
        digest = sha256(bytes.fromhex(frame)).hexdigest()
        what = {"identifier": source.identifier(Arc.FRAME, digest), "display": _PLACED}
        made["entity"] = [{"role": "source", "what": what}]
    return made


def corrected(source: Source, identity: UUID, targets: Sequence[str], at: datetime, *, by: Operator, why: str) -> Json:
    """Why resources read differently since ``at``, and who says so."""
    made = _provenance(source, identity, targets, at, [_person(source, by, "author"), _machine(source)])
    return made | {"activity": concept(coding("operation", "UPDATE")), "reason": [concept(text=why)]}


def _provenance(source: Source, identity: UUID, targets: Sequence[str], at: datetime, agents: list[Json]) -> Json:
    return {
        "resourceType": "Provenance",
        "id": str(identity),
        "meta": {"source": source.uri},
        "target": [{"reference": target} for target in targets],
        "recorded": instant(at, source.zone),
        "agent": agents,
    }


@lru_cache(maxsize=128)
def _person(source: Source, person: Operator, role: str) -> Json:
    return {"type": _role(role), "who": people.who(source, person)}


@lru_cache(maxsize=16)
def _machine(source: Source) -> Json:
    return {"type": _role("assembler"), "who": reference("Device", source.device, source.label)}


def _role(code: str) -> Json:
    return concept(coding("provenance-agent", code))
