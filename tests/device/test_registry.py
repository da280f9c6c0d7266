# SPDX-License-Identifier: Apache-2.0
import contextlib
import os
import sys
from decimal import Decimal
from importlib.metadata import EntryPoint
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from device.codes import Metric, Site
from device.driver import Driver, Prepared
from device.errors import ConfigurationError
from device.measurement import Measurement
from device.registry import Bond, Instrument, Maturity, Registry, StoredPolicy, is_live, located
from device.wire import sig_uuid

CONFIG = Path(__file__).parents[2] / "config"

ROW = """
[cuff]
label = "Cuff"
kind = "Tensiomètre"
driver = "blood-pressure"
services = ["1810"]
characteristics = ["2a35", "0000FFF1-0000-1000-8000-00805F9B34FB"]
metrics = ["systolic", "pulse-cuff"]
stored = "unsent"
maturity = "decoded"
"""
UNIT = """
[one]
model = "cuff"
address = "c0:00:00:00:18:10"
serial = "4021"
label = "Cuff"
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "models.toml").write_text(ROW)
    (tmp_path / "instruments.toml").write_text(UNIT)
    return tmp_path


def load(folder):
    return Registry.load(folder / "models.toml", folder / "instruments.toml")


def second(**changes):
    return msgspec.structs.replace(Instrument("two", "cuff", "C0:00:00:00:18:11", "4022", "Cuff n° 2"), **changes)


def test_a_row_is_a_model(folder):
    model = load(folder).models["cuff"]
    assert model.id == "cuff"
    assert model.services == (sig_uuid(0x1810),)
    assert model.characteristics == (sig_uuid(0x2A35), sig_uuid(0xFFF1))
    assert model.metrics == (Metric.SYSTOLIC, Metric.PULSE_CUFF)
    assert (model.stored, model.maturity, model.bond) == (StoredPolicy.UNSENT, Maturity.DECODED, Bond.NONE)


def test_instruments_are_found_by_address_in_any_case(folder):
    registry = load(folder)
    found = registry.instrument_by_address("C0:00:00:00:18:10")
    assert found is registry.instrument_by_address("c0:00:00:00:18:10")
    assert found.id == "one"
    assert registry.model_of(found).id == "cuff"
    assert registry.instrument_by_address("C0:00:00:00:18:11") is None


def test_no_instruments_file_means_none_enrolled_yet(folder):
    (folder / "instruments.toml").unlink()
    assert load(folder).instruments == ()


WRONG_ROWS = [
    ('stored = "unsent"', 'stored = "unsend"', 9, "cuff: stored: 'unsend' is not allowed (did you mean 'unsent'?)"),
    ('stored = "unsent"', 'stored = "x"', 9, "cuff: stored: 'x' is not allowed; allowed: never, flagged, unsent, all"),
    (
        'driver = "blood-pressure"',
        'driver = "blood-presure"',
        5,
        "cuff: driver: no driver 'blood-presure' is installed (did you mean 'blood-pressure'?); there are: ",
    ),
    (
        "driver =",
        "drvier =",
        5,
        "cuff: drvier: unknown field (did you mean 'driver'?); a row has: label, kind, driver, ",
    ),
    (
        '"systolic"',
        '"systolique"',
        8,
        "cuff: metrics[0]: 'systolique' is not allowed (did you mean 'systolic'?); allowed: ",
    ),
    ('["systolic", ', '["systolic", "systolic", ', 8, "cuff: metrics: names one twice"),
    ('["1810"]', '["18100"]', 6, "cuff: services: '18100' is no UUID of 16 or 128 bits"),
    ('["1810"]', "[]", 6, "cuff: services: is empty"),
    ('["1810"]', '"1810"', 6, "cuff: services: Expected `array`, got `str`"),
    ('label = "Cuff"', 'label = ""', 3, "cuff: label: is empty"),
    ('label = "Cuff"', 'label = "a\\u0007"', 3, "cuff: label: is empty or not printable"),
    ('maturity = "decoded"\n', "", 2, "cuff: maturity: is missing: every row has it"),
    ('maturity = "decoded"', 'maturity = "decoded"\nquiet = 99', 11, "cuff: quiet: is not within 0.1 and 30.0 seconds"),
    ('maturity = "decoded"', 'maturity = "decoded"\nrest = "long"', 11, "cuff: rest: Expected `float`, got `str`"),
    (
        'maturity = "decoded"',
        'maturity = "decoded"\nsite = "nose"',
        11,
        "cuff: site: 'nose' is not allowed; allowed: left-arm",
    ),
    (
        'maturity = "decoded"',
        'maturity = "decoded"\nbaud = 9600',
        11,
        'cuff: baud: belongs to a row with bus = "serial"',
    ),
    (
        'maturity = "decoded"',
        'maturity = "decoded"\nwrite = "fff"',
        11,
        "cuff: write: 'fff' is no UUID of 16 or 128 bits",
    ),
    ("[cuff]", '[cuff]\nid = "other"', 3, "cuff: id: the table's name is the id"),
    ("[cuff]", '["My Cuff"]', 2, "row My Cuff: id: 'My Cuff' is not lower-case words"),
    ("[cuff]", "cuff = 3\n[other]", 2, "row cuff: a row is a table [cuff], not a lone value"),
    ("[cuff]", "[good] # twice\nlabel = 1\n[cuff]", 3, "row good: label: Expected `str`, got `int`"),
]


@pytest.mark.parametrize(("old", "new", "line", "reason"), WRONG_ROWS, ids=[row[-1][:40] for row in WRONG_ROWS])
def test_a6_b6_a_wrong_model_row_is_named_with_file_line_row_field_and_what_is_allowed(folder, old, new, line, reason):
    (folder / "models.toml").write_text(ROW.replace(old, new))
    with pytest.raises(ConfigurationError) as caught:
        load(folder)
    assert str(caught.value).startswith(f"{folder / 'models.toml'}: line {line}: row ")
    assert reason in str(caught.value)
    assert caught.value.code == "CFG-02"
    assert caught.value.line


SERIAL_ROW = """
[wired]
label = "Oxymètre à fil"
kind = "Oxymètre"
driver = "pulse-oximeter"
bus = "serial"
baud = 19200
parity = "odd"
usb = ["10c4:ea60"]
metrics = ["saturation"]
stored = "never"
maturity = "decoded"
"""
WRONG_SERIAL = [
    ("19200", "19201", 7, "wired: baud: 19201 is none of 1200, 2400, "),
    ('"odd"', '"mark"', 8, "wired: parity: 'mark' is not allowed; allowed: none, odd, even"),
    ('"10c4:ea60"', '"10C4:EA60"', 9, "wired: usb: '10C4:EA60' is no vid:pid of four lower-case hex digits each"),
    ("baud = 19200\n", "", 2, "wired: baud: 0 is none of 1200"),
    ("[wired]", '[wired]\nservices = ["1822"]', 3, 'wired: services: belongs to a row with bus = "ble"'),
    ("[wired]", '[wired]\nbond = "passkey"', 3, 'wired: bond: belongs to a row with bus = "ble"'),
]


def test_a_serial_row_has_a_line_and_no_services(folder):
    (folder / "models.toml").write_text(
        ROW + SERIAL_ROW + SERIAL_ROW.replace("wired", "scan").replace('"saturation"', "")
    )
    models = load(folder).models
    assert (models["wired"].baud, models["wired"].parity, models["wired"].usb) == (19200, "odd", ("10c4:ea60",))
    assert models["wired"].characteristics == ()
    assert models["scan"].metrics == ()


@pytest.mark.parametrize(("old", "new", "line", "reason"), WRONG_SERIAL, ids=[row[-1][:40] for row in WRONG_SERIAL])
def test_b6_a_wrong_serial_row_is_named_likewise(folder, old, new, line, reason):
    (folder / "models.toml").write_text(SERIAL_ROW.replace(old, new))
    with pytest.raises(ConfigurationError) as caught:
        load(folder)
    assert str(caught.value).startswith(f"{folder / 'models.toml'}: line {line}: row ")
    assert reason in str(caught.value)


def test_b6_a_syntax_error_is_named_with_its_line(folder):
    (folder / "models.toml").write_text(ROW.replace('driver = "blood-pressure"', "driver = blood-pressure"))
    with pytest.raises(ConfigurationError, match=r"models\.toml: line 5: Invalid value \(column 10\)"):
        load(folder)


WRONG_UNITS = [
    ('model = "cuff"', 'model = "cufff"', "one: model: no model 'cufff' in the table of models (did you mean 'cuff'?)"),
    ("c0:00:00:00:18:10", "c0:00:00:00:18", "one: address: 'C0:00:00:00:18' is no Bluetooth address nor path"),
    ('serial = "4021"', "serial = 4021", "one: serial: Expected `str`, got `int`"),
    (
        'serial = "4021"',
        'serial = "4021"\nowner = "x"',
        "one: owner: unknown field; a row has: model, address, serial, label, simulated",
    ),
    ("[one]", UNIT.replace("one", "other") + "[one]", "address: C0:00:00:00:18:10 is enrolled twice"),
]


@pytest.mark.parametrize(("old", "new", "reason"), WRONG_UNITS, ids=[reason[:20] for _, _, reason in WRONG_UNITS])
def test_a6_a_wrong_instrument_row_is_named_with_file_row_field_and_reason(folder, old, new, reason):
    (folder / "instruments.toml").write_text(UNIT.replace(old, new))
    with pytest.raises(ConfigurationError) as caught:
        load(folder)
    assert str(caught.value).startswith(f"{folder / 'instruments.toml'}: line ")
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"[cuff]\nx = \n", "line 2"),
        (b"x = " + b"[" * 5000, "recursion"),
        (b"\xff\xfe", "utf-8"),
        ((ROW + ROW).encode(), "twice"),
        (None, "No such file"),
    ],
)
def test_a6_an_unreadable_file_is_named_with_its_reason(folder, content, reason):
    path = folder / "models.toml"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=reason) as caught:
        load(folder)
    assert str(path) in str(caught.value)
    assert caught.value.code == "CFG-01"


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(ROW)), st.integers(0, 20), st.text(max_size=12))
def test_a6_any_slip_of_the_pen_is_a_configuration_error_or_a_registry(folder, place, cut, text):
    (folder / "models.toml").write_text(ROW[:place] + text + ROW[place + cut :], encoding="utf-8", errors="replace")
    with contextlib.suppress(ConfigurationError):
        registry = Registry.load(folder / "models.toml", folder / "none.toml")
        assert all(isinstance(registry.driver(model), Driver) for model in registry.models.values())


def test_enrolment_is_kept_and_read_again(folder):
    registry = load(folder)
    two = second(label='Cuff « n° 2 » "bis" \\ é', simulated=True)
    registry.enrol(two)
    assert registry.instrument_by_address(two.address) == two
    assert load(folder).instruments == registry.instruments == (*load(folder).instruments[:1], two)
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []


def test_what_is_enrolled_among_virtual_units_is_marked_as_virtual(folder):
    registry = Registry.load(folder / "models.toml", folder / "instruments.toml", simulated=True)
    registry.enrol(second())
    assert [unit.simulated for unit in registry.instruments] == [False, True]
    assert load(folder).instruments == registry.instruments


def test_retirement_is_kept_and_read_again(folder):
    registry = load(folder)
    registry.enrol(second())
    registry.retire("one")
    assert [unit.id for unit in load(folder).instruments] == ["two"]
    assert registry.instrument_by_address("C0:00:00:00:18:10") is None
    with pytest.raises(ConfigurationError, match="no such instrument"):
        registry.retire("one")


@pytest.mark.parametrize("changes", [{"id": "one"}, {"address": "C0:00:00:00:18:10"}, {"model": "unknown"}])
def test_a_refused_enrolment_changes_nothing(folder, changes):
    registry = load(folder)
    before = registry.instruments
    with pytest.raises(ConfigurationError):
        registry.enrol(second(**changes))
    assert registry.instruments == before
    assert (folder / "instruments.toml").read_text() == UNIT


def test_a_write_that_fails_changes_nothing_and_leaves_no_litter(folder, monkeypatch):
    registry = load(folder)

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigurationError, match="No space left"):
        registry.enrol(second())
    assert [unit.id for unit in registry.instruments] == ["one"]
    assert (folder / "instruments.toml").read_text() == UNIT
    assert sorted(path.name for path in folder.iterdir()) == ["instruments.toml", "models.toml"]


def test_the_file_is_whole_at_every_instant(folder, monkeypatch):
    """The new content is on the disk before it takes the old one's name."""
    done = []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda descriptor: (done.append("fsync"), fsync(descriptor))[1])
    monkeypatch.setattr(Path, "replace", lambda path, target: (done.append("replace"), replace(path, target))[1])
    load(folder).enrol(second())
    assert done == ["fsync", "replace", "fsync"]


