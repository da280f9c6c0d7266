# SPDX-License-Identifier: Apache-2.0
import struct
import zlib

import cv2
import numpy as np
import pytest
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

from device.documents.examine import examine
from device.documents.kinds import Checked, Kind, plain
from device.errors import DocumentError
from tests.device.documents import samples as s

SIMONE = "LEFÈVRE Simone, 12/03/1936"
EXPECTED = {
    "pdf": Checked(Kind.PDF, 2),
    "pdf-1.5": Checked(Kind.PDF, 1),
    "dicom": Checked(Kind.DICOM, 3, SIMONE),
    "dicom-jpeg": Checked(Kind.DICOM, 1, SIMONE),
    "dicom-ecg": Checked(Kind.DICOM, 1, SIMONE),
    "dicom-pdf": Checked(Kind.DICOM, 1, SIMONE),
    "scp": Checked(Kind.SCP, 1, SIMONE),
    "png": Checked(Kind.PNG, 1),
    "jpeg": Checked(Kind.JPEG, 1),
}


def refused(data: bytes) -> str:
    """The code of a refusal; its line is for a nurse."""
    with pytest.raises(DocumentError) as caught:
        examine(data)
    assert caught.value.line.endswith(".")
    return caught.value.code


@pytest.mark.parametrize("name", EXPECTED)
def test_a_good_file_of_each_kind_is_told_by_its_content(name: str) -> None:
    assert examine(s.ALL[name]()) == EXPECTED[name]


@pytest.mark.parametrize("data", [b"hello", b"<svg/>", b"PK\3\4" + bytes(200), b"MZ" + bytes(400), bytes(500)])
def test_what_is_of_no_known_kind_is_refused(data: bytes) -> None:
    assert refused(data) == "DOC-01"


def test_nothing_and_too_much_are_refused() -> None:
    assert refused(b"") == "DOC-02"
    assert refused(bytes((64 << 20) + 1)) == "DOC-02"


@pytest.mark.parametrize("name", EXPECTED)
def test_every_truncation_is_refused(name: str) -> None:
    """Of a PDF, what is cut after its end mark is whole; of an SCP record, nothing may be missing."""
    whole = s.ALL[name]()
    ends = len(whole) - (1 if name.startswith("pdf") else 0)
    for length in {*range(0, ends, max(1, ends // 150)), ends - 1}:
        with pytest.raises(DocumentError):
            examine(whole[:length])


# PDF


@pytest.mark.parametrize(
    "body",
    [
        "<< /S /JavaScript /JS (app.alert(1)) >>",
        "<< /S /J#61vaScript >>",
        "<< /A [ << /B << /S /Launch /F (cmd.exe) >> >> ] >>",
        "<< /Type /EmbeddedFile /Length 1 >>\nstream\nx\nendstream",
        "<< /Names << /EmbeddedFiles 9 0 R >> >>",
        "<< /Subtype /RichMedia >>",
        "<< /XFA (x) >>",
        "<< /S /SubmitForm >>",
    ],
)
def test_pdf_that_acts_or_carries_files_is_refused_even_when_no_page_shows_it(body: str) -> None:
    assert refused(s.pdf(body)) == "DOC-05"


def test_pdf_that_opens_with_a_script_is_refused() -> None:
    assert refused(s.pdf(trailer="/OpenAction << /S /JavaScript /JS (x) >>")) == "DOC-05"
    assert examine(s.pdf(trailer="/OpenAction [3 0 R /Fit]")).pages == 1


def test_pdf_that_hides_a_script_in_an_object_stream_is_refused() -> None:
    assert refused(s.pdf_streams("/AA << /O << /S /JavaScript /JS (x) >> >>")) == "DOC-05"


def test_pdf_behind_a_password_is_refused() -> None:
    encrypt = "<< /Filter /Standard /V 1 /R 2 /P -4 /O (" + "o" * 32 + ") /U (" + "u" * 32 + ") >>"
    data = s.pdf(encrypt).replace(b"/Root 1 0 R", b"/Root 1 0 R /Encrypt 4 0 R /ID [(a) (b)]")
    assert refused(data) == "DOC-04"


def test_pdf_without_pages_or_with_too_many_is_refused() -> None:
    assert refused(s.pdf(pages=0)) == "DOC-03"
    assert examine(s.pdf(pages=200)).pages == 200
    assert refused(s.pdf(pages=201)) == "DOC-06"


def test_pdf_whose_pages_go_round_in_a_circle_is_refused() -> None:
    assert refused(s.pdf().replace(b"/Kids [3 0 R]", b"/Kids [2 0 R]")) in {"DOC-03", "DOC-06"}


# DICOM


def test_dicom_that_is_a_program_too_is_refused() -> None:
    data = s.dicom()
    assert refused(b"MZ" + data[2:]) == "DOC-05"
    assert examine(b"II*\0" + data[4:]).pages == 3


@pytest.mark.parametrize("syntax", [DeflatedExplicitVRLittleEndian, UID("1.2.840.10008.1.2.2"), UID("1.2.3")])
def test_dicom_in_another_transfer_syntax_is_refused(syntax: UID) -> None:
    data = s.dicom()
    other = str(syntax).encode()
    old = str(ExplicitVRLittleEndian).encode() + b"\0"
    assert len(other) <= len(old) + 4
    place = data.index(old)
    padded = other + b"\0" * (len(other) % 2)
    changed = data[: place - 2] + struct.pack("<H", len(padded)) + padded + data[place + len(old) :]
    group = struct.unpack("<I", changed[140:144])[0] + len(padded) - len(old)
    assert refused(changed[:140] + struct.pack("<I", group) + changed[144:]) == "DOC-07"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"rows": 17_000, "pixels": b"12"}, "DOC-06"),
        ({"rows": 9000, "columns": 9000, "pixels": b"12"}, "DOC-06"),
        ({"frames": 2001, "pixels": b"12"}, "DOC-06"),
        ({"rows": 0, "pixels": b"12"}, "DOC-03"),
        ({"pixels": bytes(10)}, "DOC-03"),
        ({"pixels": b""}, "DOC-03"),
    ],
)
def test_dicom_whose_sizes_are_too_large_or_not_its_pixels_is_refused(changes: dict, code: str) -> None:
    assert refused(s.written(s.picture(s.dataset(), **changes))) == code


