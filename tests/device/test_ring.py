# SPDX-License-Identifier: Apache-2.0
import logging
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from device.errors import CameraError
from device.ring import MAGIC, Picture, RingReader, RingWriter

WRITER = """
import sys, time
from pathlib import Path
import numpy as np
from device.ring import Picture, RingWriter
path, width, height, slots, seconds = Path(sys.argv[1]), *map(int, sys.argv[2:5]), float(sys.argv[5])
writer = RingWriter(path, width, height, slots)
end, sequence = time.monotonic() + seconds, 0
while time.monotonic() < end:
    sequence += 1
    i420 = np.full((height * 3 // 2, width), sequence % 251, np.uint8)
    writer.write(Picture(sequence, float(sequence), width, height, i420))
print(sequence)
"""


def picture(sequence: int, width: int = 32, height: int = 16) -> Picture:
    i420 = np.full((height * 3 // 2, width), sequence % 251, np.uint8)
    return Picture(sequence, sequence / 10, width, height, i420)


def test_reader_gets_what_was_written(tmp_path: Path) -> None:
    writer = RingWriter(tmp_path / "ring", 32, 16)
    sent = Picture(7, 12.5, 32, 16, np.random.default_rng(1).integers(0, 256, (24, 32), np.uint8))
    writer.write(sent)
    got = RingReader(tmp_path / "ring").latest()
    assert got is not None
    assert got[:4] == sent[:4]
    assert np.array_equal(got.i420, sent.i420)


def test_newest_wins_and_does_not_change_under_its_reader(tmp_path: Path) -> None:
    writer, reader = RingWriter(tmp_path / "ring", 32, 16), RingReader(tmp_path / "ring")
    for sequence in range(1, 11):
        writer.write(picture(sequence))
    tenth = reader.latest()
    assert tenth is not None
    assert tenth.sequence == 10
    assert not tenth.i420.flags.writeable
    for sequence in range(11, 31):
        writer.write(picture(sequence))
    assert (tenth.i420 == 10).all()
    newest = reader.latest()
    assert newest is not None
    assert newest.sequence == 30


def test_same_picture_is_the_same_object(tmp_path: Path) -> None:
    writer, reader = RingWriter(tmp_path / "ring", 32, 16), RingReader(tmp_path / "ring")
    writer.write(picture(1))
    assert reader.latest() is reader.latest()


def test_nothing_before_the_first_picture(tmp_path: Path) -> None:
    reader = RingReader(tmp_path / "ring")
    assert reader.latest() is None
    writer = RingWriter(tmp_path / "ring", 32, 16)
    assert reader.latest() is None
    writer.write(picture(1))
    assert reader.latest() is not None


def test_new_size_is_followed(tmp_path: Path) -> None:
    writer, reader = RingWriter(tmp_path / "ring", 32, 16), RingReader(tmp_path / "ring")
    writer.write(picture(1))
    assert reader.latest() is not None
    writer.write(picture(2, 64, 48))
    got = reader.latest()
    assert got is not None
    assert (got.sequence, got.width, got.height, got.i420.shape) == (2, 64, 48, (72, 64))


def test_new_writer_is_followed_though_its_sequences_start_again(tmp_path: Path) -> None:
    old, reader = RingWriter(tmp_path / "ring", 32, 16), RingReader(tmp_path / "ring")
    old.write(picture(1))
    assert reader.latest() is not None
    RingWriter(tmp_path / "ring", 32, 16).write(Picture(1, 99.0, 32, 16, np.full((24, 32), 77, np.uint8)))
    got = reader.latest()
    assert got is not None
    assert (got.monotonic, int(got.i420[0, 0])) == (99.0, 77)


def test_closing_takes_the_file_away_but_not_that_of_another_writer(tmp_path: Path) -> None:
    first = RingWriter(tmp_path / "ring", 32, 16)
    second, reader = RingWriter(tmp_path / "ring", 32, 16), RingReader(tmp_path / "ring")
    second.write(picture(5))
    first.close()
    assert reader.latest() is not None
    second.close()
    assert reader.latest() is None
    second.close()
    assert list(tmp_path.iterdir()) == []


def test_only_its_user_may_read_it(tmp_path: Path) -> None:
    RingWriter(tmp_path / "ring", 32, 16)
    assert stat.S_IMODE((tmp_path / "ring").stat().st_mode) == 0o600


def test_space_is_reserved_at_once(tmp_path: Path) -> None:
    RingWriter(tmp_path / "ring", 640, 480, slots=3)
    status = (tmp_path / "ring").stat()
    assert status.st_blocks * 512 >= 3 * 640 * 480 * 3 // 2


def test_half_written_slot_is_not_shown(tmp_path: Path) -> None:
    writer, reader = RingWriter(tmp_path / "ring", 32, 16), RingReader(tmp_path / "ring")
    writer.write(picture(1))
    assert reader.latest() is not None
    words, frame = writer._map.slot(2)
    words[0] += np.uint64(1)
    frame[:] = 200
    writer._map.header[6] = 2
    got = reader.latest()
    assert got is not None
    assert got.sequence == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a ring",
        bytes(8192),
        np.array([MAGIC, 99, 4, 32, 16, 832, 0], np.uint64).tobytes() + bytes(8192),
        np.array([MAGIC, 1, 4, 9000, 16, 832, 0], np.uint64).tobytes() + bytes(8192),
        np.array([MAGIC, 1, 4, 320, 160, 76864, 1], np.uint64).tobytes() + bytes(8192),
    ],
    ids=["empty", "text", "zeros", "newer", "huge", "cut"],
)
def test_file_that_is_no_ring_shows_nothing_and_is_named_once(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "ring"
    path.write_bytes(content)
    reader = RingReader(path)
    with caplog.at_level(logging.WARNING):
        assert [reader.latest() for _ in range(3)] == [None] * 3
    assert [(record.levelname, str(path) in record.getMessage()) for record in caplog.records] == [("WARNING", True)]
    RingWriter(path, 32, 16).write(picture(3))
    assert reader.latest() is not None


@pytest.mark.parametrize(
    ("width", "height", "slots"), [(0, 16, 4), (33, 16, 4), (32, 8194, 4), (32, 16, 1), (32, 16, 99)]
)
def test_impossible_size_is_refused(tmp_path: Path, width: int, height: int, slots: int) -> None:
    with pytest.raises(CameraError, match=f"{width}x{height}"):
        RingWriter(tmp_path / "ring", width, height, slots)
    assert list(tmp_path.iterdir()) == []


def run_writer(path: Path, *, slots: int, seconds: float) -> subprocess.Popen[str]:
    arguments = [str(path), "1280", "720", str(slots), str(seconds)]
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": "."},
    )