def test_a_driver_is_imported_only_when_a_row_is_asked_for(folder, tmp_path, monkeypatch):
    (tmp_path / "lazy_driver.py").write_text("class Lazy:\n    def decode(self, frame):\n        return []\n")
    monkeypatch.syspath_prepend(tmp_path)
    registry = load(folder)
    points = {"blood-pressure": EntryPoint("blood-pressure", "lazy_driver:Lazy", "chevet.drivers")}
    registry = Registry(registry.models.values(), (), folder / "instruments.toml", points)
    assert "lazy_driver" not in sys.modules
    driver = registry.driver(registry.models["cuff"])
    assert isinstance(driver, Driver)
    assert registry.driver(registry.models["cuff"]) is driver
    del sys.modules["lazy_driver"]


@pytest.mark.parametrize(
    "place", ["no_such_module:Driver", "device.wire:Missing", "device.wire:Reader", "builtins:object"]
)
def test_a_driver_that_cannot_be_loaded_is_an_error_that_names_it(folder, place):
    models = load(folder).models.values()
    points = {"blood-pressure": EntryPoint("blood-pressure", place, "chevet.drivers")}
    registry = Registry(models, (), folder / "instruments.toml", points)
    with pytest.raises(ConfigurationError, match="driver 'blood-pressure' of model cuff"):
        registry.driver(registry.models["cuff"])


