# SPDX-License-Identifier: Apache-2.0
"""Small readings of what servers say: places, delays, OperationOutcomes."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from sync.fhir.elements import Json

MAX_WORDS = 500
_PLACE = re.compile(r"(?:^|/)([A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64})(?:/_history/[^/]+)?/?$")


def place_of(location: str) -> str:
    """``Type/id`` of a Location, absolute or relative, with or without its version; "" when there is none."""
    match = _PLACE.search(location)
    return match[1] if match else ""


def retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Seconds of a Retry-After (RFC 9110 §10.2.3): a number or a date; None when absent or unreadable."""
    if value is None:
        return None
    if value.strip().isascii() and value.strip().isdecimal():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    return max(0.0, (moment.astimezone(UTC) - (now or datetime.now(UTC))).total_seconds())


def matches(bundle: Json | None, kind: str) -> list[Json] | None:
    """The resources that a search found; None for what is no answer to one."""
    if bundle is None or bundle.get("resourceType") != "Bundle":
        return None
    entries = bundle.get("entry", [])
    found = [one.get("resource") for one in entries if isinstance(one, dict)] if isinstance(entries, list) else []
    return [one for one in found if isinstance(one, dict) and one.get("resourceType") == kind and one.get("id")]


def place_in(resource: Json) -> str:
    """``Type/id`` of a resource that has an id."""
    return f"{resource['resourceType']}/{resource['id']}"


def spoken(resource: object) -> str:
    """What an OperationOutcome says, in at most 500 characters; it may name a patient."""
    if not isinstance(resource, dict) or resource.get("resourceType") != "OperationOutcome":
        return ""
    issues = resource.get("issue")
    said = [_issue(issue) for issue in issues if isinstance(issue, dict)] if isinstance(issues, list) else []
    return "; ".join(one for one in said if one)[:MAX_WORDS]


def _issue(issue: dict[str, object]) -> str:
    details = issue.get("details")
    text = details.get("text") if isinstance(details, dict) else None
    return str(issue.get("diagnostics") or text or issue.get("code") or "")
