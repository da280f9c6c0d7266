# SPDX-License-Identifier: Apache-2.0
"""DICOM files (PS3.10), read by pydicom: pictures, film loops, ECG waveforms, encapsulated PDF; sizes before anything.

No pixel is decoded. The transfer syntaxes are those that a browser's DICOM viewer and a PACS take; "deflated" is not
among them (it is a bomb waiting to happen), nor is big endian (retired). What stands before the magic word must be
empty or a TIFF's beginning (PS3.10, 7.1: a file may otherwise be a program, too).
"""

import codecs
import io
import struct
import warnings
import zlib

from pydicom import Dataset, dcmread
from pydicom.charset import python_encoding
from pydicom.errors import BytesLengthException, InvalidDicomError

from device.documents import pdf
from device.documents.elements import syntax_of, walk
from device.documents.kinds import (
    MAX_FRAMES,
    MAX_PATIENT,
    MAX_PIXELS,
    MAX_SIDE,
    Checked,
    Kind,
    active,
    damaged,
    excessive,
    kind_of,
    plain,
    unsupported,
)
from device.errors import DocumentError

MAX_UNPACKED = 2 << 30
"""Bytes of all frames, unpacked."""
MAX_CHANNELS = 64
MAX_WAVEFORMS = 32
_UID = "1.2.840.10008.1.2"
NATIVE = frozenset({_UID, f"{_UID}.1"})
PACKED = frozenset(f"{_UID}.{tail}" for tail in ("4.50", "4.51", "4.57", "4.70", "4.80", "4.81", "4.90", "4.91", "5"))
"""JPEG, lossless JPEG, JPEG-LS, JPEG 2000, RLE."""
FILM = frozenset(f"{_UID}.{tail}" for tail in ("4.100", "4.101", "4.102", "4.103", "4.104"))
"""MPEG-2 and H.264."""
BROKEN = (
    BytesLengthException, InvalidDicomError, ArithmeticError, AssertionError, AttributeError,
    EOFError, LookupError, NotImplementedError, OSError,
    RecursionError, TypeError, ValueError, struct.error, zlib.error,
)  # fmt: skip
"""What pydicom raises on files that are not well formed."""
for _encoding in set(python_encoding.values()):
    codecs.lookup(_encoding)  # loaded now: later, nothing can be opened any more


def check(data: bytes) -> Checked:
    """Raises DocumentError."""
    before = data[:128]
    if before.strip(b"\0") and before[:4] not in {b"II*\0", b"MM\0*"}:
        raise active("something stands before the file's magic word")
    try:
        syntax, start = syntax_of(data)
        if syntax not in NATIVE | PACKED | FILM:
            raise unsupported(f"transfer syntax {plain(syntax, 64)}")
        walk(data, start, syntax)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset = dcmread(io.BytesIO(data))
            return Checked(Kind.DICOM, _content(dataset, syntax), patient(dataset))
    except DocumentError:
        raise
    except BROKEN as error:
        raise damaged(f"{type(error).__name__}: {error}") from error


def patient(dataset: Dataset) -> str:
    """The patient's name (0010,0010) without its carets, and date of birth (0010,0030)."""
    name = plain(str(dataset.get("PatientName", "")).split("=")[0].replace("^", " "), MAX_PATIENT)
    born = plain(str(dataset.get("PatientBirthDate", "") or ""), 8)
    if len(born) == 8 and born.isdecimal():  # noqa: PLR2004 - YYYYMMDD
        name = f"{name}, {born[6:]}/{born[4:6]}/{born[:4]}"
    return name


def _content(dataset: Dataset, syntax: str) -> int:
    """How many frames, waveforms or pages. Raises DocumentError."""
    if not str(dataset.get("SOPClassUID", "")):
        raise damaged("no SOP class")
    if "PixelData" in dataset:
        return _frames(dataset, syntax)
    if "WaveformSequence" in dataset:
        return _waveforms(dataset)
    if "EncapsulatedDocument" in dataset:
        return _encapsulated(dataset)
    raise unsupported("neither picture, nor waveform, nor document")


def _frames(dataset: Dataset, syntax: str) -> int:
    rows, columns, samples = (int(dataset[name].value) for name in ("Rows", "Columns", "SamplesPerPixel"))
    allocated, frames = int(dataset["BitsAllocated"].value), int(dataset.get("NumberOfFrames", 1) or 1)
    if min(rows, columns, samples, frames) < 1 or allocated not in {1, 8, 16, 32, 64}:
        raise damaged(f"{frames} frames of {columns}x{rows}, {samples} samples of {allocated} bits")
    bits = rows * columns * samples * allocated * frames
    most = max(rows, columns) > MAX_SIDE or rows * columns > MAX_PIXELS or frames > MAX_FRAMES
    if most or bits // 8 > MAX_UNPACKED:
        raise excessive(f"{frames} frames of {columns}x{rows}")
    length = len(dataset["PixelData"].value)
    subsampled = str(dataset.get("PhotometricInterpretation", "")) == "YBR_FULL_422"
    expected = (bits * 2 // 3 if subsampled else bits) + 7 >> 3
    if syntax in NATIVE and length not in {expected, expected + expected % 2}:
        raise damaged(f"{length} bytes of pixels instead of {expected}")
    if not length:
        raise damaged("no pixels")
    return frames


def _waveforms(dataset: Dataset) -> int:
    groups = dataset["WaveformSequence"].value
    if not 0 < len(groups) <= MAX_WAVEFORMS:
        raise excessive(f"{len(groups)} waveforms")
    for group in groups:
        channels, samples = int(group["NumberOfWaveformChannels"].value), int(group["NumberOfWaveformSamples"].value)
        bits = int(group["WaveformBitsAllocated"].value)
        if not 0 < channels <= MAX_CHANNELS or samples < 1 or bits not in {8, 16, 32, 64}:
            raise damaged(f"{channels} channels of {samples} samples of {bits} bits")
        length, expected = len(group["WaveformData"].value), channels * samples * bits // 8
        if length not in {expected, expected + expected % 2}:
            raise damaged(f"{length} bytes of waveform instead of {expected}")
    return len(groups)


def _encapsulated(dataset: Dataset) -> int:
    """A PDF within, checked as one."""
    document = bytes(dataset["EncapsulatedDocument"].value)
    declared = str(dataset.get("MIMETypeOfEncapsulatedDocument", ""))
    if declared != Kind.PDF or kind_of(document) is not Kind.PDF:
        raise unsupported(f"a document of type {plain(declared, 40)}")
    return pdf.check(document).pages