def test_dicom_with_neither_picture_nor_waveform_nor_document_is_refused() -> None:
    assert refused(s.written(s.dataset())) == "DOC-07"


def test_dicom_ecg_whose_samples_do_not_agree_is_refused() -> None:
    assert refused(s.dicom_ecg(channels=65)) == "DOC-03"
    data = bytearray(s.dicom_ecg())
    place = data.index(struct.pack("<HH", 0x003A, 0x0010)) + 8
    data[place : place + 4] = struct.pack("<I", 51)
    assert refused(bytes(data)) == "DOC-03"


def test_dicom_that_carries_a_pdf_is_checked_through_it() -> None:
    assert refused(s.dicom_pdf(s.pdf("<< /S /JavaScript >>"))) == "DOC-05"
    assert refused(s.dicom_pdf(b"MZ" + bytes(40))) in {"DOC-01", "DOC-07"}


# SCP-ECG


def test_scp_crc_is_the_ccitts() -> None:
    """The check value of CRC-16/CCITT-FALSE, and a flipped bit anywhere in a record."""
    import binascii  # noqa: PLC0415 - only here

    assert binascii.crc_hqx(b"123456789", 0xFFFF) == 0x29B1
    whole = s.scp()
    for place in range(0, len(whole), 7):
        changed = bytearray(whole)
        changed[place] ^= 0x10
        assert refused(bytes(changed)) in {"DOC-01", "DOC-03"}


@pytest.mark.parametrize(
    ("family", "language", "expected"),
    [
        ("ŁUKASZ".encode("iso8859_2"), 0x03, "ŁUKASZ"),
        ("ÉLOÏSE".encode(), 0x37, "ÉLOÏSE"),
        ("ŒUVRARD".encode("utf-16-le"), 0x07, "ŒUVRARD"),
    ],
)
def test_scp_texts_are_read_as_the_record_says(family: bytes, language: int, expected: str) -> None:
    assert examine(s.scp(family, language)).patient.startswith(expected)


