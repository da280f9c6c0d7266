# SPDX-License-Identifier: Apache-2.0
"""Undervoltage and heat, told by the kernel's files: the cameras are spared first, and the technician is told."""

from pathlib import Path

import pytest

from cart.sensors import HEAT, UNDERVOLTAGE, Sensors
from device.power import CALM, Relief, Strain, strain
from device.station.workshop import Workshop
from tests.device.station.conftest import Bench, bench  # noqa: F401 - a fixture

FIRMWARE = "devices/platform/soc/soc:firmware/get_throttled"


class Cameras:
    """Notes how they are asked to work."""

    def __init__(self) -> None:
        self.eased: list[bool] = []

    def ease(self, on: bool) -> None:
        self.eased.append(on)


def says(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n")


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({}, Strain()),
        ({FIRMWARE: "0"}, Strain()),
        ({FIRMWARE: "1"}, Strain(power=True)),
        ({FIRMWARE: "8"}, Strain(heat=True)),
        ({FIRMWARE: "50005"}, Strain(power=True, heat=True)),
        ({FIRMWARE: "50000"}, Strain()),
        ({FIRMWARE: "nonsense"}, Strain()),
        ({"devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled": "1"}, Strain(power=True)),
        ({"class/hwmon/hwmon1/name": "rpi_volt", "class/hwmon/hwmon1/in0_lcrit_alarm": "1"}, Strain(power=True)),
        ({"class/hwmon/hwmon1/name": "rpi_volt", "class/hwmon/hwmon1/in0_lcrit_alarm": "0"}, Strain()),
        ({"class/hwmon/hwmon0/name": "nct6775", "class/hwmon/hwmon0/in0_lcrit_alarm": "1"}, Strain()),
        ({"class/thermal/thermal_zone0/temp": "79999"}, Strain()),
        ({"class/thermal/thermal_zone0/temp": "41000", "class/thermal/thermal_zone1/temp": "80000"}, Strain(heat=True)),
        ({"class/thermal/thermal_zone0/temp": "-273200"}, Strain()),
        ({"class/thermal/thermal_zone0/temp": "?"}, Strain()),
    ],
)
def test_f18_the_kernels_files_tell_voltage_and_heat(tmp_path: Path, files: dict[str, str], found: Strain):
    for name, text in files.items():
        says(tmp_path, name, text)
    assert strain(tmp_path) == found


def test_f18_relief_comes_at_once_and_ends_after_a_calm_minute():
    relief = Relief()
    assert not relief.hear(Strain(), 0)
    assert relief.hear(Strain(power=True), 10)
    assert relief.wanted
    assert not relief.hear(Strain(), 10 + CALM - 1)
    assert not relief.hear(Strain(power=True), 10 + CALM)
    assert not relief.hear(Strain(), 10 + 2 * CALM - 1)
    assert relief.hear(Strain(), 10 + 2 * CALM)
    assert not relief.wanted


async def test_f18_cameras_are_spared_first_and_only_the_technician_is_told(bench: Bench, tmp_path: Path):  # noqa: F811 - the fixture
    cameras = Cameras()
    sensors = Sensors(bench.station, cameras, bench.clock, tmp_path, tmp_path / "none")
    workshop = Workshop(bench.station)
    await sensors.look()
    assert (cameras.eased, workshop.warnings()) == ([], ())
    says(tmp_path, FIRMWARE, "50005")
    await sensors.look()
    assert cameras.eased == [True]
    assert [one.code for one in workshop.warnings()] == [UNDERVOLTAGE, HEAT]
    assert bench.station.state.notices == ()
    says(tmp_path, FIRMWARE, "50000")
    bench.clock.forward(CALM / 2)
    await sensors.look()
    assert cameras.eased == [True]
    bench.clock.forward(CALM)
    await sensors.look()
    assert cameras.eased == [True, False]
    assert workshop.warnings() == ()