def test_no_torn_frame_is_ever_shown_by_a_writer_in_another_process(tmp_path: Path) -> None:
    """A writer as fast as it can, with the fewest slots: each frame is of one value, which its sequence tells."""
    path = tmp_path / "ring"
    reader, seen = RingReader(path), set()
    with run_writer(path, slots=2, seconds=2.5) as writer:
        while writer.poll() is None:
            got = reader.latest()
            if got is not None:
                assert int(got.i420.min()) == int(got.i420.max()) == got.sequence % 251
                assert got.monotonic == got.sequence
                seen.add(got.sequence)
        written = int(writer.stdout.read()) if writer.stdout else 0
    assert len(seen) > 50
    assert max(seen) <= written


def test_killed_writer_leaves_its_last_picture_and_the_next_one_is_found(tmp_path: Path) -> None:
    path, reader = tmp_path / "ring", RingReader(tmp_path / "ring")

    def wait(minimum: int) -> Picture:
        deadline = time.monotonic() + 20
        while (got := reader.latest()) is None or got.sequence < minimum:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        return got

    with run_writer(path, slots=4, seconds=30) as writer:
        wait(3)
        writer.kill()
    last = reader.latest()
    assert last is not None
    assert int(last.i420.min()) == int(last.i420.max()) == last.sequence % 251
    with run_writer(path, slots=4, seconds=1) as writer:
        deadline = time.monotonic() + 20
        while (got := reader.latest()) is None or got is last:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        assert int(got.i420.min()) == int(got.i420.max()) == got.sequence % 251
