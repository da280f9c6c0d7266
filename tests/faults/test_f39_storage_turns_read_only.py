# SPDX-License-Identifier: Apache-2.0
"""f39: the card fails and the kernel turns it read-only. Said within 5 s, by itself; nothing pretends to be saved; what
was acknowledged before is there afterwards."""

from contextlib import closing

import pytest

from device import commands as c
from device.clock import SystemClock
from device.codes import Metric, Site
from device.errors import JournalError
from device.journal import Journal, verify
from tests.faults import card
from tests.faults.card import root  # noqa: F401 - a fixture
from tests.faults.test_f37_disk_full import KEY, shown, ward


@pytest.mark.root
async def test_f39_said_within_five_seconds_and_nothing_pretends_to_be_saved(root):  # noqa: F811 - the fixture
    image = card.made(root.image("card"), 64)
    with card.mounted(image, root.slot("card"), "errors=remount-ro") as slot:
        async with ward(slot) as bench:
            await bench.open()
            before = bench.journal.after(0)
            assert bench.station.state.notices == ()

            card.break_down(slot)
            await shown(bench, "JRN-02")
            (line,) = (one.line for one in bench.station.state.notices if one.code == "JRN-02")
            assert "rien n’est enregistré" in line

            refusal = await bench.do(c.EndEncounter())
            assert not refusal.ok
            assert refusal.code in {"JRN-02", "JRN-06"}
            assert bench.station.state.encounter is not None, "it has not ended"
            assert (await bench.do(c.Capture(Site.ROOM))).code == "JRN-14"
            bench.intake.arrive(bench.live(Metric.TEMPERATURE, "36.6"))
            assert bench.journal.newest == len(before)
            assert bench.station.state.newest == len(before)
            assert bench.journal.after(0) == before, "what was written can be read"
    card.checked(image)
    with card.mounted(image, root.slot("card")) as slot:
        with closing(Journal.open(slot / "journal.db", SystemClock(trusted=True), KEY)) as journal:
            assert journal.after(0) == before
        assert verify(slot / "journal.db", KEY).sound


@pytest.mark.root
def test_f39_a_cart_that_starts_on_a_read_only_card_says_so(root):  # noqa: F811 - the fixture
    image = card.made(root.image("card"), 64)
    with card.mounted(image, root.slot("card")) as slot:
        Journal.open(slot / "journal.db", SystemClock(trusted=True), KEY).close()
    with card.mounted(image, root.slot("card"), "ro") as slot:
        with pytest.raises(JournalError) as refusal:
            Journal.open(slot / "journal.db", SystemClock(trusted=True), KEY)
        assert refusal.value.code == "JRN-02"
        assert "n’accepte plus d’écriture" in refusal.value.line
