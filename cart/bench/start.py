# SPDX-License-Identifier: Apache-2.0
"""From nothing to the first frame: the kiosk against a bare Qt Quick window, in turn, on the same screen."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from cart.bench.result import Result, at_most, figure
from cart.stage.display import Display

ROUNDS = 5
SECONDS = 30.0
BARE = """
import sys, time
from PySide6.QtGui import QGuiApplication
from PySide6.QtQml import QQmlApplicationEngine
from PySide6.QtQuick import QQuickWindow
application = QGuiApplication(sys.argv[:1])
engine = QQmlApplicationEngine()
engine.loadData(b'import QtQuick\\nWindow { visible: true; width: 1280; height: 800; Text { text: "Chevet" } }')
def swapped():
    with open(sys.argv[1], "a") as file:
        file.write(f"first-frame {time.monotonic_ns()}\\n")
    application.quit()
engine.rootObjects()[0].frameSwapped.connect(swapped)
application.exec()
"""


def measure() -> Iterator[Result]:
    """Rounds of both, in turn; the medians."""
    display = Display()
    display.start()
    try:
        kiosk, bare = [], []
        with tempfile.TemporaryDirectory(prefix="chevet-bench-") as folder:
            program = Path(folder) / "bare.py"
            program.write_text(BARE)
            for number in range(ROUNDS):
                probe = Path(folder) / f"probe-{number}"
                ui = [sys.executable, "-m", "cart", "ui", "--runtime", folder, "--size", "1280x800"]
                kiosk.append(
                    _first_frame([*ui, "--probe", f"{probe}-kiosk"], Path(f"{probe}-kiosk"), display.environment())
                )
                window = [sys.executable, str(program), f"{probe}-bare"]
                bare.append(_first_frame(window, Path(f"{probe}-bare"), display.environment()))
    finally:
        display.close()
    ours, least = sorted(kiosk)[ROUNDS // 2], sorted(bare)[ROUNDS // 2]
    yield figure("start.kiosk", "kiosk: from its process's start to its first frame", ours, "s")
    yield at_most("start.ratio", "… against a bare Qt Quick window", ours / least, "×", 2.0)


def _first_frame(command: list[str], probe: Path, environment: Mapping[str, str]) -> float:
    """Seconds until the first frame of a program that writes it to ``probe``; the program is then ended."""
    began = time.monotonic()
    process = subprocess.Popen(command, env=dict(environment), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - our own programs
    try:
        while time.monotonic() - began < SECONDS:
            if probe.exists() and (text := probe.read_text()).endswith("\n"):
                return int(text.split()[1]) / 1e9 - began
            time.sleep(0.01)
        raise TimeoutError(f"no first frame within {SECONDS} s: {command}")
    finally:
        process.terminate()
        process.wait(10)
