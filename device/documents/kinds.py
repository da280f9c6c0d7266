# SPDX-License-Identifier: Apache-2.0
"""The kinds of files that the cart imports, told by their first bytes and never by their names; what a check finds.

A check is pure and total: bytes to ``Checked``, or DocumentError. What it may meet is bounded here.
"""

import unicodedata
from enum import StrEnum

import msgspec

from device.errors import DocumentError

MAX_BYTES = 64 << 20
"""Largest file: what the attachments take."""
MAX_PAGES = 200
MAX_FRAMES = 2000
MAX_SIDE = 16_384
MAX_PIXELS = 64 << 20
"""Largest picture: 64 megapixels, 200 MB when it is unpacked."""
MAX_PATIENT = 80


class Kind(StrEnum):
    """A kind, by its media type. SCP-ECG has no registered one."""

    PDF = "application/pdf"
    DICOM = "application/dicom"
    SCP = "application/x-scp-ecg"
    PNG = "image/png"
    JPEG = "image/jpeg"


class Checked(msgspec.Struct, frozen=True):
    """What a check found. ``pages`` counts pages, frames or waveforms; ``patient`` is what the file says of whose it is
    (name, and date of birth where it has one), "" when it says nothing."""

    kind: Kind
    pages: int
    patient: str = ""


def kind_of(data: bytes) -> Kind:
    """The kind, by content. Raises DocumentError (DOC-01)."""
    if data.startswith(b"%PDF-"):
        return Kind.PDF
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind.PNG
    if data.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if data[128:132] == b"DICM":
        return Kind.DICOM
    if _scp(data):
        return Kind.SCP
    line = "Ce fichier n’est ni un PDF, ni un DICOM, ni un SCP-ECG, ni une image PNG ou JPEG."
    raise DocumentError(1, line, f"unknown content, {len(data)} bytes")


def plain(text: str, most: int) -> str:
    """Text of a stranger, fit to be shown: one line, no controls, nothing that turns the writing round, bounded."""
    kept = "".join(
        char if unicodedata.category(char)[0] not in {"C", "Z"} else " " for char in unicodedata.normalize("NFC", text)
    )
    kept = " ".join(kept.split())
    return kept if len(kept) <= most else kept[: most - 1] + "…"


def damaged(detail: str) -> DocumentError:
    """DOC-03."""
    return DocumentError(3, "Ce fichier est abîmé ou incomplet. Exportez-le de nouveau depuis l’appareil.", detail)


def protected(detail: str) -> DocumentError:
    """DOC-04."""
    return DocumentError(4, "Ce fichier est protégé par un mot de passe. Exportez-le sans protection.", detail)


def active(detail: str) -> DocumentError:
    """DOC-05."""
    line = "Ce fichier contient un programme ou un fichier caché : il est refusé. Prévenez le technicien."
    return DocumentError(5, line, detail)


def excessive(detail: str) -> DocumentError:
    """DOC-06."""
    return DocumentError(6, "Ce fichier a trop de pages ou une image trop grande pour le chariot.", detail)


def unsupported(detail: str) -> DocumentError:
    """DOC-07."""
    return DocumentError(7, "Le chariot ne sait pas lire cette variante. Exportez un PDF depuis l’appareil.", detail)


def _scp(data: bytes) -> bool:
    """A record begins with its CRC and length, then section 0's header, whose number is 0 (EN 1064, 5.2 and 5.3)."""
    if len(data) < 32:  # noqa: PLR2004 - the record's header, that of section 0, and one pointer
        return False
    size, length = int.from_bytes(data[2:6], "little"), int.from_bytes(data[10:14], "little")
    return data[8:10] == b"\0\0" and size <= len(data) and length >= 26 and (length - 16) % 10 == 0  # noqa: PLR2004
