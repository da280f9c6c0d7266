# SPDX-License-Identifier: Apache-2.0
"""Draw a film: ``python -m virtual.cameras <folder> <scene> <rate> <width> <height> <still width> <still height>``."""

import signal
import sys
from pathlib import Path

from virtual.cameras.draw import draw

signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C in a terminal ends it without a word
folder, scene, rate, *sides = sys.argv[1:]
width, height, still_width, still_height, *asker = map(int, sides)
draw(Path(folder), scene, float(rate), (width, height), (still_width, still_height), *asker)
