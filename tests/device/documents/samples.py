# SPDX-License-Identifier: Apache-2.0
"""Small, valid files of each kind, made here byte by byte or by the libraries that write them."""

import binascii
import io
import struct
import zlib

import cv2
import numpy as np
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian, JPEGBaseline8Bit, generate_uid


def pdf(*objects: str, pages: int = 1, trailer: str = "") -> bytes:
    """A PDF with a cross-reference table; ``objects`` come on top of its own, from number 3 + pages on."""
    kids = " ".join(f"{3 + number} 0 R" for number in range(pages))
    bodies = [
        f"<< /Type /Catalog /Pages 2 0 R {trailer} >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>",
        *["<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>"] * pages,
        *objects,
    ]
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(bodies, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    start = len(out)
    out += f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    out += f"trailer\n<< /Size {len(bodies) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def pdf_streams(within: str = "", *, extra: int = 0) -> bytes:
    """A PDF 1.5: its objects in one stream, its cross-references in another; ``extra`` zeros swell the first."""
    bodies = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] {within} >>",
    ]
    text, heads = "", ""
    for number, body in enumerate(bodies, 1):
        heads += f"{number} {len(text)} "
        text += body + " "
    packed = zlib.compress((heads + text).encode() + bytes(extra), 9)
    out = b"%PDF-1.5\n"
    places = {4: len(out)}
    out += (
        f"4 0 obj\n<< /Type /ObjStm /N 3 /First {len(heads)} /Filter /FlateDecode /Length {len(packed)} >>\n".encode()
    )
    out += b"stream\n" + packed + b"\nendstream\nendobj\n"
    places[5] = len(out)
    rows = [(0, 0, 255), (2, 4, 0), (2, 4, 1), (2, 4, 2), (1, places[4], 0), (1, places[5], 0)]
    table = zlib.compress(b"".join(struct.pack(">BIB", *row) for row in rows), 9)
    head = f"/Type /XRef /Size 6 /W [1 4 1] /Root 1 0 R /Filter /FlateDecode /Length {len(table)}"
    out += f"5 0 obj\n<< {head} >>\n".encode()
    out += b"stream\n" + table + b"\nendstream\nendobj\n"
    return out + f"startxref\n{places[5]}\n%%EOF\n".encode()


def dataset(sop: str = "1.2.840.10008.5.1.4.1.1.6.1", syntax: UID = ExplicitVRLittleEndian) -> Dataset:
    """The head of an ultrasound image."""
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.MediaStorageSOPClassUID = sop
    made.file_meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=["chevet"])
    made.file_meta.TransferSyntaxUID = syntax
    made.SOPClassUID = sop
    made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID
    made.SpecificCharacterSet = "ISO_IR 192"
    made.PatientName = "LEFÈVRE^Simone"
    made.PatientBirthDate = "19360312"
    made.Modality = "US"
    return made


def written(made: Dataset) -> bytes:
    """A dataset as a file."""
    out = io.BytesIO()
    made.save_as(out, enforce_file_format=True)
    return out.getvalue()


def picture(made: Dataset, rows: int = 24, columns: int = 32, frames: int = 1, pixels: bytes | None = None) -> Dataset:
    """A dataset with grey pixels."""
    made.Rows, made.Columns, made.SamplesPerPixel, made.NumberOfFrames = rows, columns, 1, frames
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 8, 8, 7, 0
    made.PhotometricInterpretation = "MONOCHROME2"
    made.PixelData = bytes(rows * columns * frames) if pixels is None else pixels
    made["PixelData"].VR = "OB"
    return made


def dicom() -> bytes:
    """Three frames of an ultrasound."""
    return written(picture(dataset(), frames=3))


def dicom_jpeg() -> bytes:
    """One frame, packed."""
    made = picture(dataset(syntax=JPEGBaseline8Bit))
    body = jpeg(24, 32)
    body += b"\0" * (len(body) % 2)
    items = b"\xfe\xff\x00\xe0\0\0\0\0" + b"\xfe\xff\x00\xe0" + struct.pack("<I", len(body)) + body
    made.PixelData = items + b"\xfe\xff\xdd\xe0\0\0\0\0"
    made["PixelData"].VR = "OB"
    made["PixelData"].is_undefined_length = True
    return written(made)


