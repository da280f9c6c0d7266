# SPDX-License-Identifier: Apache-2.0
"""Plays the scenarios inside the guest, each in a process of its own that inherits every loaded library.

A scenario that fails, dies or outlasts its deadline takes nothing with it: its processes are killed, the next one finds
the guest running. Told to the host: ``plan``, then ``began`` and ``scenario`` for each, and ``log``.
"""

import asyncio
import contextlib
import fnmatch
import importlib
import json
import logging
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from tests.machine.scenario import Scenario, Times

SCENARIOS = Path(__file__).parent / "scenarios"
HARD = 20.0
"""Seconds after its deadline at which a scenario is killed."""
Say = Callable[..., None]


def main(say: Say, wanted: list[str]) -> None:
    """Play the wanted scenarios, all if none is named. Raises ValueError for a name that fits none."""
    found, broken = discover()
    chosen = [one for one in found if not wanted or any(matches(one.name, name) for name in wanted)]
    if unknown := [name for name in wanted if not any(matches(one.name, name) for one in found)]:
        known = "\n  ".join(one.name for one in found)
        raise ValueError(f"no scenario {', '.join(unknown)}; there are:\n  {known}")
    say(event="plan", scenarios={one.name: one.seconds for one in chosen} | dict.fromkeys(broken, 1.0))
    for name, detail in broken.items():
        say(event="scenario", name=name, passed=False, seconds=0.0, detail=detail)
    for one in chosen:
        say(event="began", name=one.name)
        say(event="scenario", name=one.name, **play(one))
    say(event="log", name="journal", text=told("journalctl", "-b", "-q", "-o", "short-monotonic"))


def matches(name: str, wanted: str) -> bool:
    """Whether ``wanted`` names the scenario: whole, its beginning, or a pattern."""
    return name.startswith(wanted) or fnmatch.fnmatchcase(name, wanted)


def discover() -> tuple[list[Scenario], dict[str, str]]:
    """Every scenario, by module in alphabetical order; and the modules that do not load, with why."""
    found: list[Scenario] = []
    broken: dict[str, str] = {}
    for path in sorted(SCENARIOS.glob("[a-z]*.py")):
        try:
            module = importlib.import_module(f"tests.machine.scenarios.{path.stem}")
        except Exception:  # noqa: BLE001 - one module's fault must not hide the others
            broken[path.stem] = traceback.format_exc()
            continue
        for name, function in vars(module).items():
            if hasattr(function, "deadline") and function.__module__ == module.__name__:
                found.append(Scenario(f"{path.stem}.{name}", function, function.deadline))
    return found, broken


def play(one: Scenario) -> dict[str, object]:
    """Play one scenario in a child; what came of it."""
    began = time.monotonic()
    since = time.time()
    reader, writer = os.pipe()
    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if not child:
            os.close(reader)
            _child(one, writer, output.fileno())
        os.close(writer)
        result = _result(reader, one.seconds + HARD)
        _end(child)
        output.seek(0)
        text = output.read().decode(errors="replace")
    result["seconds"] = round(time.monotonic() - began, 2)
    if not result["passed"]:
        journal = told("journalctl", "-q", "-o", "short-monotonic", "--since", f"@{since:.0f}")
        text += "\n== journal\n" + journal[-20000:]
    return {**result, "output": text}


def _child(one: Scenario, writer: int, output: int) -> None:
    """Never returns."""
    os.setsid()
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.stdout, sys.stderr = (os.fdopen(number, "w", buffering=1) for number in (1, 2))
    shown = "%(relativeCreated)d %(name)s: %(message)s"
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format=shown, force=True)
    logging.getLogger("bumble").setLevel(logging.WARNING)
    times = Times()
    passed, detail = True, ""
    try:
        asyncio.run(_within(one, times))
    except BaseException:  # noqa: BLE001 - whatever ends a scenario is its result
        passed, detail = False, traceback.format_exc()
    os.write(writer, json.dumps({"passed": passed, "detail": detail[-8000:], "facts": times.facts}).encode())
    os._exit(0)


async def _within(one: Scenario, times: Times) -> None:
    async with asyncio.timeout(one.seconds):
        await one.function(times)


def _result(reader: int, seconds: float) -> dict[str, object]:
    """What the child wrote when it was through, or what became of it."""
    data = b""
    deadline = time.monotonic() + seconds
    with os.fdopen(reader, "rb", buffering=0) as pipe:
        while select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))[0]:
            more = pipe.read(1 << 16)
            if not more:
                break
            data += more
        else:
            return {"passed": False, "detail": f"killed after {seconds:.0f} s: it did not even end at its deadline"}
    return json.loads(data) if data else {"passed": False, "detail": "its process died"}


def _end(child: int) -> None:
    """Kill whatever the scenario left running."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)


def told(*command: str) -> str:
    """A tool's output."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, timeout=60)
    except subprocess.TimeoutExpired:
        return f"{command[0]} took too long"
    return done.stdout + done.stderr
