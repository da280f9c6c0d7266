# SPDX-License-Identifier: Apache-2.0
"""f37: the disk fills up. Captures are refused first; the running encounter finishes on the reserve; a new one is
refused with a clear line; and all comes back when there is room again."""

import asyncio
from contextlib import asynccontextmanager, closing

import pytest

from cart.config import StorageSection
from cart.storage import Storage
from device import commands as c
from device.codes import Site
from device.entry import CaptureTaken, ConsentForm, Incident
from device.journal import Journal, verify
from device.journal.reserve import SIZE
from tests.device.station.conftest import PAUL, Bench, HandClock, make
from tests.faults import card
from tests.faults.card import root  # noqa: F401 - a fixture

KEY = bytes(range(32))
MEGABYTES = 80
NOTICED = 5.0
TOLD = 700
"""Entries of the rest of an encounter: more than the space that is left without the reserve."""


@asynccontextmanager
async def ward(slot):
    """A station on a card, with its storage watched."""
    clock = HandClock()
    with closing(Journal.open(slot / "journal.db", clock, KEY)) as journal:
        storage = Storage(StorageSection(), journal, clock, slot)
        bench = make(slot, clock, journal, storage.attachments)
        tasks = [asyncio.create_task(part) for part in (bench.station.writer.run(), storage.watch(bench.station))]
        try:
            yield bench
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def shown(bench: Bench, code: str, *, there: bool = True) -> None:
    """Wait until a line is on the screen, or off it."""
    async with asyncio.timeout(NOTICED):
        while any(notice.code == code for notice in bench.station.state.notices) != there:
            await asyncio.sleep(0.05)


async def told(bench: Bench, number: int) -> None:
    """The encounter goes on, an entry at a time."""
    for _ in range(number):
        entries = await bench.station.record(lambda now: (now.file_chain, [Incident("camera-lost", "Caméra. " * 60)]))
        assert len(entries) == 1


@pytest.mark.root
async def test_f37_captures_first_the_encounter_finishes_a_new_one_is_refused(root):  # noqa: F811 - the fixture
    image = card.made(root.image("card"), MEGABYTES)
    with card.mounted(image, root.slot("card")) as slot:
        async with ward(slot) as bench:
            await bench.open()
            await bench.ok(c.ChooseCamera("otoscope"), c.Capture(Site.LEFT_EAR))
            reserve = slot / "journal.db-reserve"

            card.fill(slot, leave=20 << 20)
            await shown(bench, "JRN-12")
            refusal = await bench.do(c.Capture(Site.RIGHT_EAR))
            assert (refusal.ok, refusal.code) == (False, "JRN-14")
            assert "place" in refusal.line
            await told(bench, 5)
            assert reserve.stat().st_size == SIZE, "pictures are refused, nothing else"

            card.fill(slot, leave=0)
            await told(bench, TOLD)
            assert not reserve.exists(), "the reserve was spent"
            await bench.ok(c.EndEncounter(), c.CloseFile())
            assert len(bench.bodies(CaptureTaken)) == 1

            refusal = await bench.do(c.OpenEncounter(PAUL))
            assert (refusal.ok, refusal.code) == (False, "CMD-14")
            assert "place" in refusal.line

            (slot / "filler").unlink()
            await shown(bench, "JRN-12", there=False)
            await bench.ok(c.OpenEncounter(PAUL), c.ConfirmIdentity(), c.GiveConsent(ConsentForm.ORAL))
            await bench.ok(c.Capture(Site.RIGHT_EAR))
            assert reserve.stat().st_size == SIZE, "the reserve is taken again"
            entries = bench.journal.after(0, limit=10_000)
            assert sum(isinstance(entry.body, Incident) for entry in entries) == TOLD + 5
        assert verify(slot / "journal.db", KEY).sound


@pytest.mark.root
async def test_f37_without_room_for_a_reserve_no_encounter_begins(root):  # noqa: F811 - the fixture
    image = card.made(root.image("card"), MEGABYTES)
    with card.mounted(image, root.slot("card")) as slot:
        card.fill(slot, leave=4 << 20)
        async with ward(slot) as bench:
            await bench.ok(c.SignIn("camille", "123456"))
            assert (await bench.do(c.OpenEncounter(PAUL))).code == "CMD-14"
            (slot / "filler").unlink()
            await bench.ok(c.OpenEncounter(PAUL))
