# SPDX-License-Identifier: Apache-2.0
"""Where Qt draws with a GPU (here Mesa's, under Xvfb): pictures pushed into QVideoSink are on the screen."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage

ROOT = Path(__file__).parents[2]
NO_GL = ("Failed to create RHI", "Failed to initialize graphics backend", "Could not load the Qt platform plugin")


@pytest.fixture
def display():
    if shutil.which("Xvfb") is None:
        pytest.skip("no Xvfb here")
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
        pass_fds=(write,),
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as pipe:
        yield f":{pipe.readline().strip()}"
    server.terminate()
    server.wait(10)


def test_pictures_pushed_from_a_thread_are_drawn_by_the_gpu(display: str, tmp_path: Path) -> None:
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": str(ROOT)}
    environment.pop("QT_QUICK_BACKEND", None)
    program = [sys.executable, Path(__file__).with_name("gpu_program.py"), tmp_path]
    done = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=60, check=False)
    said = done.stdout + done.stderr
    if any(reason in said for reason in NO_GL):
        pytest.skip("no OpenGL here")
    assert done.returncode == 0, said
    assert "Traceback" not in said
    image = QImage(str(tmp_path / "shot.png")).convertToFormat(QImage.Format.Format_Grayscale8)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    for left, top, right, bottom in ((60, 200, 500, 480), (590, 540, 780, 610)):
        assert pixels[top:bottom, left:right].std() > 10
