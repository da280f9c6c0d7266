# SPDX-License-Identifier: Apache-2.0
"""One check for each kind. A parser is loaded when it is needed, by a process that is about to lose its rights."""

from collections.abc import Callable
from importlib import import_module

from device.documents.kinds import MAX_BYTES, Checked, Kind, kind_of
from device.errors import DocumentError

Check = Callable[[bytes], Checked]

_CHECKS = {
    Kind.PDF: ("device.documents.pdf", "check"),
    Kind.DICOM: ("device.documents.dicom", "check"),
    Kind.SCP: ("device.documents.scp", "check"),
    Kind.PNG: ("device.documents.picture", "check_png"),
    Kind.JPEG: ("device.documents.picture", "check_jpeg"),
}


def check_of(kind: Kind) -> Check:
    """The check of a kind, loaded."""
    module, name = _CHECKS[kind]
    check: Check = getattr(import_module(module), name)
    return check


def examine(data: bytes) -> Checked:
    """Check bytes, whatever they are. Raises DocumentError."""
    sized(len(data))
    return check_of(kind_of(data))(data)


def sized(size: int) -> None:
    """Raises DocumentError (DOC-02) for a size that is none."""
    if not 0 < size <= MAX_BYTES:
        line = "Ce fichier est vide." if size <= 0 else "Ce fichier est trop gros (plus de 64 Mio)."
        raise DocumentError(2, line, f"{size} bytes")
