# SPDX-License-Identifier: Apache-2.0
"""The captures of a whole day into Orthanc over DICOMweb, with answers lost and the sender restarted, then all of it
once more from an empty ledger: each image once, with the very bytes of its JPEG, and findable as a hospital looks."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest
from pydicom import dcmread
from pydicom.encaps import generate_frames
from pydicom.filebase import DicomBytesIO

from device.attachments import Attachments
from device.entry import CaptureTaken, EnteredInError
from sync.dicom import multipart
from sync.dicom.image import ENDOSCOPE, PHOTOGRAPH
from sync.dicom.model import uid
from sync.dicom.rejection import KEY_OBJECTS
from sync.settings import Server
from tests.peers.day import BLURRED, CAPTURES, ENCOUNTERS, WRONG, Day, patient, told
from tests.peers.sending import emptied
from tests.peers.servers import orthanc
from tests.peers.shaky import shaky

pytestmark = pytest.mark.timeout(600)
Json = dict[str, Any]
UNSENT = 4
"""Captures of the encounter that was opened for somebody else, and the one marked as an error, before any was sent."""


async def test_a_day_of_captures_twice_over_is_each_image_once(tmp_path: Path):
    day = told(Attachments(tmp_path / "captures"))
    with orthanc(tmp_path) as base:
        root, path = base.removesuffix("/dicom-web"), "/dicom-web"
        async with shaky(root, lambda n: n % 7 == 0) as way:
            server = Server("pacs", way + path, kind="dicomweb", read_back=True, deadline=20.0)
            await emptied(tmp_path, "first", server, told, restarts=2)
        first = instances(base)
        await emptied(tmp_path, "again", Server("pacs", base, kind="dicomweb", deadline=20.0), told)
        assert instances(base) == first
        sent = [one for one in pictures(day) if one.id not in withdrawn(day)]
        assert len(sent) == CAPTURES - UNSENT
        assert {one["00080018"] for one in first} == {uid(one.id) for one in sent}
        assert len(first) == len(sent)
        for entry in sent[:: max(1, len(sent) // 12)]:
            checked(base, entry, first)
        found = ask(f"{base}/studies?PatientID={quote(patient(0).id)}")
        assert len(found) == 2, "a resident who was seen twice has two studies"


async def test_an_image_that_was_sent_and_then_marked_as_an_error_is_rejected_by_a_note(tmp_path: Path):
    def before(attachments: Attachments) -> Day:
        return told(attachments, 1, errors=False)

    def after(attachments: Attachments) -> Day:
        day = before(attachments)
        entry = pictures(day)[0]
        day.tell(entry.encounter, EnteredInError(entry.id, "mauvaise oreille", day.entries[0].body.operator))
        return day

    with orthanc(tmp_path) as base:
        server = Server("pacs", base, kind="dicomweb", read_back=True, deadline=20.0)
        await emptied(tmp_path, "one", server, before)
        assert {one["00080016"] for one in instances(base)} == {ENDOSCOPE, PHOTOGRAPH}
        await emptied(tmp_path, "one", server, after)
        notes = [one for one in instances(base) if one["00080016"] == KEY_OBJECTS]
        assert len(notes) == 1
        (found,) = ask(f"{base}/instances?SOPInstanceUID={notes[0]['00080018']}&includefield=all")
        dataset = read(base, found)
        referred = dataset.ContentSequence[0].ReferencedSOPSequence[0].ReferencedSOPInstanceUID
        assert referred == uid(pictures(after(Attachments(tmp_path / "captures")))[0].id)
        assert dataset.ConceptNameCodeSequence[0].CodeValue == "113037"


def pictures(day: Day) -> list[Any]:
    return [one for one in day.entries if isinstance(one.body, CaptureTaken)]


def withdrawn(day: Day) -> set[object]:
    """What was taken for somebody else, or marked as an error."""
    marked = {one.body.entry for one in day.entries if isinstance(one.body, EnteredInError)}
    wrong = list(dict.fromkeys(one.encounter for one in day.entries))[WRONG]
    assert BLURRED != WRONG < ENCOUNTERS
    return marked | {one.id for one in pictures(day) if one.encounter == wrong}


def checked(base: str, entry: Any, first: list[Json]) -> None:
    """One image: its bytes, its patient, where on the body."""
    (found,) = [one for one in first if one["00080018"] == uid(entry.id)]
    (whole,) = ask(f"{base}/instances?SOPInstanceUID={found['00080018']}&includefield=all")
    dataset = read(base, whole)
    frame = next(generate_frames(dataset.PixelData, number_of_frames=1))
    jpeg = frame if sha256(frame).hexdigest() == entry.body.sha256 else frame[:-1]
    assert sha256(jpeg).hexdigest() == entry.body.sha256
    assert (dataset.Rows, dataset.Columns) == (entry.body.height, entry.body.width)
    assert dataset.AnatomicRegionSequence[0].CodeValue == entry.body.site.snomed
    assert dataset.StudyInstanceUID == uid(entry.encounter)
    assert dataset.SOPClassUID == (ENDOSCOPE if entry.body.role == "otoscope" else PHOTOGRAPH)


def instances(base: str) -> list[Json]:
    """The UIDs of everything that the archive holds, in order."""
    tags = ("00080016", "00080018", "0020000D", "0020000E", "00100020")
    found = ask(f"{base}/instances?limit=1000")
    return sorted(({tag: one[tag]["Value"][0] for tag in tags} for one in found), key=lambda one: one["00080018"])


def ask(url: str) -> list[Json]:
    with urlopen(Request(url, headers={"Accept": "application/dicom+json"}), timeout=30) as answer:  # noqa: S310 - our own server
        found: list[Json] = json.load(answer)
    return found


def read(base: str, one: Json) -> Any:
    """An instance as it is stored."""
    place = "studies/{}/series/{}/instances/{}".format(
        *(one[t]["Value"][0] for t in ("0020000D", "0020000E", "00080018"))
    )
    accept = {"Accept": 'multipart/related; type="application/dicom"; transfer-syntax=*'}
    with urlopen(Request(f"{base}/{place}", headers=accept), timeout=30) as answer:  # noqa: S310 - our own server
        parts = multipart.read(answer.headers["Content-Type"], answer.read())
    return dcmread(DicomBytesIO(parts[0]))
