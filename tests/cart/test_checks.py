# SPDX-License-Identifier: Apache-2.0
"""``chevet test``: what failed on a busy machine is tried again alone; what fails again has failed."""

import argparse

import pytest

from cart import checks

TESTS = """
from pathlib import Path

def test_sound():
    pass

def test_late():
    before = Path(__file__).with_name("before")
    seen = before.exists()
    before.touch()
    assert seen

def test_wrong():
    assert {wrong}
"""


@pytest.mark.parametrize(("wrong", "status"), [("True", 0), ("False", 1)])
def test_a_failure_is_tried_again_alone(tmp_path, monkeypatch, capfd, wrong, status):
    (tmp_path / "test_some.py").write_text(TESTS.replace("{wrong}", wrong))
    monkeypatch.setattr(checks, "ROOT", tmp_path)
    assert checks.run(argparse.Namespace(rest=[], no_lint=True)) == status
    printed = capfd.readouterr().out
    assert "== tests again, alone: " in printed
    assert "test_some.py::test_late" in printed
    assert ("== failed: tests" in printed) == bool(status)
