# SPDX-License-Identifier: Apache-2.0
"""The runner that plays scenarios in the guest, here on the host: what fails, dies or hangs takes nothing with it."""

import asyncio
import os
import signal

import pytest

from tests.machine import runner
from tests.machine.scenario import Scenario, Times, scenario

pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # of 3.12, which sees a thread


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(runner, "HARD", 1.0)
    monkeypatch.setattr(runner, "told", lambda *_command: "journal")


def played(function, seconds: float = 5.0) -> dict:
    return runner.play(Scenario("module.name", function, seconds))


def test_a_scenario_that_returns_has_passed_and_tells_its_times():
    async def good(times: Times) -> None:
        with times.of("nothing"):
            await asyncio.sleep(0)

    result = played(good)
    assert (result["passed"], result["detail"], set(result["facts"])) == (True, "", {"nothing"})


def test_a_scenario_that_raises_has_failed_with_its_traceback_and_the_journal():
    async def bad(_times: Times) -> None:
        print("said before")  # noqa: T201 - a scenario's output
        raise AssertionError("why")

    result = played(bad)
    assert not result["passed"]
    assert "AssertionError: why" in result["detail"]
    assert "said before" in result["output"]
    assert "journal" in result["output"]


def test_what_the_product_promises_fails_a_scenario_that_took_longer():
    async def slow(times: Times) -> None:
        with times.of("back", within=0.01):
            await asyncio.sleep(0.05)

    result = played(slow)
    assert "back took" in result["detail"]
    assert result["facts"]["back"] >= 0.05


def test_a_scenario_that_waits_for_ever_ends_at_its_deadline():
    async def waits(_times: Times) -> None:
        await asyncio.Event().wait()

    assert "TimeoutError" in played(waits, 0.1)["detail"]


def test_a_scenario_that_blocks_is_killed():
    async def blocks(_times: Times) -> None:
        signal.pause()

    assert "killed after" in played(blocks, 0.1)["detail"]


def test_a_scenario_whose_process_dies_has_failed():
    async def dies(_times: Times) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    assert played(dies)["detail"] == "its process died"


def test_scenarios_are_named_whole_by_their_beginning_or_by_a_pattern():
    assert runner.matches("ble_open.a_cuff", "ble_open")
    assert runner.matches("ble_open.a_cuff", "ble_open.a_cuff")
    assert runner.matches("ble_open.a_cuff", "*cuff")
    assert not runner.matches("ble_open.a_cuff", "cuff")


def test_a_name_that_fits_nothing_is_refused_with_those_that_there_are(monkeypatch):
    @scenario()
    async def known(_times: Times) -> None: ...

    monkeypatch.setattr(runner, "discover", lambda: ([Scenario("module.known", known, 1.0)], {}))
    with pytest.raises(ValueError, match=r"no scenario nothing; there are:\n  module.known"):
        runner.main(lambda **_message: None, ["nothing"])


def test_a_module_that_does_not_load_is_a_failed_scenario(monkeypatch):
    said: list[dict] = []
    monkeypatch.setattr(runner, "discover", lambda: ([], {"broken": "ImportError: why"}))
    runner.main(lambda **message: said.append(message), [])
    assert said[0] == {"event": "plan", "scenarios": {"broken": 1.0}}
    assert (said[1]["name"], said[1]["passed"], said[1]["detail"]) == ("broken", False, "ImportError: why")
