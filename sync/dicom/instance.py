# SPDX-License-Identifier: Apache-2.0
"""A DICOM file (PS3.10) from attributes and a JPEG: the same for the same, byte for byte, whenever it is made again."""

import struct
from hashlib import sha256
from io import BytesIO

from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.errors import InvalidDicomError
from pydicom.uid import UID, ExplicitVRLittleEndian

from sync.dicom import jpeg
from sync.fhir.elements import Json

IMPLEMENTATION = "2.25.157406208931415016408136186157413461711"
"""Implementation Class UID (PS3.7 D.3.3.2): one of our own, for every version."""
_IDENTITY = ("00080016", "00080018", "0020000D", "0020000E", "00100020")
"""SOP class and instance, study, series, patient."""
_UNREADABLE = (InvalidDicomError, ValueError, KeyError, AttributeError, TypeError, EOFError, struct.error, OSError)
"""What pydicom raises of bytes that are no DICOM."""


def photograph(attributes: Json, data: bytes) -> bytes:
    """The file of an image, its pixels the JPEG as it is. Raises ValueError for a JPEG that DICOM does not take."""
    header = jpeg.read(data)
    found = Dataset.from_json(attributes)
    found.SamplesPerPixel = header.components
    found.PhotometricInterpretation = header.colours
    if header.components > 1:
        found.PlanarConfiguration = 0
    found.Rows, found.Columns = header.rows, header.columns
    found.BitsAllocated = found.BitsStored = 8
    found.HighBit, found.PixelRepresentation = 7, 0
    found.BurnedInAnnotation = "NO" if found.Modality != "US" else "YES"
    found.LossyImageCompression = "01"
    found.LossyImageCompressionMethod = "ISO_10918_1"
    whole = header.rows * header.columns * header.components
    found.LossyImageCompressionRatio = f"{whole / len(data):.3g}"
    found.PixelData = encapsulate([data])
    found["PixelData"].VR = "OB"
    found["PixelData"].is_undefined_length = True
    return _file(found, header.syntax)


def document(attributes: Json) -> bytes:
    """The file of an object without pixels."""
    return _file(Dataset.from_json(attributes), ExplicitVRLittleEndian)


def holds(file: bytes, attributes: Json, attachment: str) -> bool:
    """Whether a file that was read back is the object that was sent: its identity, whose it is, and the picture, byte
    for byte (``attachment``: the JPEG's SHA-256, or ""). An archive may rewrite the rest."""
    try:
        found = dcmread(BytesIO(file))
        same = all(_text(found, tag) == _first(attributes, tag) for tag in _IDENTITY)
        return same and (not attachment or sha256(_unpadded(_frame(found))).hexdigest() == attachment)
    except _UNREADABLE:
        return False


def _first(attributes: Json, tag: str) -> str:
    return str(attributes[tag]["Value"][0])


def _text(dataset: Dataset, tag: str) -> str:
    return str(dataset[int(tag, 16)].value)


def _frame(dataset: Dataset) -> bytes:
    frames = list(generate_frames(dataset.PixelData, number_of_frames=1))
    return frames[0]


def _unpadded(frame: bytes) -> bytes:
    """A JPEG without the byte that makes its fragment even (PS3.5 §A.4)."""
    return frame[:-1] if frame.endswith(b"\xff\xd9\0") else frame


def _file(dataset: Dataset, syntax: str) -> bytes:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = UID(syntax)
    meta.ImplementationClassUID = UID(IMPLEMENTATION)
    meta.ImplementationVersionName = "CHEVET"
    dataset.file_meta = meta
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()
