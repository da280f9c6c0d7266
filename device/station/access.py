# SPDX-License-Identifier: Apache-2.0
"""Who may sign in: named operators, each with a six-digit PIN kept as an argon2id hash (RFC 9106)."""

import asyncio
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from device.errors import ConfigurationError, Refusal
from device.people import Operator

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""OWASP's smallest recommended argon2id setting: the box may have 2 GB and checks one PIN at a time."""
TRIES = 5
LOCK_SECONDS = 60.0


class _Row(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    name: str
    profession: str
    pin: str
    rpps: Annotated[str, msgspec.Meta(pattern=r"^(\d{11})?$")] = ""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    operator: list[_Row]


class Operators:
    """The named operators of this cart and their PINs."""

    def __init__(self, rows: dict[Operator, str], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._hashes = {operator.id: pin for operator, pin in rows.items()}
        self._operators = {operator.id: operator for operator in rows}
        self._wrong: dict[str, int] = {}
        self._locked_until: dict[str, float] = {}
        self._monotonic = monotonic

    @classmethod
    def load(cls, path: Path) -> "Operators":
        """Read ``operators.toml``. Raises ConfigurationError naming the file and the row."""
        line = "La liste des accompagnants est illisible. Appelez le technicien."
        try:
            file = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _File)
        except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
            raise ConfigurationError(1, line, f"{path.name}: {error}") from error
        rows: dict[Operator, str] = {}
        for number, row in enumerate(file.operator):
            if not row.pin.startswith("$argon2id$"):
                raise ConfigurationError(
                    1, line, f"{path.name}: operator[{number}] ({row.id}): pin is not an argon2id hash"
                )
            rows[Operator(row.id, row.name, row.profession, row.rpps)] = row.pin
        return cls(rows)

    @property
    def all(self) -> tuple[Operator, ...]:
        """Every operator, in the file's order."""
        return tuple(self._operators.values())

    async def check(self, operator: str, pin: str) -> Operator:
        """The operator, when the PIN is theirs. Raises Refusal, and locks for a minute after five wrong PINs."""
        wait = self._locked_until.get(operator, 0.0) - self._monotonic()
        if wait > 0:
            raise Refusal(3, f"Trop d’essais. Réessayez dans {int(wait) + 1} s.")
        known = self._operators.get(operator)
        if known is None:
            raise Refusal(2, "Cette personne n’est pas connue de ce chariot.")
        if await asyncio.to_thread(_matches, self._hashes[operator], pin):
            self._wrong.pop(operator, None)
            return known
        self._wrong[operator] = self._wrong.get(operator, 0) + 1
        if self._wrong[operator] >= TRIES:
            del self._wrong[operator]
            self._locked_until[operator] = self._monotonic() + LOCK_SECONDS
            raise Refusal(3, "Trop d’essais. Réessayez dans une minute.")
        raise Refusal(1, "Ce code n’est pas le bon. Recommencez.")


def _matches(hashed: str, pin: str) -> bool:
    try:
        return HASHER.verify(hashed, pin)
    except (VerificationError, InvalidHashError):
        return False
