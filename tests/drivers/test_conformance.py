# SPDX-License-Identifier: Apache-2.0
"""Every row of models.toml: its frames, its driver and its page. No model is named here: a new row is tested too."""

import random
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from device.codes import Doubt, Metric, Site
from device.driver import Driver, Frame
from device.errors import FrameError
from device.measurement import Measurement
from device.registry import Model, Registry
from device.wire import sig_uuid

ROOT = Path(__file__).parents[2]
REGISTRY = Registry.load(ROOT / "config/models.toml", ROOT / "config/instruments.toml")
FRAMES = ROOT / "tests/frames"
GUIDES = ROOT / "docs/instruments"
ROWS = tuple(REGISTRY.models.values())
ORIGINS = ("constructed ", "recorded ", "specification ", "a public ")

every_model = pytest.mark.parametrize("model", ROWS, ids=lambda model: model.id)


class Recorded(msgspec.Struct, forbid_unknown_fields=True):
    what: str
    origin: str
    source: str
    hex: str
    measurements: list[Measurement] | None = None
    error: str | None = None

    @property
    def frame(self) -> Frame:
        source = sig_uuid(int(self.source, 16)) if len(self.source) == 4 else self.source
        return Frame(source, bytes.fromhex(self.hex))


class Recording(msgspec.Struct, forbid_unknown_fields=True):
    model: str
    frames: list[Recorded]


def recording(model: Model) -> Recording:
    return msgspec.json.decode((FRAMES / f"{model.id}.json").read_bytes(), type=Recording)


def checked(driver: Driver, frame: Frame, model: Model) -> list[Measurement]:
    """What the driver says of the frame, or nothing after a FrameError; anything else fails."""
    try:
        found = list(driver.decode(frame))
    except FrameError:
        return []
    for measurement in found:
        assert measurement.metric in model.metrics
        assert all(isinstance(doubt, Doubt) for doubt in measurement.doubts)
        assert measurement.site is None or isinstance(measurement.site, Site)
        void = any(doubt.void for doubt in measurement.doubts)
        assert (measurement.value is None) is void, measurement
        if measurement.value is not None:
            assert measurement.value.is_finite()
            assert msgspec.json.decode(msgspec.json.encode(measurement), type=Measurement) == measurement
    return found


@every_model
def test_recorded_frames_decode_to_what_was_read_on_the_display(model):
    driver = REGISTRY.driver(model)
    frames = recording(model).frames
    assert recording(model).model == model.id
    assert any(recorded.measurements for recorded in frames), "a row needs one frame that holds a measurement"
    for recorded in frames:
        assert recorded.origin.startswith(ORIGINS), f"{recorded.what}: say where the frame comes from"
        if recorded.error is not None:
            with pytest.raises(FrameError, match=recorded.error):
                list(driver.decode(recorded.frame))
        else:
            assert list(driver.decode(recorded.frame)) == recorded.measurements, recorded.what
            checked(driver, recorded.frame, model)


@every_model
def test_a_converted_value_keeps_what_was_reported(model):
    for recorded in recording(model).frames:
        for measurement in recorded.measurements or ():
            if measurement.reported is not None:
                assert measurement.reported.ucum in {"kPa", "[degF]"}
                assert measurement.reported.value != measurement.value


@every_model
def test_every_characteristic_of_the_row_means_something_to_its_driver(model):
    driver = REGISTRY.driver(model)
    for characteristic in model.characteristics:
        with pytest.raises(FrameError, match="wanted at offset 0"):
            list(driver.decode(Frame(characteristic, b"")))
    with pytest.raises(FrameError, match="in characteristic"):
        list(driver.decode(Frame(sig_uuid(0x2A37), bytes(20))))


@every_model
def test_every_truncation_is_measurements_or_a_frame_error(model):
    driver = REGISTRY.driver(model)
    for recorded in recording(model).frames:
        source, data = recorded.frame
        for length in range(len(data)):
            checked(driver, Frame(source, data[:length]), model)


@every_model
def test_a_truncation_of_a_good_frame_never_invents_a_number(model):
    """The flags announce more than there is: no shorter frame decodes."""
    driver = REGISTRY.driver(model)
    for recorded in recording(model).frames:
        if recorded.error is None:
            source, data = recorded.frame
            for length in range(len(data)):
                with pytest.raises(FrameError):
                    list(driver.decode(Frame(source, data[:length])))


@every_model
def test_garbage_of_512_bytes_is_a_frame_error(model):
    driver = REGISTRY.driver(model)
    chance = random.Random(512)  # noqa: S311 - a reproducible test, no secret
    for source in model.characteristics:
        for _ in range(200):
            assert checked(driver, Frame(source, chance.randbytes(512)), model) == []


@every_model
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.binary(max_size=40))
def test_any_bytes_are_measurements_or_a_frame_error(model, data):
    for source in model.characteristics:
        checked(REGISTRY.driver(model), Frame(source, data), model)


def _seeds() -> list[tuple[Model, Frame]]:
    kinds = {(row.driver, row.characteristics): row for row in ROWS}
    return [(row, recorded.frame) for row in kinds.values() for recorded in recording(row).frames]


def test_a_hundred_thousand_fuzzed_frames():
    """Half random of the right length, half recorded ones with bytes changed: the ones that get far."""
    chance = random.Random(11073)  # noqa: S311 - a reproducible test, no secret
    seeds = _seeds()
    decoded = 0
    for round_ in range(100_000):
        model, frame = seeds[round_ % len(seeds)]
        data = bytearray(frame.data)
        if round_ % 2:
            data = bytearray(chance.randbytes(len(data)))
        else:
            for _ in range(chance.randint(1, 4)):
                data[chance.randrange(len(data))] = chance.randrange(256)
        decoded += bool(checked(REGISTRY.driver(model), Frame(frame.source, bytes(data)), model))
    assert decoded > 30_000, "the fuzzing hardly ever got past the length: it proves little"


@every_model
def test_every_row_has_a_guide_page_that_tells_its_maturity(model):
    page = (GUIDES / f"{model.id}.md").read_text(encoding="utf-8")
    assert model.label in page
    assert f"`{model.maturity}`" in page
    for heading in ("## What we know and from where", "## Enrol it", "## Quirks", "## What only hardware can show"):
        assert heading in page, heading


def test_no_frames_file_and_no_page_without_a_row():
    rows = set(REGISTRY.models)
    assert {path.stem for path in FRAMES.glob("*.json")} == rows
    assert {path.stem for path in GUIDES.glob("*.md")} - {"README"} == rows


def test_every_driver_is_pure_of_state():
    """One instance serves every unit: decoding the same frame again gives the same."""
    for model, frame in _seeds():
        driver = REGISTRY.driver(model)
        assert checked(driver, frame, model) == checked(driver, frame, model)


def test_metrics_of_all_rows_are_known():
    assert {metric for row in ROWS for metric in row.metrics} <= set(Metric)
