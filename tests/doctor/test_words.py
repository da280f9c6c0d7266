# SPDX-License-Identifier: Apache-2.0
"""The page's pure modules, run where they run: in Chromium."""

from typing import Any

import pytest
from playwright.async_api import Page

from doctor.server import Server
from tests.doctor import facts

pytestmark = pytest.mark.asyncio(loop_scope="session")

CALL = "async ([module, name, args]) => (await import(`/page/js/${module}.js`))[name](...args)"


@pytest.fixture
def call(page: Page, server: Server):
    """Call a function of a module of the page."""

    async def now(module: str, name: str, *args: Any) -> Any:
        if not page.url.startswith(server.origin):
            await page.goto(f"{server.origin}/d/none")
        return await page.evaluate(CALL, [module, name, list(args)])

    return now


async def test_numbers_ages_and_flows_are_french(call) -> None:
    assert await call("words", "number", "37.45", 1) == "37,5"
    assert await call("words", "number", "132", 0) == "132"
    assert await call("words", "number", None) == "—"
    assert [await call("words", "age", seconds) for seconds in (-1, 3.4, 59.6, 125, 7300)] == [
        "0 s",
        "3 s",
        "1 min",
        "2 min",
        "2 h 01",
    ]
    assert await call("words", "flow", 480.4) == "480 kbit/s"
    assert await call("words", "flow", 1234) == "1,2 Mbit/s"


async def test_a_patient_is_said_with_an_exact_age(page: Page, call) -> None:
    patient = facts.view()["patient"]
    assert await call("words", "name", patient) == "LEROUX Jeanne"
    said = "async ([patient, day]) => (await import('/page/js/words.js')).facts(patient, new Date(day))"
    assert await page.evaluate(said, [patient, "2026-03-11T12:00:00"]) == "née le 12/03/1936 · 89 ans · chambre 12"
    assert await page.evaluate(said, [patient, "2026-03-12T12:00:00"]) == "née le 12/03/1936 · 90 ans · chambre 12"
    assert "né le 02/01/1940" in await call("words", "facts", facts.plain(facts.OTHER))
    unknown = patient | {"sex": "unknown", "room": ""}
    assert (await call("words", "facts", unknown)).startswith("date de naissance 12/03/1936")


async def test_a_consultation_counts_each_entry_once_and_of_one_encounter(page: Page, call) -> None:
    entries = [facts.entry(1, facts.pressure(132, 81)), facts.entry(2, facts.aside())]
    entries += [entries[0], facts.entry(3, facts.temperature("37.4")) | {"encounter": "another"}]
    await call("words", "number", 1)
    applied = await page.evaluate(
        """async ([entries, encounter]) => {
          const { Consultation } = await import("/page/js/consultation.js");
          const consultation = new Consultation();
          consultation.encounter = encounter;
          const applied = entries.map((entry) => consultation.apply(entry));
          return [applied, consultation.position, consultation.records.size, consultation.asides.size];
        }""",
        [entries, str(facts.ENCOUNTER)],
    )
    assert applied == [[True, True, False, False], 2, 1, 1]
