# SPDX-License-Identifier: Apache-2.0
"""PDF (ISO 32000-1), read by pypdf: header, trailer, pages; nothing that runs, starts or hides anything.

Every object of the file is looked at, also those that no page shows, because another reader may find another way
through the same file. No page is drawn and no content stream is unpacked. Whose it is, a PDF does not say in a way that
could be relied on.
"""

import io
import struct
import zlib
from collections.abc import Iterator

import pypdf.filters
import pypdf.xmp  # noqa: F401 - and the filters: pypdf would load them later, when nothing can be opened any more
from pypdf import PdfReader
from pypdf.errors import DependencyError, DeprecationError, PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject, PdfObject

from device.documents.kinds import MAX_PAGES, Checked, Kind, active, damaged, excessive, protected
from device.errors import DocumentError

MAX_OBJECTS = 50_000
MAX_PARTS = 2_000_000
"""Keys and items over all objects."""
TAIL = 1024
"""Bytes from the end within which the end of file must be marked (ISO 32000-1, annex H.3)."""
FORBIDDEN = frozenset(
    {
        "/JavaScript", "/JS", "/Launch", "/EmbeddedFile", "/EmbeddedFiles", "/FileAttachment", "/ImportData",
        "/SubmitForm", "/RichMedia", "/RichMediaContent", "/Movie", "/Screen", "/Rendition", "/3D", "/XFA", "/GoToE",
        "/GoTo3DView",
    }
)  # fmt: skip
"""Names of what acts, or carries other files: refused wherever they stand, as a key or as a value."""
BROKEN = (
    DependencyError, DeprecationError, PyPdfError, ArithmeticError, AssertionError, AttributeError, LookupError,
    NotImplementedError, OSError, RecursionError, StopIteration, TypeError, ValueError, struct.error, zlib.error,
)  # fmt: skip
"""What pypdf raises on files that are not well formed."""


def check(data: bytes) -> Checked:
    """Raises DocumentError."""
    if b"%%EOF" not in data[-TAIL:]:
        raise damaged("no end of file marked")
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted:
            raise protected("encrypted")
        _inert(reader)
        pages = len(reader.pages)
        if pages < 1:
            raise damaged("no page")
        if pages > MAX_PAGES:
            raise excessive(f"{pages} pages")
        for page in reader.pages:
            if min(page.mediabox.width, page.mediabox.height) <= 0:
                raise damaged("a page without a size")
    except DocumentError:
        raise
    except BROKEN as error:
        raise damaged(f"{type(error).__name__}: {error}") from error
    return Checked(Kind.PDF, pages)


def _inert(reader: PdfReader) -> None:
    """Raises DocumentError when an object acts or carries a file."""
    for parts, thing in enumerate(_objects(reader)):
        if parts > MAX_PARTS:
            raise excessive(f"over {MAX_PARTS} parts of objects")
        if isinstance(thing, NameObject) and thing in FORBIDDEN:
            raise active(str(thing))


def _objects(reader: PdfReader) -> Iterator[PdfObject]:
    """Every key, value and item of every object, and of the trailer."""
    names = {(number, generation) for generation, table in reader.xref.items() for number in table}
    names |= {(number, 0) for number in reader.xref_objStm}
    if len(names) > MAX_OBJECTS:
        raise excessive(f"{len(names)} objects")
    yield from _within(reader.trailer)
    for number, generation in names:
        found = reader.get_object(IndirectObject(number, generation, reader))
        if found is not None:
            yield from _within(found)


def _within(root: PdfObject) -> Iterator[PdfObject]:
    """What stands in an object itself; what it refers to is an object of its own."""
    waiting: list[PdfObject] = [root]
    while waiting:
        thing = waiting.pop()
        yield thing
        if isinstance(thing, DictionaryObject):
            yield from thing
            waiting.extend(thing.raw_get(key) for key in thing)
        elif isinstance(thing, ArrayObject):
            waiting.extend(list.__iter__(thing))
