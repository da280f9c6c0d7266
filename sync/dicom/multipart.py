# SPDX-License-Identifier: Apache-2.0
"""multipart/related of one part, as DICOMweb wants it (RFC 2387, PS3.18 §8.6.1). Pure."""

import re

_BOUNDARY = re.compile(r'boundary="?([^";,\s]+)"?', re.IGNORECASE)


def written(boundary: str, media: str, body: bytes) -> bytes:
    """One part. A boundary that stands in the body would end it early: ``body`` is a DICOM file, which begins with 128
    zero bytes and holds a JPEG; the chance is that of 14 given bytes after a line's end."""
    if f"\r\n--{boundary}".encode() in body:
        raise ValueError("the boundary stands in the body")
    head = f"--{boundary}\r\nContent-Type: {media}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body + f"\r\n--{boundary}--\r\n".encode()


def read(content_type: str, data: bytes) -> list[bytes]:
    """The bodies of the parts; none of what is not multipart."""
    found = _BOUNDARY.search(content_type)
    if not content_type.lower().startswith("multipart/") or found is None:
        return []
    mark = b"--" + found[1].encode("latin-1", "replace")
    parts = (b"\r\n" + data).split(b"\r\n" + mark)[1:]
    return [part.partition(b"\r\n\r\n")[2] for part in parts if not part.startswith(b"--") and b"\r\n\r\n" in part]
