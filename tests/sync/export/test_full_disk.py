# SPDX-License-Identifier: Apache-2.0
"""Onto a stick that is full or read-only nothing is written, and nothing half is left: real file systems."""

import os
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from cart.residents import replace
from device.errors import ConfigurationError, ExportError
from device.station.residents import load
from sync.export.envelope import recipient
from sync.export.writing import Piece, write_folder, write_sealed
from tests.faults.card import fill, made, mounted, root
from tests.sync.export.test_envelope import certificate, pem

__all__ = ["root"]

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
NOISE = os.urandom(1 << 20)
PIECES = [Piece("a/b", [NOISE] * 3), Piece("c", [b"small"])]
pytestmark = pytest.mark.root


@pytest.fixture
def whom(tmp_path):
    path = tmp_path / "doctor.pem"
    path.write_bytes(pem(certificate(rsa.generate_private_key(65537, 2048))))
    return recipient(path, NOW)


def left(folder):
    return {path.name for path in folder.iterdir()} - {"lost+found"}


def refused(write):
    with pytest.raises(ExportError) as caught:
        write()
    assert caught.value.code == "EXP-04"
    return caught.value.line


def test_a_full_stick_keeps_nothing_of_an_export(root, whom):
    with mounted(made(root.image("stick"), 2), root.slot("stick")) as stick:
        assert "Plus de place" in refused(lambda: write_folder(stick / "x", PIECES))
        assert "Plus de place" in refused(lambda: write_sealed(stick / "x.zip.p7m", PIECES, whom, NOW))
        assert left(stick) == set()


def test_a_stick_that_is_read_only_is_said(root, whom):
    with mounted(made(root.image("stick"), 8), root.slot("stick"), "ro") as stick:
        assert "droits" in refused(lambda: write_folder(stick / "x", PIECES))
        assert "droits" in refused(lambda: write_sealed(stick / "x.zip.p7m", PIECES, whom, NOW))


def test_a_full_disk_keeps_the_list_of_residents_as_it_was(root):
    with mounted(made(root.image("disk"), 2), root.slot("disk")) as disk:
        path = disk / "residents.csv"
        path.write_text("id;nom;prenom;naissance\n" + "".join(f"A{n};NOM;Prénom;01/01/1930\n" for n in range(3000)))
        before = path.read_bytes()
        people = load(path).patients
        fill(disk, 8 << 10)
        with pytest.raises(ConfigurationError) as caught:
            replace(path, people)
        assert caught.value.code == "CFG-52"
        assert path.read_bytes() == before
        assert not [name for name in left(disk) if name.startswith(".residents")]
