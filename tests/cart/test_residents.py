# SPDX-License-Identifier: Apache-2.0
"""``chevet import`` as a technician types it: all or nothing, and what was there is never lost."""

import errno
import os
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from cart import residents as command
from cart.cli import ROOT, main
from device.people import IdentityStatus
from device.station.residents import load

GOOD = (
    "id;nom;prenom;naissance;sexe;chambre;statut\n"
    "IPP-1003;Bernard;Paul;04/07/1931;H;33;récupérée\n"
    "N-1;Zyxcanari;Éva;1940-02-29;F;8;\n"
)


class Done(NamedTuple):
    """What the command gave."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "config"
    shutil.copytree(ROOT / "config", made)
    return made


@pytest.fixture
def bring(folder, tmp_path, capsys, caplog):
    """Import a text; what is logged counts as said on stderr."""

    def run(text: str | bytes, *words: str) -> Done:
        path = tmp_path / "given.csv"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        caplog.clear()
        status = main(["import", str(path), "--config", str(folder), *words])
        said = capsys.readouterr()
        return Done(status, said.out, said.err + caplog.text)

    return run


def held(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob(".*")} | {
        path.name: path.read_bytes() for path in folder.glob("resid*")
    }


def people(folder: Path):
    found = load(folder / "residents.csv")
    assert found.faults == ()
    return {one.id: one for one in found.patients}


def test_new_people_come_known_ones_change_and_the_others_stay(folder, bring):
    before = people(folder)
    old = (folder / "residents.csv").read_bytes()
    done = bring(GOOD)
    assert done.returncode == 0, done.stderr
    after = people(folder)
    assert after.keys() == {*before, "N-1"}
    assert after["IPP-1003"].room == "33"
    assert after["IPP-1003"].given_names == "Paul, Henri"
    assert after["IPP-1012"] == before["IPP-1012"]
    assert "Nouveaux : 1. Modifiés : 1. Inchangés : 0." in done.stdout
    assert "gardés : 4" in done.stdout
    assert held(folder)["residents.csv.precedent"] == old
    assert held(folder).keys() == {"residents.csv", "residents.csv.precedent"}


def test_the_same_again_writes_nothing(folder, bring):
    assert bring(GOOD).returncode == 0
    before = held(folder)
    seen = (folder / "residents.csv").stat()
    done = bring(GOOD)
    assert done.returncode == 0
    assert "rien n’a été écrit" in done.stdout
    assert held(folder) == before
    assert (folder / "residents.csv").stat() == seen


def test_a_dry_run_says_and_changes_nothing(folder, bring):
    before = held(folder)
    done = bring(GOOD, "--dry-run", "--remove-missing")
    assert done.returncode == 0
    assert "retirés : 4" in done.stdout
    assert "Essai" in done.stdout
    assert held(folder) == before


def test_who_is_missing_goes_only_when_that_is_said(folder, bring):
    assert bring(GOOD, "--remove-missing").returncode == 0
    assert people(folder).keys() == {"IPP-1003", "N-1"}


@pytest.mark.parametrize(
    "text",
    [
        GOOD + "N-2;Petit;Luc;31/02/1930;M;1;\n",
        GOOD.encode("cp1252"),
        b"",
        b"\xff\xfe\x00",
        GOOD + "N-1;Autre;Luc;01/02/1930;M;1;\n",
        "{",
    ],
)
def test_with_one_thing_wrong_nothing_changes(folder, bring, text):
    before = held(folder)
    done = bring(text)
    assert done.returncode == 1
    assert "À corriger : " in done.stdout
    assert "CFG-51" in done.stderr
    assert held(folder) == before


def test_names_and_values_stay_out_of_stderr_and_logs(bring):
    done = bring(GOOD + "N-2;Zyxcanari;Luc;33/03/1933;M;1;\n")
    assert "33/03/1933" in done.stdout
    assert "Zyxcanari" not in done.stderr
    assert "1933" not in done.stderr


def test_a_list_with_a_bad_line_is_not_written_over(folder, bring):
    with (folder / "residents.csv").open("a", encoding="utf-8") as file:
        file.write("IPP-9999;Perdue;;01/01/1930;F;Albi;1;provisoire\n")
    before = held(folder)
    done = bring(GOOD)
    assert (done.returncode, "CFG-53" in done.stderr) == (1, True)
    assert "line 7" in done.stdout
    assert held(folder) == before


def test_a_cart_without_a_list_gets_one(folder, bring):
    (folder / "residents.csv").unlink()
    assert bring(GOOD).returncode == 0
    assert people(folder).keys() == {"IPP-1003", "N-1"}
    assert (folder / "residents.csv").stat().st_mode & 0o777 == 0o640
    assert people(folder)["N-1"].status is IdentityStatus.PROVISIONAL


def test_the_rights_of_the_list_stay(folder, bring):
    path = folder / "residents.csv"
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 0, 12345)
    before = path.stat()
    assert bring(GOOD).returncode == 0
    after = path.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)


@pytest.mark.parametrize("step", ["fsync", "fchmod", "link"])
def test_a_disk_that_fails_at_any_step_leaves_the_list_as_it_was(folder, bring, monkeypatch, step):
    before = held(folder)

    def full(*_args, **_more):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(command.os, step, full)
    done = bring(GOOD)
    monkeypatch.undo()
    assert (done.returncode, "CFG-52" in done.stderr) == (1, True)
    assert held(folder) == before


def test_a_file_that_is_not_there_or_is_huge_is_said(folder, capsys, tmp_path, monkeypatch):
    assert main(["import", str(tmp_path / "none.csv"), "--config", str(folder)]) == 1
    assert "CFG-50" in capsys.readouterr().err
    monkeypatch.setattr(command, "MOST", 10)
    (tmp_path / "big.csv").write_text(GOOD)
    assert main(["import", str(tmp_path / "big.csv"), "--config", str(folder)]) == 1
    assert "trop gros" in capsys.readouterr().err


def test_many_faults_are_told_in_order_and_counted(bring):
    done = bring("id;nom;prenom;naissance\n" + "".join(f"N-{n};;Luc;01/01/1930\n" for n in range(100)))
    told = [line for line in done.stdout.splitlines() if line.startswith("À corriger")]
    assert len(told) == 60
    assert told[0].startswith("À corriger : ligne 2,")
    assert "… et 40 autres." in done.stdout
    assert "100 points" in done.stderr
