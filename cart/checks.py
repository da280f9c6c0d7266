# SPDX-License-Identifier: Apache-2.0
"""``chevet test``: the linters, the floors, the types, then every test; what failed is named last.

``chevet test machine`` is another test, of the buses on a real system's stacks (``cart.machine``), and ``chevet test
faults`` the long storm of everything that fails around the sender (``tests.sync.storm``), then 200 power cuts
(``tests.faults.power``). ``chevet test peers`` sends a whole day into other people's servers (``tests/peers``).
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from cart.machine import command as machine

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PEERS = ("against_medplum.py", "against_orthanc.py")
"""Tests that no other run collects: they start servers which only ``test peers`` installs."""
MOST = "4"
"""Processes at once, a test file each: a core each, but many tests start browsers and servers of their own."""
FAILED = 1
"""pytest's exit status when tests failed, and nothing else went wrong."""
FEW = 8
"""Failures, at most, that are tried once more with the machine to themselves: browsers, media and sockets have
deadlines that a busy machine may miss. What fails again has failed; what does not is named."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options; what is not one of them goes to pytest."""
    parser.add_argument("--no-lint", action="store_true", help="tests only")
    parser.epilog = "test machine [SCENARIO...] [--keep] [--no-cache]: the buses in an emulated machine"


def run(options: argparse.Namespace) -> int:
    """Run them all; 0 when all passed."""
    if options.rest[:1] == ["machine"]:
        return machine.main(options.rest[1:])
    if options.rest[:1] == ["faults"]:
        parts = [["tests.sync.storm", *options.rest[1:]], *([] if options.rest[1:] else [["tests.faults.power"]])]
        commands = [[sys.executable, "-m", *part] for part in parts]
        return max(subprocess.run(command, cwd=ROOT, check=False).returncode for command in commands)  # noqa: S603 - our own tests
    if options.rest[:1] == ["peers"]:
        files = [str(ROOT / "tests" / "peers" / name) for name in PEERS]
        command = [sys.executable, "-m", "pytest", "-v", "--durations=0", *files, *options.rest[1:]]
        return subprocess.run(command, cwd=ROOT, env=environment(), check=False).returncode  # noqa: S603 - our own tests
    chosen = options.rest or ["-n", "logical", "--maxprocesses", MOST, "--dist", "loadfile", "--no-loadscope-reorder"]
    pytest = [sys.executable, "-m", "pytest", "-q"]
    steps = [] if options.no_lint else lints()
    failed = [name for name, command in steps if _step(name, command) != 0]
    status = _step("tests", [*pytest, *chosen])
    if status == FAILED and not options.rest and len(missed := _failures()) <= FEW:
        again = ["--last-failed", "--last-failed-no-failures", "none"]
        status = _step(f"tests again, alone: {', '.join(missed)}", [*pytest, *again])
    if status != 0:
        failed.append("tests")
    if failed:
        sys.stdout.write(f"== failed: {', '.join(failed)}\n")
    return 1 if failed else 0


def _step(name: str, command: list[str]) -> int:
    """Run one; its exit status."""
    began = time.monotonic()
    sys.stdout.write(f"== {name}\n")
    sys.stdout.flush()
    status = subprocess.run(command, cwd=ROOT, env=environment(), check=False).returncode  # noqa: S603 - our own tools
    said = "passed" if status == 0 else f"FAILED ({status})"
    sys.stdout.write(f"== {name}: {said} in {time.monotonic() - began:.0f} s\n")
    return status


def _failures() -> list[str]:
    """The tests that failed in the last run."""
    noted = ROOT / ".pytest_cache" / "v" / "cache" / "lastfailed"
    return sorted(json.loads(noted.read_text())) if noted.exists() else []


def lints() -> list[tuple[str, list[str]]]:
    """Everything that reads the code without running it."""
    screens = sorted(str(path) for path in (ROOT / "ui" / "qml").rglob("*.qml"))
    return [
        ("ruff", [str(BIN / "ruff"), "check", "."]),
        ("format", [str(BIN / "ruff"), "format", "--check", "."]),
        ("floors", [str(BIN / "lint-imports"), "--no-cache"]),
        ("types", [str(BIN / "mypy")]),
        ("screens", [str(BIN / "pyside6-qmllint"), "-I", str(ROOT / "ui" / "qml"), "--max-warnings", "0", *screens]),
    ]


def environment() -> dict[str, str]:
    """Screens are drawn off screen, by software, in one loop; no test waits for a GPU."""
    return {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "QT_QUICK_BACKEND": "software",
        "QSG_RENDER_LOOP": "basic",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
