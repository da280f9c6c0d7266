# SPDX-License-Identifier: Apache-2.0
import io
import shutil
import tarfile
from pathlib import Path

import pytest

from cart.machine import recipe as recipes
from cart.machine.errors import MachineError
from cart.machine.payload import payload
from cart.machine.recipe import GUEST, SYSTEM, Recipe, libraries_lent

ROOT = Path(__file__).parents[3]
BOOKWORM = Recipe("bookworm", ("deb http://a bookworm main",), (), "6.1.1")
MACHINE = ["QEMU 7.2", "-smp", "2"]


def test_a_key_is_of_what_went_in_and_not_of_where_it_came_from():
    assert BOOKWORM.system_key() == BOOKWORM._replace(sources=("deb http://b bookworm main",)).system_key()
    assert BOOKWORM.system_key() != BOOKWORM._replace(kernel="6.1.2").system_key()
    assert BOOKWORM.system_key() != BOOKWORM._replace(release="trixie").system_key()
    assert BOOKWORM.warm_key(MACHINE) == BOOKWORM.warm_key(MACHINE)
    assert BOOKWORM.warm_key(MACHINE) != BOOKWORM.warm_key(["QEMU 10.0", "-smp", "2"])


def test_each_file_of_the_guest_is_part_of_its_key(tmp_path, monkeypatch):
    copy = tmp_path / "guest"
    shutil.copytree(GUEST, copy)
    monkeypatch.setattr(recipes, "GUEST", copy)
    before = BOOKWORM.system_key()
    assert {path.name for path in GUEST.iterdir() if path.is_file()} == set(SYSTEM)
    for name in SYSTEM:
        text = (copy / name).read_bytes()
        (copy / name).write_bytes(text + b"\n#")
        assert BOOKWORM.system_key() != before, name
        (copy / name).write_bytes(text)


def test_the_guest_is_lent_the_libraries_of_the_buses_and_no_screen():
    lent = {one.name.lower() for one in libraries_lent()}
    assert {"bleak", "bumble", "dbus-fast", "pyserial", "numpy", "sounddevice", "msgspec"} <= lent
    assert not {one for one in lent if one.startswith(("pyside", "playwright", "chevet"))}


def test_another_processor_is_refused_with_a_reason(monkeypatch):
    monkeypatch.setattr(recipes.platform, "machine", lambda: "aarch64")
    with pytest.raises(MachineError, match="aarch64"):
        recipes.recipe()


def test_a_run_carries_code_compiled_and_drivers_and_no_key(tmp_path):
    for part in ("device", "config", "tests/machine"):
        (tmp_path / part).mkdir(parents=True)
    (tmp_path / "device/clock.py").write_text("NOW = 1\n")
    (tmp_path / "config/models.toml").write_text("")
    (tmp_path / "config/rendezvous.key").write_text("secret")
    with tarfile.open(fileobj=io.BytesIO(payload(tmp_path))) as archive:
        names = archive.getnames()
        points = next(name for name in names if name.endswith("entry_points.txt"))
        drivers = archive.extractfile(points)
        assert drivers is not None
        assert b"chevet.drivers" in drivers.read()
    assert "device/clock.py" in names
    assert any(name.startswith("device/__pycache__/clock.") for name in names)
    assert "config/rendezvous.key" not in names


def test_code_that_does_not_compile_ends_it_before_a_guest_starts(tmp_path):
    (tmp_path / "device").mkdir()
    (tmp_path / "device/clock.py").write_text("NOW = = 1\n")
    with pytest.raises(MachineError, match=r"clock\.py"):
        payload(tmp_path)


def test_the_page_lists_each_module_of_scenarios():
    page = (ROOT / "docs/machine-test.md").read_text("utf-8")
    told = {line.split("`")[1] for line in page.splitlines() if line.startswith("| `")}
    assert {path.stem for path in (ROOT / "tests/machine/scenarios").glob("*.py")} <= told
