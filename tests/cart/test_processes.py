# SPDX-License-Identifier: Apache-2.0
"""Children are kept as systemd keeps them, and none is left behind."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from cart.stage.processes import Processes

SLEEP = ["sleep", "600"]


async def until(holds: object) -> None:
    async with asyncio.timeout(10):
        while not holds():  # type: ignore[operator]
            await asyncio.sleep(0.02)


async def test_a_kept_child_that_is_killed_is_started_again(tmp_path: Path):
    processes = Processes(tmp_path)
    await processes.start("one", SLEEP)
    first = processes.identity("one")
    processes.kill("one")
    await until(lambda: processes.identity("one") != first)
    assert processes.restarts == {"one": 1}
    second = processes.identity("one")
    await processes.stop_all()
    assert not psutil.pid_exists(second)


async def test_what_a_child_started_ends_with_it_even_if_it_refuses(tmp_path: Path):
    processes = Processes(tmp_path)
    stubborn = ["sh", "-c", "trap '' TERM; sleep 600 & echo $!; wait; wait"]
    await processes.start("stubborn", stubborn, keep=False)
    log = tmp_path / "stubborn.log"
    await until(lambda: log.exists() and log.read_text().endswith("\n"))
    grandchild = int(log.read_text())
    os.kill(processes.identity("stubborn"), signal.SIGTERM)
    await processes.stop_all()
    await until(lambda: not psutil.pid_exists(grandchild) or psutil.Process(grandchild).status() == "zombie")


async def test_a_child_that_is_not_kept_tells_its_exit_status(tmp_path: Path):
    processes = Processes(tmp_path)
    await processes.start("quick", ["sh", "-c", "exit 3"], keep=False)
    assert await processes.wait("quick", 10) == 3
    with pytest.raises(KeyError):
        processes.identity("nobody")
    await processes.stop_all()


async def test_children_end_with_a_parent_that_is_killed(tmp_path: Path):
    program = (
        "import asyncio, pathlib; from cart.stage.processes import Processes\n"
        "async def main():\n"
        f"    processes = Processes(pathlib.Path({str(tmp_path)!r}))\n"
        "    await processes.start('one', ['sleep', '600'])\n"
        "    print(processes.identity('one'), flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout is not None
    child = int(await asyncio.wait_for(parent.stdout.readline(), 10))
    await until(lambda: psutil.Process(child).name() == "sleep")
    parent.kill()
    await parent.wait()
    await until(lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == "zombie")