def test_the_product_s_own_files_load_and_every_driver_can_prepare():
    registry = Registry.load(CONFIG / "models.toml", CONFIG / "instruments.toml")
    assert registry.instruments
    for unit in registry.instruments:
        assert unit.simulated, "the demonstration's units are virtual and say so"
        assert isinstance(registry.driver(registry.model_of(unit)), Prepared)


def test_no_model_claims_to_have_been_seen():
    registry = Registry.load(CONFIG / "models.toml", CONFIG / "instruments.toml")
    assert {model.maturity for model in registry.models.values()} <= {Maturity.DECODED, Maturity.VIRTUAL}


@pytest.mark.parametrize(
    ("policy", "stored", "continuous", "live"),
    [
        ("never", False, False, True),
        ("never", True, False, False),
        ("flagged", False, False, True),
        ("flagged", True, False, False),
        ("unsent", False, False, False),
        ("unsent", False, True, True),
        ("all", False, False, False),
        ("all", False, True, True),
        ("all", True, True, False),
    ],
)
def test_only_what_cannot_come_from_a_memory_is_live(folder, policy, stored, continuous, live):
    model = msgspec.structs.replace(load(folder).models["cuff"], stored=StoredPolicy(policy))
    measurement = Measurement(Metric.SYSTOLIC, Decimal(120), stored=stored, continuous=continuous)
    assert is_live(model, measurement) is live


def test_the_model_s_site_is_used_where_the_frame_names_none(folder):
    model = msgspec.structs.replace(load(folder).models["cuff"], site=Site.FINGER)
    bare = Measurement(Metric.SATURATION, Decimal(97))
    assert located(model, bare).site is Site.FINGER
    assert located(model, msgspec.structs.replace(bare, site=Site.TOE)).site is Site.TOE
    assert located(load(folder).models["cuff"], bare) is bare


def test_whoever_watches_is_told_of_each_change_and_only_then(folder):
    registry = load(folder)
    told: list[int] = []
    unwatch = registry.watch(lambda: told.append(len(registry.instruments)))
    registry.enrol(second())
    registry.retire("one")
    with pytest.raises(ConfigurationError):
        registry.retire("one")
    assert told == [2, 1]
    unwatch()
    registry.retire("two")
    assert told == [2, 1]
