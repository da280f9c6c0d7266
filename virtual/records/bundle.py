# SPDX-License-Identifier: Apache-2.0
"""Batch and transaction bundles (FHIR R4 http.html §3.1.0.11): a status for each entry; transactions are atomic."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from virtual.records.exchange import Exchange, Interaction, Result
from virtual.records.outcome import Refused, refused

Intercept = Callable[[str, str], Refused | None]
"""(method, path) of an entry -> what to answer instead, or None."""

MAX_ENTRIES = 200


def carry_out(exchange: Exchange, body: object, intercept: Intercept) -> dict[str, Any]:
    """Carry out a bundle. Raises Refused for one that is no bundle, or for a transaction's first failure."""
    kind, entries = _entries(body)
    if kind == "batch":
        answers = [_attempt(exchange, entry, intercept) for entry in entries]
    else:
        with exchange.store.transaction():
            answers = _transaction(exchange, entries, intercept)
    return {"resourceType": "Bundle", "type": f"{kind}-response", "entry": answers}


def _entries(body: object) -> tuple[str, list[dict[str, Any]]]:
    if not isinstance(body, dict) or body.get("resourceType") != "Bundle":
        raise refused(400, "a Bundle is expected at the base")
    kind, entries = body.get("type"), body.get("entry")
    if kind not in {"batch", "transaction"}:
        raise refused(400, f"bundles of type {kind!r} are not taken", "Bundle.type")
    if not isinstance(entries, list) or not entries:
        raise refused(400, "needs entries", "Bundle.entry")
    if len(entries) > MAX_ENTRIES:
        raise refused(413, f"more than {MAX_ENTRIES} entries", "Bundle.entry")
    for index, entry in enumerate(entries):
        request = entry.get("request") if isinstance(entry, dict) else None
        if not isinstance(request, dict) or not {"method", "url"} <= request.keys():
            raise refused(400, "needs a request with a method and a url", f"Bundle.entry[{index}].request")
    urls = [(e["request"]["method"], e["request"]["url"]) for e in entries if e["request"]["method"] == "PUT"]
    if len(set(urls)) < len(urls):
        raise refused(400, "one resource stands twice in the bundle", "Bundle.entry")
    return str(kind), entries


def _interaction(entry: dict[str, Any]) -> Interaction:
    request = entry["request"]
    url = urlsplit(request["url"])
    return Interaction(
        request["method"],
        url.path,
        url.query,
        entry.get("resource"),
        request.get("ifNoneExist", ""),
        request.get("ifMatch", ""),
    )


def _attempt(exchange: Exchange, entry: dict[str, Any], intercept: Intercept) -> dict[str, Any]:
    """One entry of a batch: its failure is its own."""
    interaction = _interaction(entry)
    try:
        if refusal := intercept(interaction.method, interaction.path):
            raise refusal
        return _answer(exchange.carry_out(interaction))
    except Refused as refusal:
        return {"response": {"status": str(refusal.status), "outcome": refusal.outcome}}


def _transaction(exchange: Exchange, entries: list[dict[str, Any]], intercept: Intercept) -> list[dict[str, Any]]:
    """Every entry, creations first; references to a fullUrl become references to what was made of it."""
    order = sorted(range(len(entries)), key=lambda index: entries[index]["request"]["method"] != "POST")
    places: dict[str, str] = {}
    answers: dict[int, dict[str, Any]] = {}
    for index in order:
        entry = entries[index]
        interaction = _interaction({**entry, "resource": _resolved(entry.get("resource"), places)})
        if refusal := intercept(interaction.method, interaction.path):
            raise refusal
        result = exchange.carry_out(interaction)
        if result.stored and "fullUrl" in entry:
            places[entry["fullUrl"]] = f"{result.stored.type}/{result.stored.id}"
        answers[index] = _answer(result)
    return [answers[index] for index in range(len(entries))]


def _resolved(value: Any, places: dict[str, str]) -> Any:  # noqa: ANN401 - any JSON
    """``value`` with the references to ``places`` rewritten; nothing else is."""
    if isinstance(value, dict):
        made = {name: _resolved(child, places) for name, child in value.items()}
        if isinstance(target := made.get("reference"), str):
            made["reference"] = places.get(target, target)
        return made
    return [_resolved(child, places) for child in value] if isinstance(value, list) else value


def _answer(result: Result) -> dict[str, Any]:
    response: dict[str, Any] = {"status": str(result.status)}
    if result.stored is None:
        return {"resource": result.resource, "response": response}
    stored = result.stored
    response |= {
        "location": f"{stored.type}/{stored.id}/_history/{stored.version}",
        "etag": f'W/"{stored.version}"',
        "lastModified": stored.updated,
    }
    return {"response": response}
