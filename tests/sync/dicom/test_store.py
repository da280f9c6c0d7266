# SPDX-License-Identifier: Apache-2.0
"""The whole body of the process against an archive: each image once, and every refusal with its line and its code."""

from uuid import uuid4

import cv2
import msgspec
import numpy as np
import pytest

from device.entry import EnteredInError
from sync.dicom.image import ENDOSCOPE
from sync.settings import Server
from tests.sync.bench import bench, drained
from tests.sync.dicom.pacs import pacs
from tests.sync.story import NURSE, capture, closing, opening, pressure

JPEG = cv2.imencode(".jpg", np.zeros((24, 32, 3), np.uint8))[1].tobytes()


@pytest.fixture
async def desk(tmp_path):
    async with bench(tmp_path) as made, pacs() as archive:
        made.pacs = archive
        made.server = Server("pacs", archive.base, kind="dicomweb", deadline=1.0)
        yield made


def told(desk, data=JPEG, *, closed=True):
    name = desk.attachments.put(data)
    taken = msgspec.structs.replace(capture(name, len(data)), role="otoscope")
    encounter = uuid4()
    *_, entry = desk.story.tell(encounter, *opening(), pressure(), taken)
    if closed:
        desk.story.tell(encounter, *closing())
    return encounter, entry


@pytest.mark.parametrize("read_back", [False, True])
async def test_an_image_is_stored_once_and_marked(desk, read_back):
    _, entry = told(desk, closed=False)
    async with desk.running(read_back=read_back):
        queue = await desk.until(lambda one: entry.id in one.acknowledged)
    assert queue.acknowledged == (entry.id,), "nothing else is sent to an archive"
    assert len(desk.pacs.stored) == 1
    assert desk.pacs.asked == ["STOW", *(["WADO"] if read_back else [])]


@pytest.mark.parametrize("fate", ["503", "429", "500", "silent", "unnamed", "0xA700", "0x0110", "408"])
async def test_a_passing_failure_is_tried_again_with_the_same_bytes(desk, fate):
    told(desk)
    desk.pacs.fates = [fate, fate]
    async with desk.running():
        await desk.until(lambda one: drained(one) and desk.pacs.stored)
    assert len(desk.pacs.stored) == 1
    assert desk.pacs.asked.count("STOW") == 3


@pytest.mark.parametrize(
    ("fate", "code"),
    [("400", "REC-11"), ("413", "REC-13"), ("415", "REC-18"), ("0x0122", "REC-11"), ("0xC000", "REC-11")],
)
async def test_a_refusal_is_alone_in_quarantine_with_its_code(desk, fate, code):
    told(desk)
    desk.pacs.fates = [fate]
    async with desk.running():
        queue = await desk.until(lambda one: one.quarantined == 1)
        assert queue.code == code
        assert queue.why.endswith(".")
    ledger = desk.ledger()
    (refused,) = ledger.quarantine()
    ledger.close()
    assert refused.code == code
    assert refused.words or fate.isdecimal()


async def test_a_duplicate_is_compared_with_what_the_archive_holds(desk):
    _, entry = told(desk, closed=False)
    async with desk.running():
        await desk.until(lambda one: entry.id in one.acknowledged)
    (desk.folder / "ledger.db").unlink()
    desk.pacs.fates = ["0x0111"]
    async with desk.running():
        await desk.until(lambda one: entry.id in one.acknowledged)
    assert desk.pacs.asked == ["STOW", "STOW", "WADO"]


async def test_other_bytes_read_back_are_never_taken_for_ours(desk):
    told(desk)
    desk.pacs.fates = ["other"]
    async with desk.running(read_back=True):
        queue = await desk.until(lambda one: one.quarantined == 1)
    assert queue.code == "REC-12"


async def test_a_picture_of_another_kind_stays_on_the_cart(desk):
    told(desk, cv2.imencode(".jpg", np.zeros((24, 32, 3), np.uint8), [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1].tobytes())
    async with desk.running():
        queue = await desk.until(lambda one: one.quarantined == 1)
    assert queue.code == "REC-18"
    assert desk.pacs.asked == []


async def test_a_portal_in_its_place_is_said(desk):
    told(desk)
    desk.pacs.fates = ["page"] * 1000
    async with desk.running():
        queue = await desk.until(lambda one: one.code == "REC-05")
        assert not queue.reachable
        desk.pacs.fates.clear()
        await desk.until(drained)


async def test_an_image_marked_as_an_error_after_it_was_sent_is_followed_by_its_rejection(desk):
    encounter, entry = told(desk, closed=False)
    async with desk.running() as sync:
        await desk.until(lambda one: entry.id in one.acknowledged)
        (mark,) = desk.story.tell(encounter, EnteredInError(entry.id, "floue", NURSE))
        sync.wake()
        await desk.until(lambda one: mark.id in one.acknowledged)
    assert len(desk.pacs.stored) == 2
    assert ENDOSCOPE.encode() in desk.pacs.stored[f"2.25.{entry.id.int}"]


async def test_an_image_marked_as_an_error_before_it_was_sent_never_leaves(desk):
    encounter, entry = told(desk, closed=False)
    desk.pacs.fates = ["429"] * 1000  # until the mark is known: what passes sooner than a report is never told
    async with desk.running() as sync:
        await desk.until(lambda one: one.code == "REC-09")
        desk.story.tell(encounter, EnteredInError(entry.id, "floue", NURSE))
        sync.wake()
        await desk.until(drained)
    assert desk.pacs.stored == {}
    assert set(desk.pacs.asked) == {"STOW"}


async def test_an_image_that_may_have_been_stored_when_it_was_marked_is_followed_by_its_rejection(desk):
    encounter, entry = told(desk, closed=False)
    desk.pacs.fates = ["500"] * 1000
    async with desk.running() as sync:
        await desk.until(lambda one: one.code == "REC-10")
        (mark,) = desk.story.tell(encounter, EnteredInError(entry.id, "floue", NURSE))
        desk.pacs.fates.clear()
        sync.wake()
        await desk.until(lambda one: mark.id in one.acknowledged)
    assert len(desk.pacs.stored) == 2, "never without its rejection"
