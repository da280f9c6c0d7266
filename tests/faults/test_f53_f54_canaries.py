# SPDX-License-Identifier: Apache-2.0
"""f53: logs and what a technician prints name nobody and no value, whatever goes wrong and however talkative they are.
f54: of a stolen card nothing can be read without the key."""

import asyncio
import subprocess
import sys
from base64 import b64decode
from contextlib import closing

import pytest

from device.attachments import Attachments
from device.errors import JournalError
from device.journal import JournalReader, verify
from device.keys import FOLDER
from sync.ledger import Ledger
from tests.faults.canary import NAMES, NUMBERS, Left, images, play, spellings
from virtual.records.store import Store, decode

MARKS = {"JPEG": b"\xff\xd8\xff", "FLAC": b"fLaC", "PDF": b"%PDF-", "SQLite": b"SQLite format 3"}


@pytest.fixture(scope="module")
def left(tmp_path_factory):
    """One encounter, for all of these tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHEVET_LOG", "DEBUG")
        return asyncio.run(play(tmp_path_factory.mktemp("canary")))


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_f53_no_log_of_any_process_names_anybody_or_any_value(left: Left):
    assert {"device.log", "sync.log", "ui.log", "doctor.log"} <= set(left.logs)
    ours = {name: text for name, text in left.logs.items() if name != "records.log"}
    assert all(text for name, text in ours.items() if name in ("device.log", "sync.log"))
    assert {"CMD-01", "CMD-10"} <= set(left.refusals)
    assert "end-encounter: CMD-10" in left.logs["device.log"], "the logs are talkative"
    found = {(name, word) for name, text in ours.items() for word in spellings(left) if word in text}
    assert found == set()


@pytest.mark.slow
def test_f53_what_a_technician_prints_names_nobody(left: Left):
    assert len(left.printed) == 5
    found = {(name, word) for name, text in left.printed.items() for word in spellings(left) if word in text}
    assert found == set()


@pytest.mark.slow
def test_f53_what_was_exported_beside_the_running_cart_is_what_the_records_hold(left: Left):
    (folder,) = left.taken_away.iterdir()
    assert not any(name.lower() in path.name.lower() for path in folder.rglob("*") for name in NAMES)
    sums = ["sha256sum", "--strict", "--quiet", "-c", "SHA256SUMS"]
    assert subprocess.run(sums, cwd=folder, capture_output=True, timeout=60, check=False).returncode == 0
    entries = [one["resource"] for one in decode((folder / "bundle.json").read_bytes())["entry"]]
    ours = {(one["resourceType"], one["id"]): one for one in entries}
    with closing(Store.open(left.world.records)) as store:
        held = {(one.type, one.id): one for one in store.all()}
    assert ours.keys() - held.keys(), "what the server refuses is exported all the same"
    assert {kind for kind, _ in held} >= {"Patient", "Encounter", "Binary", "DocumentReference"}
    for name, one in held.items():
        if one.data is not None:
            assert b64decode(ours[name]["data"]) == one.data
        else:
            assert {**ours[name], "meta": None} == {**one.body, "meta": None}


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["during", "after"])
def test_f54_no_byte_that_is_kept_can_be_read(left: Left, moment):
    files = getattr(left, moment)
    assert {"journal.db", "ledger.db"} <= set(files)
    assert sum(name.startswith("captures/") for name in files) == 3, "a picture, a sound, a document"
    if moment == "during":
        assert "journal.db-wal" in files
    words = [form for word in (*NAMES, *NUMBERS) for form in (word, word.upper())]
    marks = {word: word.encode(code) for word in words for code in ("utf-8", "utf-16-le")} | MARKS
    found = {(name, what) for name, data in files.items() for what, mark in marks.items() if mark in data}
    assert {one for one in found if one[1] not in MARKS} == set()
    assert {name for name, what in found if files[name].startswith(MARKS.get(what, b"\0"))} == set()


@pytest.mark.slow
def test_f54_the_key_stands_in_no_argument_environment_log_or_file(left: Left):
    key = left.world.key.hex().encode()
    places = {**left.processes, **left.after, **left.during}
    assert {name for name, data in places.items() if key in data or left.world.key in data} == set()


@pytest.mark.slow
def test_f54_without_the_key_journal_ledger_and_captures_stay_closed(left: Left):
    journal, ledger = left.world.state / "journal.db", left.world.state / "ledger.db"
    for key in (None, bytes(32)):
        for opening in (JournalReader.open, verify, Ledger.open):
            with pytest.raises(JournalError) as refusal:
                opening(ledger if opening == Ledger.open else journal, key)
            assert refusal.value.code == "JRN-08"
    (taken, *_) = images(left)
    with pytest.raises(JournalError) as refusal:
        Attachments(left.world.state / "captures").get(taken.sha256)
    assert refusal.value.code == "JRN-15"
    assert verify(journal, left.world.key).sound, "with it, all is there"


@pytest.mark.slow
@pytest.mark.parametrize("program", ["device", "sync"])
def test_f54_a_cart_without_its_key_does_not_start(left: Left, program):
    folders = ["--config", left.world.config, "--state", left.world.state, "--runtime", left.world.runtime]
    environment = {name: value for name, value in left.world.environment().items() if name != FOLDER}
    command = [sys.executable, "-m", "cart", program, *map(str, folders)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "JRN-10" in done.stderr
    assert "La clef de ce chariot manque" in done.stderr
