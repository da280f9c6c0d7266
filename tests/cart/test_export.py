# SPDX-License-Identifier: Apache-2.0
"""``chevet export`` as a technician types it."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import zipfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest

from cart import export as command
from cart.cli import main
from cart.export import chosen, orderly
from device.clock import SystemClock
from device.entry import CART, Incident
from device.errors import ExportError
from device.journal import Journal, JournalReader
from sync.export.writing import Piece, write_folder
from tests.sync.export.conftest import KEY, play
from tests.sync.export.test_envelope import certificate, key, opened, pem
from tests.sync.story import opening

ROOT = Path(__file__).parents[2]
NAMES = ("Durand", "Pierre", "IPP-0042", "123456789012244", "Claire Morel", "Petit")


@pytest.fixture(scope="module")
def cart(tmp_path_factory):
    return play(tmp_path_factory.mktemp("cart") / "state")


@pytest.fixture(scope="module")
def doctor():
    return key()


class Done(NamedTuple):
    """What the command gave."""

    returncode: int
    stdout: str
    stderr: str


def words_for(cart, folder: Path, *words: object) -> list[str]:
    own = ["--state", cart.state, "--journal-key", cart.state.parent / "journal.key", "--to", folder]
    return ["export", *map(str, [*words, *own])]


@pytest.fixture
def export(capsys, caplog):
    """The command in this process; what it logs counts as said."""

    def run(cart, folder: Path, *words: object) -> Done:
        caplog.clear()
        status = main(words_for(cart, folder, *words))
        said = capsys.readouterr()
        return Done(status, said.out, said.err + caplog.text)

    return run


def valid(private):
    now = datetime.now(UTC).replace(microsecond=0)
    return certificate(
        private, since=now.replace(year=now.year - 1, day=1), until=now.replace(year=now.year + 1, day=1)
    )


def test_it_is_a_command_of_the_launcher(cart, tmp_path):
    command = [sys.executable, "-m", "cart", *words_for(cart, tmp_path, "--list")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False, cwd=ROOT)
    assert done.returncode == 0
    assert str(cart.encounter) in done.stdout


def test_the_list_names_nobody_unless_it_is_asked_to(cart, tmp_path, export):
    done = export(cart, tmp_path, "--list")
    assert done.returncode == 0
    assert str(cart.encounter) in done.stdout
    assert "21/11/2026 10:00" in done.stdout
    assert "terminée" in done.stdout
    assert not [name for name in NAMES if name in done.stdout + done.stderr]
    assert "Durand Pierre" in export(cart, tmp_path, "--list", "--names").stdout


def test_a_start_of_the_id_is_enough_and_the_folder_is_there(cart, tmp_path, export):
    done = export(cart, tmp_path, str(cart.encounter)[:6].upper(), "--plain")
    assert done.returncode == 0, done.stderr
    (folder,) = tmp_path.iterdir()
    assert folder.name == f"teleconsultation-20261121-{str(cart.encounter)[:13]}"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert json.loads((folder / "bundle.json").read_bytes())["type"] == "collection"
    assert "n’est pas chiffré" in done.stdout
    again = export(cart, tmp_path, cart.encounter, "--plain")
    assert (again.returncode, "EXP-03" in again.stderr) == (1, True)
    assert [one.name for one in tmp_path.iterdir()] == [folder.name]


def test_sealed_it_is_one_file_that_its_recipient_opens(cart, tmp_path, doctor, export):
    (tmp_path / "doctor.pem").write_bytes(pem(valid(doctor)))
    target = tmp_path / "to"
    target.mkdir()
    done = export(cart, target, cart.encounter, "--key", tmp_path / "doctor.pem")
    assert done.returncode == 0, done.stderr
    (sealed,) = target.iterdir()
    assert sealed.name.endswith(".zip.p7m")
    assert sealed.stat().st_mode & 0o777 == 0o600
    assert "Dr Anne Petit" in done.stdout
    assert opened(sealed, doctor, tmp_path).returncode == 0
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert {name.partition("/")[2] for name in archive.namelist()} >= {"bundle.json", "compte-rendu.html"}


def test_what_it_says_and_traces_names_the_encounter_and_no_person(cart, tmp_path, export):
    done = export(cart, tmp_path, cart.encounter, "--plain")
    assert not [name for name in NAMES if name in done.stdout + done.stderr]
    assert f"encounter {cart.encounter} exported by account" in done.stderr or Path("/dev/log").exists()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--plain"], "EXP-01"),
        (["ffffffff-0000", "--plain"], "EXP-01"),
        (["zz", "--plain"], "EXP-01"),
        (["", "--plain"], "EXP-01"),
        (["{id}"], "EXP-07"),
        (["{id}", "--plain", "--key", "/dev/null"], "EXP-07"),
        (["{id}", "--key", "/dev/null"], "EXP-05"),
        (["{id}", "--plain", "--to", "/nonexistent"], "EXP-04"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_code_and_leaves_nothing(cart, tmp_path, words, code, export):
    named = [word.replace("{id}", str(cart.encounter)) for word in words]
    target = tmp_path if "--to" not in named else Path(named.pop(named.index("--to") + 1))
    done = export(cart, target, *[word for word in named if word != "--to"])
    assert done.returncode == 1
    assert code in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_is_told_by_the_status_and_by_a_line(tmp_path, export):
    cart = play(tmp_path / "cart/state")
    cart.path(next(iter(cart.files))).unlink()
    (tmp_path / "to").mkdir()
    done = export(cart, tmp_path / "to", cart.encounter, "--plain")
    assert done.returncode == 2
    assert "MANQUE images/01-otoscope-oreille-gauche : introuvable" in done.stdout


def test_a_writer_at_work_is_not_disturbed(tmp_path, export):
    cart = play(tmp_path / "cart/state")
    (tmp_path / "to").mkdir()
    writer = Journal.open(cart.state / "journal.db", SystemClock(trusted=True), KEY)
    try:
        before = {path.name for path in cart.state.iterdir()}
        done = export(cart, tmp_path / "to", cart.encounter, "--plain")
        assert done.returncode == 0, done.stderr
        assert {path.name for path in cart.state.iterdir()} == before
        (last,) = writer.after(writer.newest - 1)
        assert writer.append(cart.encounter, last.body)[0].sequence == last.sequence + 1
    finally:
        writer.close()


def test_what_is_too_heavy_to_be_sealed_in_memory_is_refused(cart, tmp_path, export, doctor, monkeypatch):
    monkeypatch.setattr(command, "SEALED_MOST", 10)
    (tmp_path / "doctor.pem").write_bytes(pem(valid(doctor)))
    (tmp_path / "to").mkdir()
    done = export(cart, tmp_path / "to", cart.encounter, "--key", tmp_path / "doctor.pem")
    assert (done.returncode, "EXP-08" in done.stderr) == (1, True)
    assert list((tmp_path / "to").iterdir()) == []


@pytest.mark.root
@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
def test_a_sealed_export_writes_its_one_sealed_file_and_no_other(cart, tmp_path, doctor):
    (tmp_path / "doctor.pem").write_bytes(pem(valid(doctor)))
    (tmp_path / "to").mkdir()
    words = words_for(cart, tmp_path / "to", cart.encounter, "--key", tmp_path / "doctor.pem")
    trace = ["strace", "-f", "-qq", "-e", "trace=openat,creat,memfd_create", "-o", str(tmp_path / "trace")]
    python = [*trace, sys.executable, "-B", "-m", "cart"]
    done = subprocess.run([*python, *words], capture_output=True, text=True, timeout=110, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "trace").read_text().splitlines()
    written = {re.sub(r'^[^"]*"([^"]*)".*', r"\1", one) for one in lines if re.search("O_WRONLY|O_RDWR|O_TMPFILE", one)}
    assert not [one for one in lines if "memfd_create" in one]
    (sealed,) = (tmp_path / "to").iterdir()
    own = {str(sealed.with_name(f".{sealed.name}.part"))}
    shared = {f"{cart.state}/journal.db-shm", f"{cart.state}/journal.db-wal", f"{cart.state}/journal.db", "/dev/null"}
    assert own <= written <= own | shared


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_an_export_that_is_ended_half_way_leaves_nothing(tmp_path, asked):
    def half():
        yield b"half"
        os.kill(os.getpid(), asked)
        yield b"the rest"

    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), orderly():
        write_folder(tmp_path / "out", [Piece("a", half())])
    assert list(tmp_path.iterdir()) == []
    assert signal.getsignal(signal.SIGTERM) == before


def test_the_trace_is_a_line_of_the_systems_log_with_ids_alone(cart, tmp_path, export, monkeypatch):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        log.bind(str(tmp_path / "log"))
        log.settimeout(20)
        monkeypatch.setattr(command, "SYSLOG", str(tmp_path / "log"))
        (tmp_path / "to").mkdir()
        assert export(cart, tmp_path / "to", cart.encounter, "--plain").returncode == 0
        line = log.recv(4096).decode()
    assert line.startswith("<85>chevet-export[")
    assert f"encounter {cart.encounter} exported by account {os.getuid()}" in line
    assert not [name for name in NAMES if name in line]


def test_an_ambiguous_start_says_how_many(tmp_path):
    names = [UUID(f"aaaa{number}aaa-0000-4000-8000-000000000001") for number in (1, 2)]
    writer = Journal.open(tmp_path / "journal.db", SystemClock(trusted=True), KEY)
    for name in names:
        writer.append(name, *opening())
    writer.append(CART, Incident("network-cut", "Réseau coupé."))
    writer.close()
    with closing(JournalReader.open(tmp_path / "journal.db", KEY)) as journal:
        with pytest.raises(ExportError) as caught:
            chosen(journal, "aaaa")
        assert (caught.value.code, caught.value.line[:19]) == ("EXP-02", "2 téléconsultations")
        assert chosen(journal, "AAAA2 ") == names[1]
        with pytest.raises(ExportError):
            chosen(journal, "00000000")  # the cart's own chain is no encounter
