# SPDX-License-Identifier: Apache-2.0
"""Every refusal of a server ends in one French line for the operator, one code for the technician, and nothing thrown
away: when the server is well again, all of it arrives."""

import re
from uuid import uuid4

import pytest

from sync.trouble import Trouble as Said
from tests.sync.bench import bench, drained
from tests.sync.story import closing, opening, oxygen, pressure, saturation, temperature
from virtual.records import Ill, Trouble

ENGLISH = re.compile(r"\b(the|error|server|refused|not|diagnostics|failed)\b", re.IGNORECASE)
NAMING = "Lefèvre 36.6 told to answer badly"
"""A server's words, which may name a patient."""
BEFORE = 7
"""Entries that become resources."""


@pytest.fixture
async def desk(tmp_path):
    async with bench(tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (302, "REC-08"), (400, "REC-11"), (401, "REC-06"), (403, "REC-06"), (404, "REC-08"), (405, "REC-08"),
        (408, "REC-09"), (409, "REC-12"), (410, "REC-08"), (412, "REC-12"), (413, "REC-13"), (422, "REC-11"),
        (429, "REC-09"), (500, "REC-10"), (503, "REC-09"),
    ],
)  # fmt: skip
async def test_f30_each_status_has_a_line_and_a_code_and_loses_nothing(desk, status, code):
    await said_and_whole(desk, Trouble(Ill.STATUS, status=status, times=None, words=NAMING), code)


@pytest.mark.parametrize(
    ("ill", "code"),
    [
        (Ill.SILENCE, "REC-02"),
        (Ill.DEAF, "REC-02"),
        (Ill.CUT, "REC-02"),
        (Ill.DRIP, "REC-02"),
        (Ill.PAGE, "REC-05"),
    ],
)
async def test_f30_each_way_of_not_answering_has_a_line_and_a_code_and_loses_nothing(desk, ill, code):
    await said_and_whole(desk, Trouble(ill, times=None, path="(PUT|POST) ?"), code)


async def said_and_whole(desk, trouble, code):
    desk.records.trouble(trouble)
    desk.story.tell(uuid4(), *opening(), pressure(), oxygen(), saturation(), temperature(), *closing())
    async with desk.running(deadline=0.3) as sync:
        assert_said(await desk.until(lambda one: one.code == code))
        desk.records.troubles.clear()
        sync.retry()
        await desk.until(drained)
    assert desk.export["counts"]["Observation"] == 5
    assert desk.export["doubled"] == []
    assert {one["status"] for one in desk.of("Encounter")} == {"finished"}


def assert_said(queue):
    assert queue.waiting + queue.quarantined == BEFORE
    assert re.fullmatch(r"[A-ZÀ-Ý][^\n]+[.?)]\.?", queue.why), queue.why
    assert not ENGLISH.search(queue.why)
    assert "Lefèvre" not in queue.why
    assert re.fullmatch(r"REC-\d\d", queue.code)


def test_f30_every_trouble_is_french_and_has_a_code_of_its_own():
    assert len({one.code for one in Said}) == len(list(Said))
    for one in Said:
        assert one.line[0].isupper()
        assert one.line.endswith((".", ")."))
        assert not ENGLISH.search(one.line)
        assert "'" not in one.line, "the apostrophe is ’"
