# SPDX-License-Identifier: Apache-2.0
"""The conformance suite catches what is wrong: row, frame, unit, page, driver. And a new row needs no code."""

import json
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from device.codes import Metric
from device.driver import Frame
from device.encounter import Limits
from device.errors import ConfigurationError, FrameError
from device.measurement import Measurement, Quantity
from device.registry import Registry
from tests.drivers import conformance
from tests.drivers.conformance import CHECKS, Folders, Recorded, Recording, Subject, subject

ROOT = Path(__file__).parents[2]
LIMITS = Limits.load(ROOT / "config/limits.toml")
GUIDE = ROOT / "docs/adding-an-instrument.md"
ROW = """
[acme-cuff]
label = "Acme Cuff 1"
kind = "Tensiomètre"
driver = "blood-pressure"
services = ["1810"]
characteristics = ["2a35"]
metrics = ["systolic", "diastolic", "mean-pressure"]
stored = "all"
maturity = "decoded"
"""
PRESSURE = [
    {"metric": "systolic", "value": "120.0", "reported": {"value": "16.0", "ucum": "kPa"}},
    {"metric": "diastolic", "value": "75.0", "reported": {"value": "10.0", "ucum": "kPa"}},
    {"metric": "mean-pressure", "value": "90.0", "reported": {"value": "12.0", "ucum": "kPa"}},
]
FRAMES = {
    "model": "acme-cuff",
    "frames": [
        {
            "what": "16.0 on 10.0 kPa",
            "origin": "constructed from the profile",
            "source": "2a35",
            "hex": "01 a0f0 64f0 78f0",
            "measurements": PRESSURE,
        },
        {
            "what": "a byte too many",
            "origin": "constructed from the profile",
            "source": "2a35",
            "hex": "00 7800 5000 5d00 00",
            "error": "1 bytes too many",
        },
    ],
}
PAGE = """# Acme Cuff 1

Maturity: `decoded`.

## What we know and from where

- Its manual.

## Enrol it

1. Enrol it.

## Quirks

- None known.

## What only hardware can show

- Everything.
"""


@pytest.fixture
def shelf(tmp_path):
    """A row with its frames and its page, in folders of their own."""
    (tmp_path / "models.toml").write_text(ROW, encoding="utf-8")
    (tmp_path / "acme-cuff.json").write_text(json.dumps(FRAMES), encoding="utf-8")
    (tmp_path / "acme-cuff.md").write_text(PAGE, encoding="utf-8")
    return tmp_path


def folders(shelf):
    registry = Registry.load(shelf / "models.toml", shelf / "none.toml")
    return Folders(registry, shelf, shelf, LIMITS)


def check(shelf):
    """The whole suite on every row of a shelf."""
    found = folders(shelf)
    for model in found.registry.models.values():
        for one in CHECKS:
            one(subject(found, model))


def altered(shelf, name, old, new):
    path = shelf / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_new_product_that_follows_its_profile_is_a_row_frames_and_a_page_and_no_code(shelf):
    check(shelf)


ROWS = [
    ('"mean-pressure"]', '"mean-pressure", "pulse-cuff"]', "in the row"),
    (', "mean-pressure"]', "]", "in the row"),
    ('"blood-pressure"', '"thermometer"', "no temperature in characteristic|wanted at offset"),
    ('["2a35"]', '["2a1c"]', "an empty frame|no recorded frame|is no error"),
    ('["2a35"]', '["2a35", "2a36"]', "no recorded frame of 00002a36"),
    ('maturity = "decoded"', 'maturity = "virtual"', "the page does not say virtual"),
    ('label = "Acme Cuff 1"', 'label = "Acme Cuff 2"', "the page does not name the product"),
    ("[acme-cuff]", "[acme-cuf]", "no recorded frames in acme-cuf.json"),
]


@pytest.mark.parametrize(("old", "new", "said"), ROWS, ids=[row[1][:30] for row in ROWS])
def test_b1_a_wrong_row_is_caught(shelf, old, new, said):
    altered(shelf, "models.toml", old, new)
    with pytest.raises((AssertionError, FrameError), match=said):
        check(shelf)


@pytest.mark.parametrize(("old", "new"), [('"blood-pressure"', '"blood"'), ('["2a35"]', "[]"), ('"systolic"', '"sys"')])
def test_b1_a_row_that_cannot_be_is_caught_before_its_frames(shelf, old, new):
    altered(shelf, "models.toml", old, new)
    with pytest.raises(ConfigurationError):
        check(shelf)


JSON = [
    ('"value": "75.0"', '"value": "80.0"', "16.0 on 10.0 kPa"),
    ("01 a0f0 64f0 78f0", "01 a0f0 65f0 78f0", "16.0 on 10.0 kPa"),
    ("01 a0f0 64f0 78f0", "01 a0f0 64f0 78f0 00", "1 bytes too many"),
    ("5d00 00", "5d00", "no error"),
    ("1 bytes too many", "2 bytes too many", "a byte too many"),
    ("constructed from the profile", "somewhere", "say where the frame comes from"),
    ('"model": "acme-cuff"', '"model": "acme"', "of another row"),
    ('"source": "2a35"', '"source": "2a36"', "16.0 on 10.0 kPa"),
    ('"what"', '"waht"', "unknown field `waht`"),
    ('"metric": "systolic"', '"metric": "sys"', "Invalid enum value 'sys'"),
    ('"ucum": "kPa"', '"ucum": "bar"', "16.0 on 10.0 kPa"),
]


