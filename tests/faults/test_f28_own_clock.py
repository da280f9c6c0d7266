# SPDX-License-Identifier: Apache-2.0
"""The cart's own clock is wrong by three years: the clock is named, not the certificate."""

import asyncio
import os
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from call.diagnosis import Facts, Look, Outcome, diagnose
from call.netlink import Reach
from cart.config import SHIPPED
from cart.demo.certificates import issue
from tests.faults.test_f27_server_certificate import Guarded

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
THREE_YEARS = timedelta(days=3 * 365)


def facts(now: datetime, *, trusted: bool, hint: datetime | None) -> Facts:
    """A certificate that does not hold at ``now``."""
    server = Look(Outcome.EXPIRED, detail="certificate has expired")
    return Facts(Reach(), local=True, server=server, now=now, trusted=trusted, hint=hint)


def test_f28_a_clock_that_nobody_set_and_that_others_contradict_is_the_clock():
    (ahead,) = diagnose(facts(NOW + THREE_YEARS, trusted=False, hint=NOW))
    (behind,) = diagnose(facts(NOW - THREE_YEARS, trusted=False, hint=NOW))
    assert (ahead.code, behind.code) == ("CAL-08", "CAL-08")
    assert "3 ans en avance" in ahead.line
    assert "3 ans en retard" in behind.line


def test_f28_a_clock_that_the_network_set_is_believed_before_a_server_that_proved_nothing():
    assert [one.code for one in diagnose(facts(NOW, trusted=True, hint=NOW - THREE_YEARS))] == ["CAL-09"]
    assert [one.code for one in diagnose(facts(NOW, trusted=False, hint=None))] == ["CAL-02"]
    assert [one.code for one in diagnose(facts(NOW, trusted=False, hint=NOW))] == ["CAL-02"]


@pytest.mark.skipif(shutil.which("faketime") is None, reason="needs Debian's faketime")
async def test_f28_the_technician_reads_that_it_is_the_clock(tmp_path):
    config = tmp_path / "config"
    shutil.copytree(SHIPPED, config)
    issue(config, "127.0.0.1")
    async with Guarded(config) as server:
        cart = (config / "cart.toml").read_text("utf-8").replace("ws://127.0.0.1:8460", server.origin)
        (config / "cart.toml").write_text(cart.replace('authority = ""', 'authority = "authority.pem"'), "utf-8")
        command = ["faketime", "-f", "-3y", sys.executable, "-m", "cart", "network", "--config", str(config)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, env=environment, cwd=ROOT, stdout=pipe)
        async with asyncio.timeout(30):
            out, _ = await process.communicate()
    said = out.decode()
    assert process.returncode == 1
    assert "CAL-08" in said
    assert "3 ans en retard" in said
