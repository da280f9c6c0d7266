# SPDX-License-Identifier: Apache-2.0
"""The bench of the drivers measures every one of them; what it finds is not judged here."""

from pathlib import Path

from cart.bench import decode
from device.registry import Registry

CONFIG = Path(__file__).parents[2] / "config"


def test_b5_every_driver_that_a_row_names_is_measured():
    registry = Registry.load(CONFIG / "models.toml", CONFIG / "instruments.toml")
    found = {result.id: result for result in decode.measure(seconds=0.001)}
    assert set(found) == {f"decode.{model.driver}" for model in registry.models.values()}
    assert all(result.value > 0 and result.unit == "µs" and result.goal for result in found.values())
