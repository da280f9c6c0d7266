# SPDX-License-Identifier: Apache-2.0
"""The QML itself: the linter finds nothing; every icon named exists; the theme keeps its tokens."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ui.app import QML
from ui.icons import FOLDER, drawing

FILES = sorted(QML.rglob("*.qml"))


def test_qmllint_finds_nothing() -> None:
    tool = Path(sys.executable).with_name("pyside6-qmllint")
    done = subprocess.run([tool, "-I", QML, *FILES], capture_output=True, text=True, timeout=100, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_every_icon_named_is_drawn_and_every_drawing_is_used() -> None:
    code = "".join(
        path.read_text(encoding="utf-8") for path in [*FILES, *QML.parent.joinpath("viewmodels").glob("*.py")]
    )
    drawn = {path.stem for path in FOLDER.glob("*.svg")}
    unused = {name for name in drawn if f'"{name}"' not in code and not name.endswith("-off")}
    assert unused == set()
    for line in re.findall(r'(?:sign|name): "([a-z-]+)"', code):
        assert drawing(line)
    with pytest.raises(FileNotFoundError):
        drawing("no-such-icon")


def test_no_file_of_ours_brings_the_gpl_keyboard_or_a_style() -> None:
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        assert "VirtualKeyboard" not in text
        assert "QtQuick.Controls" not in text
        assert len(text.splitlines()) < 400, path