@pytest.mark.parametrize(("old", "new", "said"), JSON, ids=[f"{row[0][:12]}-{row[1][-14:]}" for row in JSON])
def test_b1_a_wrong_frame_is_caught(shelf, old, new, said):
    altered(shelf, "acme-cuff.json", old, new)
    with pytest.raises((AssertionError, FrameError), match=said):
        check(shelf)


PAGES = [
    ("- Its manual.", "", "nothing under '## What we know and from where'"),
    ("## Quirks", "## Oddities", "no '## Quirks'"),
    ("Maturity: `decoded`.", "", "the page does not say decoded"),
]


@pytest.mark.parametrize(("old", "new", "said"), PAGES, ids=[row[2][:24] for row in PAGES])
def test_b1_a_page_without_its_sources_is_caught(shelf, old, new, said):
    altered(shelf, "acme-cuff.md", old, new)
    with pytest.raises(AssertionError, match=said):
        check(shelf)


@pytest.mark.parametrize("name", ["acme-cuff.json", "acme-cuff.md"])
def test_b1_a_row_without_its_frames_or_its_page_is_caught(shelf, name):
    (shelf / name).unlink()
    with pytest.raises(AssertionError, match="acme-cuff: no"):
        check(shelf)


class Scale:
    """A driver made wrong on purpose: ``way`` is how."""

    def __init__(self, way):
        self.way, self.seen = way, 0

    def decode(self, frame):
        if self.way != "totality" and not frame.data:
            raise FrameError("1 bytes wanted at offset 0")
        if self.way == "guess" and len(frame.data) == 1:
            return [self.kilograms(9)]
        if len(frame.data) != 2 and self.way not in {"noise", "totality"}:
            raise FrameError("bytes too many")
        self.seen += 1
        return [self.kilograms(frame.data[0] + frame.data[1])]

    def kilograms(self, number):
        value, reported = Decimal(number), None
        if self.way == "unit":
            reported = Quantity(value, "[stone_av]")
        if self.way == "conversion":
            reported = Quantity(value, "[lb_av]")
        if self.way == "memory" and self.seen > 1:
            value += 1
        if self.way == "nothing":
            value = None
        metric = Metric.GLUCOSE if self.way == "metric" else Metric.WEIGHT
        for _ in range(2000 if self.way == "slow" else 0):
            value += 0
        return Measurement(metric, value, reported=reported)


def made_wrong(shelf, way):
    model = msgspec.structs.replace(folders(shelf).registry.models["acme-cuff"], metrics=(Metric.WEIGHT,))
    frame = Recorded("3 kg", "constructed", "2a35", "0102", list(Scale(way).decode(Frame("", b"\1\2"))))
    return Subject(model, Scale(way), Recording("acme-cuff", [frame]), PAGE, LIMITS)


WAYS = [
    ("metric", conformance.check_frames, "glucose is not in the row"),
    ("metric", conformance.check_metrics, "in the row"),
    ("nothing", conformance.check_frames, "no number without a void doubt"),
    ("unit", conformance.check_units, "'\\[stone_av\\]' is none of"),
    ("conversion", conformance.check_units, "3 kg"),
    ("guess", conformance.check_truncations, "its first 1 bytes say"),
    ("noise", conformance.check_garbage, "noise has a meaning"),
    ("memory", conformance.check_purity, "the driver remembers"),
    ("slow", conformance.check_cost, "too many steps"),
    ("right", conformance.check_sources, "of another characteristic is no error"),
]


@pytest.mark.parametrize(("way", "caught", "said"), WAYS, ids=[f"{row[0]}-{row[1].__name__[6:]}" for row in WAYS])
def test_b1_a_wrong_driver_is_caught(shelf, way, caught, said):
    with pytest.raises(AssertionError, match=said):
        caught(made_wrong(shelf, way))


def test_b1_a_driver_that_falls_over_short_frames_is_caught(shelf):
    with pytest.raises(IndexError):
        conformance.check_truncations(made_wrong(shelf, "totality"))


def test_b1_a_metric_without_limits_is_caught(shelf):
    limits = msgspec.structs.replace(LIMITS, metrics={})
    with pytest.raises(AssertionError, match="no limits for weight"):
        conformance.check_metrics(made_wrong(shelf, "right")._replace(limits=limits))


def blocks(language):
    """The fenced blocks of the guide in one language."""
    parts = GUIDE.read_text(encoding="utf-8").split("```")[1::2]
    return [part.removeprefix(language + "\n") for part in parts if part.startswith(language + "\n")]


def test_the_guide_s_own_example_passes_the_suite(tmp_path):
    """docs/adding-an-instrument.md: what it says to write is enough, as it stands there."""
    (row,), (frames,), (page,) = blocks("toml"), blocks("json"), blocks("markdown")
    name = json.loads(frames)["model"]
    (tmp_path / "models.toml").write_text(row, encoding="utf-8")
    (tmp_path / f"{name}.json").write_text(frames, encoding="utf-8")
    (tmp_path / f"{name}.md").write_text(page, encoding="utf-8")
    assert list(folders(tmp_path).registry.models) == [name]
    check(tmp_path)
