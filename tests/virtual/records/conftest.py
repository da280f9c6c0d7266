# SPDX-License-Identifier: Apache-2.0
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from virtual.records import Records, Store

TOKEN = "only-for-tests"  # noqa: S105 - of the test's own server


@dataclass
class Desk:
    records: Records
    base: str
    session: aiohttp.ClientSession

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, Mapping[str, str]]:
        data = body if isinstance(body, bytes | None) else json.dumps(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named.setdefault("Content-Type", "application/fhir+json")
        url = f"{self.base}/{path}" if path else self.base
        async with self.session.request(method, url, data=data, headers=named) as answer:
            raw = await answer.read()
            is_json = answer.content_type.endswith("json")
            return answer.status, json.loads(raw) if is_json else raw, answer.headers


@pytest.fixture
async def desk(tmp_path):
    records = Records(Store.open(tmp_path / "records.db"), token=TOKEN, control=True, max_bytes=1 << 16)
    base = await records.start()
    timeout = aiohttp.ClientTimeout(total=5)
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}, timeout=timeout) as session:
        yield Desk(records, base, session)
    await records.stop()
    records.store.close()
