# SPDX-License-Identifier: Apache-2.0
"""A short text as an inline attachment (R4 Attachment): one resource, which is there whole or not at all."""

from base64 import b64encode
from hashlib import sha1

from sync.fhir.elements import Json

TEXT = "text/plain; charset=utf-8"


def attachment(text: str, title: str, moment: str) -> Json:
    """The text and what it is checked by: ``size`` in bytes and ``hash`` (SHA-1, as R4 says) before base64."""
    data = text.encode()
    return {
        "contentType": TEXT,
        "data": b64encode(data).decode(),
        "size": len(data),
        "hash": b64encode(sha1(data, usedforsecurity=False).digest()).decode(),
        "title": title,
        "creation": moment,
    }
