# SPDX-License-Identifier: Apache-2.0
import subprocess
import sys

import pytest

from device.errors import JournalError
from device.keys import FOLDER, FileKey, credential, new_key, parse, read_key


def test_a_new_key_is_32_random_bytes_in_hex():
    one, two = new_key(), new_key()
    assert one != two
    assert len(parse(one.encode())) == 32


@pytest.mark.parametrize(
    "text", [b"", b"00", b"zz" * 32, b"00" * 33, "é".encode() * 32, b"00" * 16 + b" " + b"00" * 16]
)
def test_what_is_no_key_is_refused_and_not_repeated(text):
    with pytest.raises(JournalError) as refusal:
        parse(text)
    assert refusal.value.code == "JRN-09"
    assert text.decode() not in str(refusal.value) or not text


def test_the_credential_is_read_from_the_folder_that_systemd_names(tmp_path):
    assert credential({}) is None
    assert credential({FOLDER: str(tmp_path)}) is None
    (tmp_path / "journal.key").write_text("ab" * 32 + "\n")
    assert credential({FOLDER: str(tmp_path)}) == b"\xab" * 32


def test_a_key_that_cannot_be_read_is_said(tmp_path):
    with pytest.raises(JournalError) as refusal:
        read_key(tmp_path)
    assert refusal.value.code == "JRN-09"


def test_file_keys_are_all_different():
    made = {FileKey.new() for _ in range(100)}
    assert len({key.name for key in made}) == len({key.key for key in made}) == 100


def test_a_process_with_a_key_leaves_no_core_file():
    code = (
        "import resource; from device.keys import no_dumps; no_dumps(); print(resource.getrlimit(resource.RLIMIT_CORE))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.strip() == "(0, 0)"
