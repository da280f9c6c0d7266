# SPDX-License-Identifier: Apache-2.0
import stat
from hashlib import sha256

import pytest

from device.attachments import Attachments
from device.errors import JournalError
from device.keys import FileKey

PICTURE = bytes(range(256)) * 64


class Keys(dict[str, FileKey]):
    """The keys of files, in memory."""

    def file_key(self, sha256: str) -> FileKey | None:
        return self.get(sha256)

    def keep_file_key(self, sha256: str, key: FileKey) -> None:
        self[sha256] = key

    def file_names(self) -> set[str]:
        return {key.name for key in self.values()}


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture(params=["sealed", "plain"])
def attachments(request, tmp_path, keys) -> Attachments:
    return Attachments(tmp_path / "captures", keys if request.param == "sealed" else None, max_bytes=len(PICTURE))


@pytest.fixture
def sealed(tmp_path, keys) -> Attachments:
    return Attachments(tmp_path / "captures", keys, max_bytes=len(PICTURE))


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_is_put_is_got_by_its_digest(attachments):
    name = attachments.put(PICTURE)
    assert name == sha256(PICTURE).hexdigest()
    assert attachments.get(name) == PICTURE
    assert attachments.path(name).is_file()


def test_files_and_folders_are_for_their_owner_alone(attachments, tmp_path):
    path = attachments.path(attachments.put(PICTURE))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "captures").stat().st_mode) == 0o700


def test_putting_twice_keeps_one_file(attachments, tmp_path):
    assert attachments.put(PICTURE) == attachments.put(PICTURE)
    assert len(files(tmp_path)) == 1


def test_a_flipped_byte_is_noticed_and_a_new_put_repairs_it(attachments, tmp_path):
    name = attachments.put(PICTURE)
    damaged = bytearray(attachments.path(name).read_bytes())
    damaged[100] ^= 4
    attachments.path(name).write_bytes(damaged)
    with pytest.raises(JournalError) as refusal:
        attachments.get(name)
    assert refusal.value.code == "JRN-16"
    attachments.put(PICTURE)
    assert attachments.get(name) == PICTURE
    assert len(files(tmp_path)) == 1


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


def test_a_sealed_file_says_nothing_of_itself(sealed, tmp_path):
    name = sealed.put(PICTURE)
    (path,) = files(tmp_path)
    assert PICTURE[:64] not in path.read_bytes()
    assert name not in str(path)
    assert sealed.path(name) == path


def test_two_puts_of_the_same_bytes_elsewhere_look_different(tmp_path):
    for name in ("one", "two"):
        Attachments(tmp_path / name, Keys()).put(PICTURE)
    one, two = files(tmp_path)
    assert one.name != two.name
    assert one.read_bytes() != two.read_bytes()


def test_without_its_key_it_is_gone(sealed, keys):
    name = sealed.put(PICTURE)
    del keys[name]
    with pytest.raises(JournalError) as refusal:
        sealed.get(name)
    assert refusal.value.code == "JRN-15"
    assert sealed.sweep() == 1, "and its file is noise, which goes at the next start"


def test_with_the_key_of_another_file_it_does_not_open(sealed, keys):
    one, two = sealed.put(PICTURE), sealed.put(b"other")
    keys[one] = FileKey(keys[one].name, keys[two].key)
    with pytest.raises(JournalError) as refusal:
        sealed.get(one)
    assert refusal.value.code == "JRN-16"


def test_a_key_that_cannot_be_kept_leaves_no_file(tmp_path, keys, monkeypatch):
    def full(*_):
        raise JournalError(1, "L’espace de stockage du chariot est plein.", "full", retry=True)

    monkeypatch.setattr(keys, "keep_file_key", full, raising=False)
    with pytest.raises(JournalError) as refusal:
        Attachments(tmp_path / "captures", keys).put(PICTURE)
    assert (refusal.value.code, refusal.value.retry) == ("JRN-14", True)
    assert files(tmp_path) == []


def test_files_of_before_stay_readable_and_are_sealed_one_by_one(sealed, tmp_path):
    before = Attachments(tmp_path / "captures")
    names = {before.put(PICTURE[:n]) for n in (100, 200, 300)}
    assert {sealed.get(name)[:50] for name in names} == {PICTURE[:50]}
    assert set(sealed.seal_older()) == names
    assert all(PICTURE[:50] not in path.read_bytes() for path in files(tmp_path))
    assert {len(sealed.get(name)) for name in names} == {100, 200, 300}
    assert list(sealed.seal_older()) == []


def test_a_damaged_file_of_before_is_left_as_it_is_and_said(sealed, tmp_path, caplog):
    name = Attachments(tmp_path / "captures").put(PICTURE)
    path = tmp_path / "captures" / name[:2] / name
    path.write_bytes(PICTURE[:-1])
    assert list(sealed.seal_older()) == []
    assert path.read_bytes() == PICTURE[:-1]
    assert "JRN-16" in caplog.text


def test_another_process_reads_and_cannot_write(sealed, tmp_path, keys):
    name = sealed.put(PICTURE)
    reading = Attachments.reading(tmp_path / "captures", keys)
    assert reading.get(name) == PICTURE
    with pytest.raises(RuntimeError):
        reading.put(PICTURE)


def test_space_is_spared_for_what_counts_more(tmp_path, keys):
    with pytest.raises(JournalError) as refusal:
        Attachments(tmp_path / "captures", keys, spare=1 << 60).put(PICTURE)
    assert refusal.value.code == "JRN-14"
    assert "place" in refusal.value.line
    assert files(tmp_path) == []


def test_erasing_removes_the_files_and_nothing_else(sealed, tmp_path, keys):
    one, two = sealed.put(PICTURE), sealed.put(b"other")
    sealed.erase([keys.pop(one).name, "0" * 32])
    assert len(files(tmp_path)) == 1
    assert sealed.get(two) == b"other"
