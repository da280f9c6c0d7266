# SPDX-License-Identifier: Apache-2.0
import logging
import os
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from device.levels import CAPACITY, MAGIC, POINTS_A_SECOND, LevelReader, LevelWriter

WRITER = """
import sys, time
from pathlib import Path
import numpy as np
from device.levels import LevelWriter
writer, end, n = LevelWriter(Path(sys.argv[1]), 64), time.monotonic() + float(sys.argv[2]), 0
while time.monotonic() < end:
    value = n % 30000
    writer.write(np.full((64, 2), value, np.int16), float(value), float(value))
    n += 1
print(n)
"""


def points(first: int, count: int = 4) -> np.ndarray:
    values = np.arange(first, first + count, dtype=np.int16)
    return np.stack((-values, values), axis=1)


def test_reader_gets_the_newest_points_in_order_with_their_level_and_instant(tmp_path: Path) -> None:
    writer, reader = LevelWriter(tmp_path / "levels"), LevelReader(tmp_path / "levels")
    for number in range(5):
        writer.write(points(4 * number), -20.0 - number, 100.0 + number)
    heard = reader.latest()
    assert heard is not None
    assert heard[:4] == (20, POINTS_A_SECOND, -24.0, 104.0)
    assert np.array_equal(heard.envelope, points(0, 20))
    few = reader.latest(3)
    assert few is not None
    assert np.array_equal(few.envelope, points(17, 3))
    assert heard.envelope[:, 1].tolist() == list(range(20)), "what was given does not change under its reader"


def test_ring_goes_round_and_keeps_its_newest_points(tmp_path: Path) -> None:
    writer, reader = LevelWriter(tmp_path / "levels", capacity=10), LevelReader(tmp_path / "levels")
    for number in range(0, 52, 4):
        writer.write(points(number), 0.0, 0.0)
    heard = reader.latest()
    assert heard is not None
    assert heard.written == 52
    assert np.array_equal(heard.envelope, points(42, 10))
    writer.write(points(100, 25), 0.0, 0.0)
    heard = reader.latest()
    assert heard is not None
    assert heard.written == 77
    assert np.array_equal(heard.envelope, points(115, 10))


def test_nothing_before_the_first_point_and_nothing_after_the_file_is_gone(tmp_path: Path) -> None:
    reader = LevelReader(tmp_path / "levels")
    assert reader.latest() is None
    writer = LevelWriter(tmp_path / "levels")
    assert reader.latest() is None
    writer.write(points(0), 0.0, 0.0)
    assert reader.latest() is not None
    writer.close()
    assert reader.latest() is None
    assert list(tmp_path.iterdir()) == []


def test_new_writer_is_followed(tmp_path: Path) -> None:
    old, reader = LevelWriter(tmp_path / "levels"), LevelReader(tmp_path / "levels")
    old.write(points(0), 0.0, 1.0)
    assert reader.latest() is not None
    new = LevelWriter(tmp_path / "levels")
    assert reader.latest() is None
    new.write(points(50), 0.0, 2.0)
    heard = reader.latest()
    assert heard is not None
    assert (heard.written, heard.monotonic, int(heard.envelope[0, 1])) == (4, 2.0, 50)
    old.close()
    assert reader.latest() is not None


def test_half_written_points_are_not_shown(tmp_path: Path) -> None:
    writer, reader = LevelWriter(tmp_path / "levels"), LevelReader(tmp_path / "levels")
    writer.write(points(1), -30.0, 1.0)
    before = reader.latest()
    writer._words[4] += np.uint64(1)
    writer._points[:] = 99
    after = reader.latest()
    assert before is not None
    assert after is not None
    assert np.array_equal(after.envelope, before.envelope)


def test_only_its_user_may_read_it_and_ten_seconds_are_kept(tmp_path: Path) -> None:
    LevelWriter(tmp_path / "levels")
    assert stat.S_IMODE((tmp_path / "levels").stat().st_mode) == 0o600
    assert CAPACITY / POINTS_A_SECOND == 10


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a ring",
        bytes(8192),
        np.array([MAGIC, 99, 4, 200, 0, 0, 0, 0], np.uint64).tobytes() + bytes(16),
        np.array([MAGIC, 1, 1 << 40, 200, 0, 0, 0, 0], np.uint64).tobytes() + bytes(16),
        np.array([MAGIC, 1, 400, 200, 0, 1, 0, 0], np.uint64).tobytes() + bytes(16),
    ],
    ids=["empty", "text", "zeros", "newer", "huge", "cut"],
)
def test_file_that_is_no_ring_shows_nothing_and_is_named_once(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "levels"
    path.write_bytes(content)
    reader = LevelReader(path)
    with caplog.at_level(logging.WARNING):
        assert [reader.latest() for _ in range(3)] == [None] * 3
    assert [(record.levelname, str(path) in record.getMessage()) for record in caplog.records] == [("WARNING", True)]
    LevelWriter(path).write(points(3), 0.0, 0.0)
    assert reader.latest() is not None


def test_no_torn_points_are_ever_shown_by_a_writer_in_another_process(tmp_path: Path) -> None:
    """A writer as fast as it can: all points, the level and the instant of one write are the same number."""
    reader, seen = LevelReader(tmp_path / "levels"), set()
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path / "levels"), "1.5"],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": "."},
    ) as writer:
        while writer.poll() is None:
            heard = reader.latest()
            if heard is not None:
                assert int(heard.envelope.min()) == int(heard.envelope.max()) == heard.level == heard.monotonic
                seen.add(heard.written)
    assert len(seen) > 20
