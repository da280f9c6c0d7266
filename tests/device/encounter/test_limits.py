# SPDX-License-Identifier: Apache-2.0
from decimal import Decimal
from pathlib import Path

import pytest

from device.codes import Metric
from device.encounter import Limits
from device.errors import ConfigurationError
from tests.device.encounter.samples import LIMITS

SHIPPED = (Path(__file__).parents[3] / "config" / "limits.toml").read_text(encoding="utf-8")


def test_every_metric_has_its_row_in_decimals():
    assert set(LIMITS.metrics) == set(Metric)
    assert LIMITS.metrics[Metric.TEMPERATURE].usual.high == Decimal("41.5")


def test_bounds_belong_to_the_range():
    saturation = LIMITS.metrics[Metric.SATURATION].possible
    assert [saturation.holds(Decimal(value)) for value in ("0.9", "1", "100", "100.1")] == [False, True, True, False]


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("[metric.weight]", "[metric.wieght]", "[metric.wieght]: unknown metric"),
        ("possible = [25, 45]", "possible = [45, 25]", "[metric.temperature]: "),
        ("possible = [25, 45]", "possible = [25, nan]", "[metric.temperature]: "),
        ("possible = [25, 45]", "possible = [25, 45, 50]", "[metric.temperature]: "),
        ("possible = [25, 45]", 'possible = ["25", 45]', "[metric.temperature]: "),
        ("possible = [25, 45]", "", "[metric.temperature]: needs possible"),
        ("usual = [34, 41.5]", "usual = [34, 46]", "[metric.temperature]: usual goes beyond"),
        ("usual_difference = 10", "", "[pressure]: "),
        ("tolerance = 120", "tolerance = -1", "[clock]: tolerance is not above zero"),
        ("tolerance = 120", 'tolerance = "soon"', "[clock]: "),
        ("again = 60", "agian = 60", "[stream]: "),
        ("[pressure]", "[presure]", "[presure]: unknown table"),
        ("[pressure]", "[pressure", "file: "),
    ],
)
def test_a_wrong_row_is_named(tmp_path, old, new, place):
    assert old in SHIPPED
    path = tmp_path / "limits.toml"
    path.write_text(SHIPPED.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigurationError) as error:
        Limits.load(path)
    assert str(error.value).startswith(f"limits.toml {place}")


def test_a_missing_metric_is_named(tmp_path):
    path = tmp_path / "limits.toml"
    head, tail = SHIPPED.split("[metric.glucose]")
    path.write_text(head + tail[tail.index("[pressure]") :], encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"\[metric.glucose\]: missing"):
        Limits.load(path)


def test_a_missing_or_binary_file_is_said(tmp_path):
    with pytest.raises(ConfigurationError, match=r"absent\.toml file"):
        Limits.load(tmp_path / "absent.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match=r"binary\.toml file"):
        Limits.load(tmp_path / "binary.toml")
