# SPDX-License-Identifier: Apache-2.0
import json

from cart.machine.report import Outcome, Report, outcome

GOOD = Outcome("ble.a", passed=True, seconds=12.34, facts={"recovered": 7.65})
BAD = Outcome("ble.b", passed=False, seconds=3.0, detail="Traceback: why")


def report(*outcomes: Outcome, missing: tuple[str, ...] = (), trouble: str = "") -> Report:
    return Report(outcomes, missing, frozen=True, prepared=1.2, seconds=20, guest={"kernel": "6.1"}, trouble=trouble)


def test_a_run_passes_only_if_everything_was_played_and_passed():
    assert report(GOOD).passed
    assert not report(GOOD, BAD).passed
    assert not report(GOOD, missing=("ble.c",)).passed
    assert not report(GOOD, trouble="the runner ended with 1").passed


def test_a_run_of_nothing_is_no_pass():
    assert not report().passed


def test_the_table_tells_each_scenario_with_its_times_and_why_it_failed():
    table = report(GOOD, BAD, missing=("ble.c",)).table()
    assert "ble.a  passed    12.3 s  recovered 7.65 s" in table
    assert "ble.b  FAILED" in table
    assert "ble.c  MISSING" in table
    assert "Traceback: why" in table
    assert "1 of 3 passed in 20 s (kernel 6.1; ready from its memory after 1 s)" in table


def test_the_file_says_whether_it_passed():
    told = json.loads(report(GOOD, BAD).json())
    assert told["passed"] is False
    assert [one["name"] for one in told["outcomes"]] == ["ble.a", "ble.b"]


def test_what_the_guest_says_besides_an_outcome_is_left_out():
    said = {"event": "scenario", "name": "x", "passed": True, "seconds": 1.5, "detail": "", "facts": {}, "output": "…"}
    assert outcome(said) == Outcome("x", passed=True, seconds=1.5)
