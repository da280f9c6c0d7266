# SPDX-License-Identifier: Apache-2.0
"""The cart's key: made once, handed over by systemd, never printed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cart.key import keep, opening_key, storage_key, systemd
from device.clock import SystemClock
from device.errors import ConfigurationError, JournalError
from device.journal import Journal
from device.keys import CREDENTIAL, FOLDER

HEX = "5a" * 32
KEY = bytes.fromhex(HEX)
can_seal = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("systemd-creds"), reason="systemd-creds keeps the host's key for root"
)


def chevet(*words: object, **more: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cart", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **more)  # type: ignore[call-overload]


@pytest.fixture
def store(tmp_path: Path) -> dict[str, str]:
    """The environment of a service with its credential."""
    (tmp_path / CREDENTIAL).write_text(HEX + "\n")
    return {FOLDER: str(tmp_path)}


def test_a_process_gets_the_key_of_its_credential_or_does_not_start(store, caplog):
    assert storage_key(encrypted=True, environment=store) == KEY
    with pytest.raises(JournalError) as refusal:
        storage_key(encrypted=True, environment={})
    assert refusal.value.code == "JRN-10"
    assert "La clef de ce chariot manque" in refusal.value.line
    assert HEX not in caplog.text


def test_without_encryption_there_is_no_key_and_the_log_says_so(store, caplog):
    assert storage_key(encrypted=False, environment=store) is None
    assert "JRN-11" in caplog.text


def test_a_technicians_program_finds_the_key_that_a_file_needs(tmp_path, store, monkeypatch):
    plain, closed = tmp_path / "plain.db", tmp_path / "closed.db"
    Journal.open(plain, SystemClock(trusted=True)).close()
    Journal.open(closed, SystemClock(trusted=True), KEY).close()
    assert opening_key(plain, environment=store) is None
    assert opening_key(tmp_path / "absent.db", environment=store) is None
    assert opening_key(closed, environment=store) == KEY
    assert opening_key(closed, given=tmp_path / CREDENTIAL, environment={}) == KEY
    monkeypatch.setattr("cart.key.STORE", tmp_path / "nowhere")
    with pytest.raises(JournalError) as refusal:
        opening_key(closed, environment={})
    assert refusal.value.code == "JRN-10"


@can_seal
def test_a_new_key_is_kept_encrypted_with_a_copy_for_the_safe(tmp_path):
    out, copy = tmp_path / "store" / CREDENTIAL, tmp_path / "copy"
    done = chevet("key", "new", "--out", out, "--copy", copy, "--with-key", "host")
    assert (done.returncode, done.stderr) == (0, "")
    assert "a stolen card or cart can be opened" in done.stdout
    key = copy.read_text().strip()
    assert len(key) == 64
    assert key not in done.stdout
    assert key.encode() not in out.read_bytes()
    assert systemd(["decrypt", f"--name={CREDENTIAL}", str(out), "-"]).decode() == key
    assert {path.stat().st_mode & 0o777 for path in (out, copy)} == {0o600}


@can_seal
def test_a_key_is_never_made_over_another_one(tmp_path):
    out = tmp_path / CREDENTIAL
    keep(HEX.encode(), out, "host")
    before = out.read_bytes()
    done = chevet("key", "new", "--out", out, "--with-key", "host")
    assert done.returncode == 1
    assert "CFG-40" in done.stderr
    assert "is there already" in done.stderr
    assert out.read_bytes() == before


@can_seal
def test_a_key_comes_back_from_its_copy(tmp_path):
    copy, out = tmp_path / "copy", tmp_path / CREDENTIAL
    copy.write_text(HEX + "\n")
    assert chevet("key", "restore", copy, "--out", out, "--with-key", "host").returncode == 0
    assert systemd(["decrypt", f"--name={CREDENTIAL}", str(out), "-"]).decode() == HEX


def test_a_copy_that_is_none_is_refused(tmp_path):
    copy = tmp_path / "copy"
    copy.write_text("no key")
    done = chevet("key", "restore", copy, "--out", tmp_path / CREDENTIAL)
    assert done.returncode == 1
    assert "JRN-09" in done.stderr
    assert not (tmp_path / CREDENTIAL).exists()


@can_seal
def test_what_systemd_refuses_is_said(tmp_path):
    with pytest.raises(ConfigurationError) as refusal:
        systemd(["decrypt", f"--name={CREDENTIAL}", str(tmp_path / "absent"), "-"])
    assert refusal.value.code == "CFG-40"
    assert "systemd-creds" in str(refusal.value)