@pytest.mark.parametrize(
    "pointers",
    [
        [(1, 100, 10_000)],
        [(1, 0xFFFFFFFF, 143)],
        [(1, 15, 143)],
        [(1, 60, 1)],
        [(1, 60, 0)],
    ],
    ids=["beyond", "huge", "short", "in the header", "no index"],
)
def test_scp_pointer_out_of_bounds_is_refused(pointers: list[tuple[int, int, int]]) -> None:
    parts = {number: s.section(number, bytes(40)) for number in (1, 3, 6)}
    rest = [(number, 0, 0) for number in range(2, 12)]
    assert refused(s.record(parts, [*pointers, *rest])) == "DOC-03"


def test_scp_sections_that_overlap_or_lack_or_lie_are_refused() -> None:
    parts = {number: s.section(number, bytes(40)) for number in (1, 3, 6)}
    twice = [(1, 56, 143), *[(number, 0, 0) for number in range(2, 11)], (1, 56, 143)]
    assert refused(s.record(parts, twice)) == "DOC-03"
    assert refused(s.record({1: s.section(1, b"\xff\0\0")})) == "DOC-03"
    assert refused(s.scp(bodies={3: bytes([200, 4])})) == "DOC-03"
    assert refused(s.scp(bodies={1: s.tag(0, b"x" * 30)[:-5]})) == "DOC-03"


# Pictures


def test_png_bomb_is_refused_by_its_size_or_by_its_pixels() -> None:
    assert refused(s.png(30_000, 30_000, pixels=b"")) == "DOC-06"
    assert refused(s.png(20, 10, pixels=bytes(1 << 24))) == "DOC-06"
    assert refused(s.png(20, 10, pixels=bytes(5))) == "DOC-03"


def test_png_by_opencv_and_interlaced_are_accepted() -> None:
    picture = np.random.default_rng(1).integers(0, 255, (30, 40, 3), np.uint8)
    assert examine(cv2.imencode(".png", picture)[1].tobytes()).kind is Kind.PNG
    head = struct.pack(">IIBBBBB", 3, 3, 8, 0, 0, 0, 1)
    passes = bytes((1 + 1) + (1 + 1) * 0 + (2 + 1) + (1 + 1) * 2 + (2 + 1) + (1 + 1) * 0)
    rows = bytes(sum(rows * (1 + columns) for columns, rows in ((1, 1), (1, 1), (2, 1), (1, 2), (3, 1))))
    del passes
    data = b"\x89PNG\r\n\x1a\n" + s.chunk(b"IHDR", head) + s.chunk(b"IDAT", zlib.compress(rows)) + s.chunk(b"IEND", b"")
    assert examine(data).kind is Kind.PNG


def test_png_with_something_behind_it_or_a_wrong_crc_is_refused() -> None:
    assert refused(s.png() + b"PK\3\4") == "DOC-03"
    assert refused(s.png().replace(b"IHDR", b"IHDr")) == "DOC-03"


def test_jpeg_of_too_many_pixels_scans_or_with_something_behind_it_is_refused() -> None:
    whole = s.jpeg()
    place = whole.index(b"\xff\xc0") + 5
    assert refused(whole[:place] + struct.pack(">HH", 60_000, 60_000) + whole[place + 4 :]) == "DOC-06"
    assert refused(whole + b"<script>") == "DOC-03"
    scan = whole[whole.index(b"\xff\xda") : -2]
    assert refused(whole[:-2] + scan * 32 + whole[-2:]) == "DOC-06"


def test_progressive_jpeg_is_accepted_and_an_arithmetic_one_is_not() -> None:
    assert examine(s.jpeg(progressive=True)).kind is Kind.JPEG
    assert refused(s.jpeg().replace(b"\xff\xc0", b"\xff\xc9")) == "DOC-07"


def test_strangers_text_is_one_bounded_line_that_cannot_turn_the_writing_round() -> None:
    assert plain("DU\nRAND\u202e\x07 \u200b Jo\te", 80) == "DU RAND Jo e"
    assert plain("x" * 100, 10) == "x" * 9 + "…"
    assert plain("\udc80é", 10) == "é"
