# SPDX-License-Identifier: Apache-2.0
"""What import-linter cannot see: that no package stands outside its contracts, and that no wheel brings its own Qt."""

import importlib.util
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]


def test_every_package_of_the_checkout_stands_on_a_floor():
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert set(LINTER["root_packages"]) == packages
    floors = next(contract for contract in LINTER["contracts"] if contract["name"] == "The floors")
    assert {name.strip() for layer in floors["layers"] for name in layer.split("|")} == packages


def test_the_device_contract_is_exhaustive():
    inside = next(contract for contract in LINTER["contracts"] if contract["name"] == "Inside the cart")
    assert inside["exhaustive"] is True


def test_opencv_brings_no_qt_of_its_own():
    spec = importlib.util.find_spec("cv2")
    assert spec is not None
    assert spec.origin is not None
    assert not (Path(spec.origin).parent / "qt").exists()
