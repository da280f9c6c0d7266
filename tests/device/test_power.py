# SPDX-License-Identifier: Apache-2.0
"""The cart's battery, from the kernel's files."""

from pathlib import Path

import pytest

from device.power import battery


def supply(folder: Path, name: str, **said: str) -> None:
    (folder / name).mkdir()
    for file, text in said.items():
        (folder / name / file).write_text(f"{text}\n")


def test_the_lowest_of_the_carts_own_batteries(tmp_path: Path):
    supply(tmp_path, "AC", type="Mains", online="1")
    supply(tmp_path, "BAT0", type="Battery", capacity="82")
    supply(tmp_path, "BAT1", type="Battery", scope="System", capacity="64")
    supply(tmp_path, "hid-mouse", type="Battery", scope="Device", capacity="3")
    assert battery(tmp_path) == 64


@pytest.mark.parametrize("capacity", ["", "full", "-1", "255"])
def test_what_is_not_a_percentage_is_no_battery(tmp_path: Path, capacity: str):
    supply(tmp_path, "BAT0", type="Battery", capacity=capacity)
    assert battery(tmp_path) is None


def test_no_battery_at_all(tmp_path: Path):
    assert battery(tmp_path / "none") is None
    (tmp_path / "BAT0").mkdir()
    assert battery(tmp_path) is None
