# SPDX-License-Identifier: Apache-2.0
"""Answers of the endpoint: OperationOutcome resources and the error that carries one."""

from collections.abc import Sequence
from typing import Any

from virtual.records.strict import Fault

_STATUS_CODES = {
    400: "invalid", 401: "login", 403: "forbidden", 404: "not-found", 405: "not-supported", 409: "conflict",
    410: "deleted", 412: "conflict", 413: "too-costly", 415: "not-supported", 422: "processing", 429: "throttled",
    500: "exception", 503: "transient",
}  # fmt: skip


def outcome(issues: Sequence[Fault]) -> dict[str, Any]:
    """An OperationOutcome of errors."""
    return {
        "resourceType": "OperationOutcome",
        "issue": [
            {"severity": "error", "code": code, "diagnostics": f"{where}: {what}" if where else what}
            | ({"expression": [where]} if where else {})
            for where, what, code in issues
        ],
    }


class Refused(Exception):  # noqa: N818 - the server's side of a refusal, never seen by the cart
    """A request that is answered with a status and an OperationOutcome."""

    def __init__(self, status: int, *issues: Fault) -> None:
        super().__init__(status)
        self.status = status
        self.outcome = outcome(issues)


def refused(status: int, what: str, where: str = "") -> Refused:
    """A refusal with one issue."""
    return Refused(status, Fault(where, what, _STATUS_CODES.get(status, "processing")))
