# SPDX-License-Identifier: Apache-2.0
import stat
from hashlib import sha256

import pytest

from device.attachments import Attachments
from device.errors import JournalError

PICTURE = bytes(range(256)) * 64


@pytest.fixture
def attachments(tmp_path) -> Attachments:
    return Attachments(tmp_path / "captures", max_bytes=len(PICTURE))


def test_what_is_put_is_got_by_its_digest(attachments):
    name = attachments.put(PICTURE)
    assert name == sha256(PICTURE).hexdigest()
    assert attachments.get(name) == PICTURE
    assert attachments.path(name).read_bytes() == PICTURE


def test_files_and_folders_are_for_their_owner_alone(attachments, tmp_path):
    path = attachments.path(attachments.put(PICTURE))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "captures").stat().st_mode) == 0o700


def test_putting_twice_keeps_one_file(attachments, tmp_path):
    assert attachments.put(PICTURE) == attachments.put(PICTURE)
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_a_flipped_byte_is_noticed_and_a_new_put_repairs_it(attachments):
    name = attachments.put(PICTURE)
    damaged = bytearray(PICTURE)
    damaged[100] ^= 4
    attachments.path(name).write_bytes(damaged)
    with pytest.raises(JournalError) as refusal:
        attachments.get(name)
    assert refusal.value.code == "JRN-16"
    attachments.put(PICTURE)
    assert attachments.get(name) == PICTURE


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "\n", "é" * 64])
def test_a_name_that_is_not_a_digest_is_refused(attachments, name):
    with pytest.raises(JournalError, match="64 hexadecimal"):
        attachments.get(name)
    with pytest.raises(JournalError, match="64 hexadecimal"):
        attachments.path(name)


def test_an_absent_file_is_said(attachments):
    with pytest.raises(JournalError) as refusal:
        attachments.get("a" * 64)
    assert refusal.value.code == "JRN-15"


def test_too_large_is_refused_before_anything_is_written(attachments, tmp_path):
    with pytest.raises(JournalError) as refusal:
        attachments.put(PICTURE + b"x")
    assert refusal.value.code == "JRN-13"
    assert not (tmp_path / "captures").exists()


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "captures").write_text("a file stands here")
    with pytest.raises(JournalError) as refusal:
        Attachments(tmp_path / "captures").put(PICTURE)
    assert refusal.value.code == "JRN-14"


def test_what_an_interrupted_put_left_is_swept(attachments):
    name = attachments.put(PICTURE)
    (attachments.path(name).parent / ".new-abc").write_bytes(b"half")
    assert attachments.sweep() == 1
    assert attachments.sweep() == 0
    assert attachments.get(name) == PICTURE