def dicom_ecg(channels: int = 12, samples: int = 50) -> bytes:
    """A twelve-lead ECG."""
    made = dataset("1.2.840.10008.5.1.4.1.1.9.1.1")
    made.Modality = "ECG"
    group = Dataset()
    group.NumberOfWaveformChannels, group.NumberOfWaveformSamples = channels, samples
    group.WaveformBitsAllocated, group.WaveformSampleInterpretation = 16, "SS"
    group.WaveformData = bytes(channels * samples * 2)
    group["WaveformData"].VR = "OW"
    made.WaveformSequence = Sequence([group])
    return written(made)


def dicom_pdf(document: bytes) -> bytes:
    """A document in a DICOM file."""
    made = dataset("1.2.840.10008.5.1.4.1.1.104.1")
    made.MIMETypeOfEncapsulatedDocument = "application/pdf"
    made.EncapsulatedDocument = document + b"\0" * (len(document) % 2)
    return written(made)


def section(number: int, body: bytes) -> bytes:
    """A section of an SCP-ECG record."""
    rest = struct.pack("<HIBB6s", number, 16 + len(body), 20, 20, b"SCPECG" if number == 0 else b"") + body
    return struct.pack("<H", binascii.crc_hqx(rest, 0xFFFF)) + rest


def tag(number: int, value: bytes) -> bytes:
    """A tag of section 1."""
    return struct.pack("<BH", number, len(value)) + value


def scp(
    family: bytes = "LEFÈVRE".encode("latin-1"), language: int = 0, bodies: dict[int, bytes] | None = None
) -> bytes:
    """A record with a patient, twelve leads and some rhythm."""
    one = tag(0, family + b"\0") + tag(1, b"Simone\0") + tag(2, b"42\0") + tag(5, struct.pack("<HBB", 1936, 3, 12))
    one += tag(14, bytes(16) + bytes([language]) + bytes(20)) + tag(25, struct.pack("<HBB", 2026, 11, 21)) + b"\xff\0\0"
    leads = bytes([12, 4]) + b"".join(struct.pack("<IIB", 1, 500, lead) for lead in range(1, 13))
    parts = {1: one, 3: leads, 6: bytes(600)} | (bodies or {})
    return record({number: section(number, body) for number, body in parts.items()})


def record(sections: dict[int, bytes], pointers: list[tuple[int, int, int]] | None = None) -> bytes:
    """Sections behind their pointers (``pointers`` instead of the true ones), length and CRC."""
    count = 12
    place, true = 6 + 16 + 10 * count, []
    for number in range(1, count):
        body = sections.get(number, b"")
        true.append((number, len(body), place + 1 if body else 0))
        place += len(body)
    zero = section(0, b"".join(struct.pack("<HII", *one) for one in [(0, 16 + 10 * count, 7), *(pointers or true)]))
    rest = struct.pack("<I", place) + zero + b"".join(sections[number] for number in sorted(sections))
    return struct.pack("<H", binascii.crc_hqx(rest, 0xFFFF)) + rest


def chunk(name: bytes, body: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int = 20, height: int = 10, pixels: bytes | None = None, extra: bytes = b"") -> bytes:
    """A grey PNG."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    packed = zlib.compress(bytes((width + 1) * height) if pixels is None else pixels)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def jpeg(height: int = 24, width: int = 32, *, progressive: bool = False) -> bytes:
    """A JPEG by libjpeg."""
    picture = np.random.default_rng(1).integers(0, 255, (height, width, 3), np.uint8)
    options = [cv2.IMWRITE_JPEG_PROGRESSIVE, int(progressive), cv2.IMWRITE_JPEG_RST_INTERVAL, 2]
    return cv2.imencode(".jpg", picture, options)[1].tobytes()


ALL = {
    "pdf": lambda: pdf("<< /Length 4 >>\nstream\nq Q \nendstream", pages=2),
    "pdf-1.5": pdf_streams,
    "dicom": dicom,
    "dicom-jpeg": dicom_jpeg,
    "dicom-ecg": dicom_ecg,
    "dicom-pdf": lambda: dicom_pdf(pdf()),
    "scp": scp,
    "png": png,
    "jpeg": jpeg,
}
"""A file of each kind that is accepted."""
