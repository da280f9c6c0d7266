# SPDX-License-Identifier: Apache-2.0
"""Every row of models.toml against every check. No model is named here: a new row is tested too."""

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from device.driver import Answer, Frame, Prepared, Recalled, anything
from device.encounter import Limits
from device.errors import InstrumentError
from device.registry import Registry
from tests.drivers.conformance import CHECKS, Folders, decoded, dice, mutated, seeds, subject

ROOT = Path(__file__).parents[2]
FOLDERS = Folders(
    Registry.load(ROOT / "config/models.toml", ROOT / "config/instruments.toml"),
    ROOT / "tests/frames",
    ROOT / "docs/instruments",
    Limits.load(ROOT / "config/limits.toml"),
)
ROWS = tuple(FOLDERS.registry.models.values())
FUZZED = 200_000
NOW = datetime(2026, 11, 21, 9, 30, 15)  # noqa: DTZ001 - the cart's local time, naive by contract

every_model = pytest.mark.parametrize("model", ROWS, ids=lambda model: model.id)


@every_model
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
def test_the_row_passes(model, check):
    check(subject(FOLDERS, model))


@every_model
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.binary(max_size=40))
def test_any_bytes_are_measurements_or_a_frame_error(model, data):
    one = subject(FOLDERS, model)
    for source in one.sources:
        decoded(one, Frame(source, data))


def test_b1_two_hundred_thousand_fuzzed_frames():
    chance = dice(11073)
    frames = list(seeds([subject(FOLDERS, model) for model in ROWS]))
    meant = 0
    for number in range(FUZZED):
        one, frame = frames[number % len(frames)]
        meant += bool(decoded(one, mutated(frame, chance, wild=bool(number % 2))))
    # A frame with a checksum never gets past it: those drivers' own tests fuzz what is behind.
    assert meant > FUZZED // 6, "the fuzzing hardly ever got past the length: it proves little"


class Babbler:
    """A link whose instrument says anything: a few bytes, or nothing at all."""

    def __init__(self, one, chance):
        self.one, self.chance = one, chance

    def has(self, _characteristic):
        return self.chance.random() < 0.9

    async def read(self, _characteristic):
        return self.words()

    async def write(self, _characteristic, _data):
        if self.chance.random() < 0.1:
            raise InstrumentError(3, "La liaison s’est interrompue.")

    async def ask(self, characteristic, data, *, answer, gather=(), fits=anything):
        await self.write(characteristic, data)
        sources = [*gather, answer]
        frames = [Frame(self.chance.choice(sources), self.words()) for _ in range(self.chance.randrange(5))]
        said = self.words()
        if not fits(said):
            raise InstrumentError(3, "Aucune réponse.")
        return Answer(said, tuple(frames))

    def words(self):
        known = [recorded.frame.data for recorded in self.one.frames]
        if self.chance.random() < 0.5:
            return self.chance.choice(known)
        return bytes(
            self.chance.choice((0, 1, 5, 6, self.chance.randrange(256))) for _ in range(self.chance.randrange(9))
        )

    def local_time(self):
        return NOW


@every_model
async def test_whatever_an_instrument_answers_is_frames_or_an_instrument_error(model):
    one, chance = subject(FOLDERS, model), dice(42)
    link = Babbler(one, chance)
    for _ in range(100):
        if isinstance(one.driver, Prepared):
            try:
                await one.driver.prepare(link)
            except InstrumentError:
                continue
        if isinstance(one.driver, Recalled):
            try:
                frames = await one.driver.recall(link, chance.choice((None, 0, 7, 65535)))
            except InstrumentError:
                continue
            for frame in frames:
                decoded(one, frame)


def test_no_frames_file_and_no_page_without_a_row():
    rows = set(FOLDERS.registry.models)
    assert {path.stem for path in FOLDERS.frames.glob("*.json")} == rows
    assert {path.stem for path in FOLDERS.guides.glob("*.md")} - {"README"} == rows
