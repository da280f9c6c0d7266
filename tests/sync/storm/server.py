# SPDX-License-Identifier: Apache-2.0
"""The strict endpoint of a storm: it notes each version that it makes and each refusal of its own, its line can be cut,
and it sees nothing more of a process that died."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.sync.storm.given import Version
from tests.sync.storm.schedule import Line
from virtual.records import Records, Store, Stored
from virtual.records.outcome import Refused


@cache
def authority() -> bytes:
    """A certificate: reading all of the system's for each process that is born would take longer than its life."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "storm")])
    dates = now - timedelta(days=1), now + timedelta(days=1)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), *dates)
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


class Noted(Store):
    """A store in memory that remembers the order of its versions."""

    writes: list[Version]

    def write(self, kind: str, identity: str, body: dict[str, Any], data: bytes | None = None) -> tuple[Stored, bool]:
        stored, made = super().write(kind, identity, body, data)
        if made:
            self.writes.append(Version(f"{kind}/{identity}", body if data is None else data))
        return stored, made


class Server(Records):
    """``moment`` is called at each moment of an exchange."""

    def __init__(self, moment: Callable[[], None], *, gives_ids: bool = False) -> None:
        store = Noted.open(Path(":memory:"))
        store.writes = []
        super().__init__(store, gives_ids=gives_ids)
        self.noted = store
        self.line: Line | None = None
        self.dead = False
        self.refusals: list[str] = []
        self.on_exchange = lambda *_: moment()
        check = self.exchange.check

        def checked(resource: dict[str, Any]) -> None:
            try:
                check(resource)
            except Refused as refusal:
                self.refusals.append(f"{resource['resourceType']}/{resource.get('id')}: {refusal.outcome['issue']}")
                raise

        self.exchange.check = checked  # type: ignore[method-assign]

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if self.dead or self.line is Line.DROPPED:
            return await self._no_answer(request, cut=True)
        if self.line is Line.DEAF:
            return await self._no_answer(request, cut=False)
        answer = await super()._handle(request)
        if self.line is not None and not answer.prepared:
            return await self._no_answer(request, cut=True)
        return answer
