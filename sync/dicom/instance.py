# SPDX-License-Identifier: Apache-2.0
"""A DICOM file (PS3.10) from attributes and a JPEG: the same for the same, byte for byte, whenever it is made again."""

from io import BytesIO

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRLittleEndian

from sync.dicom import jpeg
from sync.fhir.elements import Json

IMPLEMENTATION = "2.25.157406208931415016408136186157413461711"
"""Implementation Class UID (PS3.7 D.3.3.2): one of our own, for every version."""


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
