# SPDX-License-Identifier: Apache-2.0
"""What was kept with an encounter, under names that say what it is and never whose. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from device.entry import CaptureTaken, DocumentAttached, Entry, SoundRecorded
from device.ins import bare
from sync.fhir.document import Kept

_FOLDERS = {CaptureTaken: "images", SoundRecorded: "sons", DocumentAttached: "documents"}
_DOCUMENTS = {"ecg": "ecg", "ultrasound": "echographie", "document": "document"}
_DICOM_AT = 128
_SCP_AT = 16
_LONGEST = 48


class KeptFile(NamedTuple):
    """One file: the entry that tells of it, its ``name`` in the export, and why it is not there ("" when it is)."""

    entry: Entry
    body: Kept
    name: str
    trouble: str = ""


def extension(data: bytes) -> str:
    """The extension that the bytes themselves call for; "bin" for what is none of what a cart keeps."""
    for start, at, found in (
        (b"\xff\xd8\xff", 0, "jpg"),
        (b"\x89PNG\r\n\x1a\n", 0, "png"),
        (b"fLaC", 0, "flac"),
        (b"%PDF-", 0, "pdf"),
        (b"DICM", _DICOM_AT, "dcm"),
        (b"SCPECG", _SCP_AT, "scp"),
    ):
        if data[at : at + len(start)] == start:
            return found
    return "bin"


def kept_name(number: int, body: Kept, data: bytes | None) -> str:
    """``images/02-otoscope-oreille-gauche.jpg``: a document's own title is left out, it may name somebody. ``data``
    None: the bytes are not there."""
    match body:
        case CaptureTaken():
            words = f"{body.camera_label} {body.site.label}"
        case SoundRecorded():
            words = f"{body.label} {body.position.label}"
        case DocumentAttached():
            words = _DOCUMENTS[body.what]
    end = f".{extension(data)}" if data is not None else ""
    return f"{_FOLDERS[type(body)]}/{number:02}-{_slug(words)}{end}"


def kept_entries(entries: Sequence[Entry]) -> tuple[tuple[Entry, Kept], ...]:
    """The entries that tell of a file, in order."""
    return tuple((entry, entry.body) for entry in entries if isinstance(entry.body, Kept))


def _slug(words: str) -> str:
    """Words as a part of a file's name that every file system takes."""
    plain = "".join(letter if letter.isascii() else " " for letter in bare(words).lower())
    return "-".join(plain.split())[:_LONGEST].strip("-") or "fichier"
