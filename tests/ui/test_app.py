# SPDX-License-Identifier: Apache-2.0
"""The program as a process: it starts, follows a station at the wire, measures itself and stops when told."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from device.entry import MeasurementRecorded
from tests.ui import scenes
from tests.ui.wire import WireStation
from ui.glass import mm

PROGRAM = """
import sys
from pathlib import Path
from ui.app import run
sys.exit(run(Path(sys.argv[1]), dpi=149, size=(1280, 800), probe=Path(sys.argv[2]), shots=Path(sys.argv[3])))
"""
ROOT = Path(__file__).parents[2]


@pytest.fixture
def wire(qtbot, tmp_path: Path):  # noqa: ARG001 - the application
    one = WireStation(tmp_path / "station")
    yield one
    one.die()
    one.deleteLater()


def test_the_program_starts_measures_and_stops(qtbot, wire, tmp_path: Path) -> None:
    probe, shots = tmp_path / "probe", tmp_path / "shots"
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", PROGRAM, wire.path, probe, shots],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        wire.state = scenes.talking(newest=11)
        wire.entries = scenes.usual()
        qtbot.waitUntil(lambda: bool(wire.reads), timeout=20000)
        qtbot.waitUntil(lambda: probe.exists() and "\n11 " in probe.read_text(), timeout=20000)
        for sequence in (12, 13):
            body = MeasurementRecorded(scenes.pressure("120", "70"), scenes.CUFF, scenes.at())
            wire.append(scenes.entry(sequence, body, 0))
        qtbot.waitUntil(lambda: probe.exists() and "\n13 " in probe.read_text(), timeout=20000)
        qtbot.waitUntil(lambda: any(shots.glob("*-encounter-connected.png")), timeout=20000)
    finally:
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=20)
    assert (process.returncode, said) == (0, "")
    lines = [line.split() for line in probe.read_text().splitlines()]
    assert lines[0][0] == "first-frame"
    assert [line[0] for line in lines[-2:]] == ["12", "13"]
    assert [int(line[1]) for line in lines] == sorted(int(line[1]) for line in lines)


def test_millimetres_follow_the_panel_within_what_the_screens_need() -> None:
    from PySide6.QtCore import QSize  # noqa: PLC0415 - after the platform is chosen

    assert mm(QSize(1280, 800), 149.4) == pytest.approx(5.88, abs=0.01)
    assert mm(QSize(1024, 600), 170) == pytest.approx(600 / 125)
    assert mm(QSize(1920, 1080), 82) == pytest.approx(1080 / 200)
