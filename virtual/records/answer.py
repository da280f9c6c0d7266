# SPDX-License-Identifier: Apache-2.0
"""What the endpoint puts on the wire."""

import asyncio
from typing import Any, NamedTuple, Self

from aiohttp import web

from virtual.records.exchange import Result
from virtual.records.outcome import Refused
from virtual.records.shapes import resource_types
from virtual.records.store import Stored, encode, moment

FHIR_JSON = "application/fhir+json"


class Answer(NamedTuple):
    """Status, body, media type and headers."""

    status: int
    body: bytes
    media: str
    headers: dict[str, str]

    @classmethod
    def of(cls, status: int, resource: dict[str, Any]) -> Self:
        """A resource as FHIR JSON."""
        return cls(status, encode(resource), FHIR_JSON, {})

    @classmethod
    def of_stored(cls, status: int, stored: Stored) -> Self:
        """A stored resource with its version and place."""
        place = f"{stored.type}/{stored.id}/_history/{stored.version}"
        headers = {"ETag": f'W/"{stored.version}"', "Location": place}
        return cls(status, encode(stored.body), FHIR_JSON, headers)

    @classmethod
    def of_result(cls, result: Result, *, raw: bool) -> Self:
        """What an interaction gave; a Binary's own bytes for whoever does not ask for JSON (``raw``)."""
        if result.stored is None:
            return cls.of(result.status, result.resource)
        if raw and result.stored.data is not None:
            return cls(result.status, result.stored.data, result.resource["contentType"], {})
        return cls.of_stored(result.status, result.stored)

    def elsewhere(self) -> Self:
        """The same answer about another identity."""
        other = {"resourceType": "Basic", "id": "not-what-you-sent"}
        return self._replace(body=encode(other), headers={"Location": "Basic/not-what-you-sent/_history/1"})

    def response(self) -> web.Response:
        """For aiohttp."""
        return web.Response(status=self.status, body=self.body, content_type=self.media, headers=self.headers)


def answer_to(refusal: Refused, *, retry_after: int | None = None) -> Answer:
    """A refusal with its OperationOutcome."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Answer(refusal.status, encode(refusal.outcome), FHIR_JSON, headers)


async def drip(request: web.Request, answer: Answer, *, whole: bool) -> web.StreamResponse:
    """Answer one byte a second, or (not ``whole``) one half and then drop the connection."""
    response = web.StreamResponse(status=answer.status, headers={**answer.headers, "Content-Type": answer.media})
    response.content_length = len(answer.body)
    await response.prepare(request)
    if not whole:
        await response.write(answer.body[: len(answer.body) // 2])
        if request.transport is not None:
            request.transport.abort()
        return response
    for byte in answer.body:
        await response.write(bytes([byte]))
        await asyncio.sleep(1)
    return response


def capability() -> dict[str, Any]:
    """The CapabilityStatement (GET metadata)."""
    interactions = [{"code": code} for code in ("read", "vread", "update", "create", "search-type")]
    search = [{"name": "identifier", "type": "token"}, {"name": "_id", "type": "token"}]
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": moment(),
        "kind": "instance",
        "software": {"name": "Chevet virtual records endpoint"},
        "implementation": {"description": "Strict endpoint for tests and demonstration"},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "rest": [
            {
                "mode": "server",
                "resource": [
                    {
                        "type": kind,
                        "interaction": interactions,
                        "versioning": "versioned",
                        "updateCreate": True,
                        "conditionalCreate": True,
                        "referencePolicy": ["literal", "logical", "enforced"],
                        "searchParam": search,
                    }
                    for kind in sorted(resource_types())
                ],
                "interaction": [{"code": "batch"}, {"code": "transaction"}],
            }
        ],
    }
