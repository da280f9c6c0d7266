# SPDX-License-Identifier: Apache-2.0
"""A run with a scripted guest in place of QEMU's."""

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cart.machine import play
from cart.machine.errors import MachineError
from cart.machine.play import Run
from cart.machine.system import System
from cart.machine.warm import Warm

PLAN = {"event": "plan", "scenarios": {"a.one": 5.0, "a.two": 5.0}}
OVER = {"event": "over", "status": 0}
DIES, HANGS, COLD = "dies", "hangs", "does not thaw"
Script = list[Any]


class Guest:
    """Says what its script says; dies, or says nothing more."""

    def __init__(self, script: Script) -> None:
        self._script = deque(script)
        self.asked: list[str] = []

    async def greet(self, _seconds: float) -> dict[str, Any]:
        if self._script[0] == COLD:
            raise MachineError(COLD)
        return {"kernel": "6.1", "python": "3.11", "missing": []}

    def say(self, message: dict[str, Any], _data: bytes = b"") -> None:
        self.asked = message["names"]

    async def hear(self, _seconds: float) -> dict[str, Any]:
        said = self._script.popleft()
        if said == DIES:
            raise MachineError(DIES)
        if said == HANGS:
            raise TimeoutError
        return said

    def console(self, _lines: int = 30) -> str:
        return "the console's end"


def began(name: str) -> dict[str, Any]:
    return {"event": "began", "name": name}


def ended(name: str, *, passed: bool = True) -> dict[str, Any]:
    return {"event": "scenario", "name": name, "passed": passed, "seconds": 1.0, "detail": "", "output": "said\n"}


BOTH = [PLAN, began("a.one"), ended("a.one"), began("a.two"), ended("a.two"), OVER]


@pytest.fixture
def stage(tmp_path, monkeypatch):
    """A run whose guests follow the scripts, one after the other."""
    guests: list[Guest] = []

    def made(*scripts: Script, frozen: bool = True) -> tuple[Run, list[Guest]]:
        left = deque(scripts)

        @asynccontextmanager
        async def machine(*_what: object) -> AsyncIterator[Guest]:
            guests.append(Guest(left.popleft()))
            yield guests[-1]

        monkeypatch.setattr(play, "machine", machine)
        monkeypatch.setattr(Warm, "fresh_disk", lambda _self, folder: folder / "disk")
        nothing = Path("/nowhere")
        warm = Warm(System(nothing), nothing, nothing, nothing if frozen else None)
        return Run(warm, b"", [], tmp_path), guests

    return made


async def test_a_run_reports_each_scenario_and_keeps_its_log(stage, tmp_path):
    run, _guests = stage(BOTH)
    report = await run.play()
    assert report.passed
    assert [one.name for one in report.outcomes] == ["a.one", "a.two"]
    assert (tmp_path / "a.one.log").read_text() == "said\n"


async def test_a_scenario_that_failed_fails_the_run(stage):
    run, _guests = stage([PLAN, began("a.one"), ended("a.one", passed=False), ended("a.two"), OVER])
    assert not (await run.play()).passed


async def test_a_guest_that_hangs_is_told_of_and_a_fresh_one_plays_the_rest(stage):
    run, guests = stage([PLAN, began("a.one"), HANGS], [PLAN, began("a.two"), ended("a.two"), OVER])
    report = await run.play()
    assert [(one.name, one.passed) for one in report.outcomes] == [("a.one", False), ("a.two", True)]
    assert "the console's end" in report.outcomes[0].detail
    assert guests[1].asked == ["a.two"]
    assert not report.passed


async def test_a_scenario_under_which_the_kernel_died_is_played_again_and_that_is_said(stage):
    run, guests = stage([PLAN, began("a.one"), DIES], BOTH)
    report = await run.play()
    assert report.passed
    assert guests[1].asked == ["a.one", "a.two"]
    assert [one.again for one in report.outcomes] == [True, False]
    assert "had died" in report.table()


async def test_a_scenario_under_which_the_kernel_dies_twice_has_failed(stage):
    run, _guests = stage([PLAN, began("a.one"), DIES], [PLAN, began("a.one"), DIES], [PLAN, ended("a.two"), OVER])
    report = await run.play()
    assert [(one.name, one.passed) for one in report.outcomes] == [("a.one", False), ("a.two", True)]


async def test_a_kept_memory_that_cannot_be_used_is_no_failure(stage):
    run, _guests = stage([COLD], BOTH)
    report = await run.play()
    assert report.passed
    assert not report.frozen


async def test_a_guest_that_does_not_start_at_all_ends_the_run(stage):
    run, _guests = stage([COLD], frozen=False)
    report = await run.play()
    assert not report.passed
    assert report.trouble == COLD


async def test_scenarios_that_were_to_run_and_did_not_are_missing(stage):
    run, _guests = stage([PLAN, ended("a.one"), OVER])
    report = await run.play()
    assert report.missing == ("a.two",)
    assert not report.passed


async def test_a_runner_that_breaks_fails_the_run(stage):
    broken = {"event": "broken", "detail": "ValueError: no scenario x"}
    run, _guests = stage([broken, {"event": "over", "status": 1}])
    report = await run.play()
    assert not report.passed
    assert report.trouble == "ValueError: no scenario x"
