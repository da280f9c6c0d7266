# SPDX-License-Identifier: Apache-2.0
"""What the endpoint received, as plain data: so that a script can assert that nothing is lost and nothing doubled."""

from collections import Counter
from pathlib import Path
from typing import Any

from virtual.records.store import Store, encode


def exported(store: Store) -> dict[str, Any]:
    """``resources``: the newest version of each with its number of ``versions``; ``counts`` by type; ``doubled``: the
    identifiers that more than one resource carries; ``requests``: every one, in order."""
    resources: list[dict[str, Any]] = [
        {
            "type": one.type,
            "id": one.id,
            "versions": one.version,
            "updated": one.updated,
            "bytes": _size(one.data),
            "body": one.body,
        }
        for one in store.all()
    ]
    return {
        "resources": resources,
        "counts": dict(sorted(Counter(one["type"] for one in resources).items())),
        "doubled": doubled([one["body"] for one in resources]),
        "requests": [received._asdict() for received in store.requests()],
    }


def doubled(bodies: list[dict[str, Any]]) -> list[str]:
    """``Type system|value`` of identifiers that stand in more than one resource of a type."""
    seen: Counter[str] = Counter()
    for body in bodies:
        kind = body["resourceType"]
        found = body.get("identifier", [])
        seen.update({f"{kind} {one.get('system', '')}|{one['value']}" for one in found if "value" in one})
    return sorted(name for name, count in seen.items() if count > 1)


def write_export(store: Store, path: Path) -> None:
    """Write the export as JSON."""
    path.write_bytes(encode(exported(store)))


def _size(data: bytes | None) -> int | None:
    return None if data is None else len(data)
