# SPDX-License-Identifier: Apache-2.0
"""Three validators that know nothing of each other: fhir.resources (R4B, Python), npm ``fhir`` (R4, node), and our own
table of the profiles' invariants. None of them catches everything; together they are what the resources must pass."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

from sync.step import canonical
from virtual.records.store import decode
from virtual.records.strict import faults

HERE = Path(__file__).parent
NODE_SECONDS = 120.0
Resource = dict[str, Any]


def installed() -> bool:
    """Whether npm ``fhir`` can run here: node, and what ``./chevet test peers`` installs."""
    return shutil.which("node") is not None and (HERE / "node_modules" / "fhir").is_dir()


def by_python(resources: Sequence[Resource]) -> list[list[str]]:
    """What fhir.resources finds wrong in each. It has no R4: R4B, the same for every type sent here."""
    return [_python(one) for one in resources]


def by_node(resources: Sequence[Resource]) -> list[list[str]]:
    """What npm ``fhir`` finds wrong in each."""
    lines = b"\n".join(canonical(one) for one in resources)
    told = subprocess.run(
        ["node", str(HERE / "validate.mjs")],
        input=lines,
        capture_output=True,
        check=True,
        timeout=NODE_SECONDS,
        cwd=HERE,
    )
    return [json.loads(line) for line in told.stdout.splitlines()]


def by_table(resources: Sequence[Resource]) -> list[list[str]]:
    """What the strict endpoint's rules and the profiles' invariants find wrong in each."""
    return [[f"{one.where}: {one.what}" for one in faults(decode(canonical(resource)))] for resource in resources]


def validate(resources: Iterable[Resource], *, node: bool = True) -> dict[str, list[str]]:
    """What any of them finds wrong, by ``Type/id``; empty when every resource passes them all."""
    every = list(resources)
    ways: list[Callable[[Sequence[Resource]], list[list[str]]]] = [by_python, by_table, *([by_node] if node else [])]
    wrong: dict[str, list[str]] = {}
    for way in ways:
        for resource, found in zip(every, way(every), strict=True):
            if found:
                name = f"{resource['resourceType']}/{resource.get('id', '')}"
                wrong.setdefault(name, []).extend(f"{way.__name__}: {one}" for one in found)
    return wrong


def _python(resource: Resource) -> list[str]:
    try:
        get_fhir_model_class(str(resource["resourceType"])).model_validate_json(canonical(resource))
    except ValidationError as error:
        return [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
    return []
