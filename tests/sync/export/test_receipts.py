# SPDX-License-Identifier: Apache-2.0
"""What each server has acknowledged is read from the ledger, and an export never depends on it."""

from uuid import uuid4

import pytest

from sync.export.receipts import Receipt, receipts
from tests.sync.bench import bench, drained
from tests.sync.story import call, closing, conclusion, opening, pressure
from virtual.records import Ill, Trouble


async def test_everything_taken_nothing_yet_and_more_to_send(tmp_path):
    lane = uuid4()
    async with bench(tmp_path) as desk:
        desk.story.tell(lane, *opening(), *call(), pressure(), conclusion(), *closing())
        async with desk.running():
            await desk.until(drained)
        count = len(desk.export["resources"])
    newest = desk.story.newest
    path = tmp_path / "ledger.db"
    whole, other = receipts(path, None, ["records", "pacs"], lane, newest)
    assert whole.line.startswith("tout est reçu : ")
    assert whole.taken == count + 1  # the encounter's two stages
    assert other == Receipt("pacs")
    (late,) = receipts(path, None, ["records"], lane, newest + 1)
    assert late.behind
    assert "tout" not in late.line


async def test_what_a_server_refuses_is_told(tmp_path):
    lane = uuid4()
    async with bench(tmp_path) as desk:
        desk.records.trouble(Trouble(Ill.STATUS, status=422, times=None, path="Observation"))
        desk.story.tell(lane, *opening(), pressure(), *closing())
        async with desk.running():
            await desk.until(lambda one: one.quarantined > 0)
    (refused,) = receipts(tmp_path / "ledger.db", None, ["records"], lane, 0)
    assert refused.refused > 0
    assert "refusé" in refused.line
    assert "tout" not in refused.line


@pytest.mark.parametrize("damage", [b"", b"not a ledger" * 500])
def test_a_ledger_that_cannot_be_read_is_said_and_no_error(tmp_path, damage):
    path = tmp_path / "ledger.db"
    path.write_bytes(damage)
    (one,) = receipts(path, None, ["records"], uuid4(), 5)
    assert not one.known
    assert "inconnu" in one.line


def test_no_ledger_is_nothing_sent(tmp_path):
    (one,) = receipts(tmp_path / "none.db", None, ["records"], uuid4(), 5)
    assert "rien n’y a encore été envoyé" in one.line


def test_a_ledger_of_another_key_is_unknown(tmp_path):
    path = tmp_path / "ledger.db"
    path.write_bytes(b"\x01" * 8192)
    (one,) = receipts(path, bytes(32), ["records"], uuid4(), 5)
    assert not one.known
