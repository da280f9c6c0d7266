# SPDX-License-Identifier: Apache-2.0
"""The command line itself."""

import argparse

import pytest

from cart import verify
from cart.cli import COMMANDS, INTERRUPTED, ROOT, main


def test_ctrl_c_is_said_without_a_trace(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    def interrupted(_: argparse.Namespace) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(verify, "run", interrupted)
    assert main(["verify"]) == INTERRUPTED
    assert capsys.readouterr().err == "\nchevet verify: interrupted\n"


def test_the_launcher_names_every_command_and_sets_each_up():
    launcher = (ROOT / "chevet").read_text("utf-8")
    for name in COMMANDS:
        assert f"\n  {name:<13}" in launcher, name
        assert f"{name} |" in launcher or f"| {name})" in launcher, name
