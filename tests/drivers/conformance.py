# SPDX-License-Identifier: Apache-2.0
"""What every row of models.toml must live up to: checks of one subject, which is a row, its driver, frames and page.

Each check raises AssertionError with its reason. None names a model: a new row is checked too, a broken one is caught
(``test_conformance_catches.py``).
"""

import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from device.codes import Doubt, Site, convert, convertible
from device.driver import Driver, Frame, Framed
from device.encounter import Limits
from device.errors import FrameError
from device.framing import Framing
from device.measurement import Measurement
from device.registry import Bus, Model, Registry
from device.wire import sig_uuid

ORIGINS = ("constructed", "recorded ", "specification ", "a public ")
HEADINGS = ("## What we know and from where", "## Enrol it", "## Quirks", "## What only hardware can show")
GARBAGE = 512
MOST_LINES = 1000
"""Lines of Python for one frame. The slowest machine of the target runs a million and more a second, so this is the
millisecond that a frame may cost, counted: it is the same on every machine and at every load (``chevet bench decode``
measures the time). C code between two lines is bounded by the frame, which is 512 bytes at most."""


class Recorded(msgspec.Struct, forbid_unknown_fields=True):
    """One frame of a product, and what it means or why it means nothing."""

    what: str
    origin: str
    source: str
    hex: str
    measurements: list[Measurement] | None = None
    error: str | None = None

    @property
    def frame(self) -> Frame:
        """As the bus gives it."""
        source = sig_uuid(int(self.source, 16)) if len(self.source) == 4 else self.source
        return Frame(source, bytes.fromhex(self.hex))


class Recording(msgspec.Struct, forbid_unknown_fields=True):
    """tests/frames/<id>.json."""

    model: str
    frames: list[Recorded]


class Subject(NamedTuple):
    """A row and what stands beside it."""

    model: Model
    driver: Driver
    recording: Recording
    page: str
    limits: Limits

    @property
    def frames(self) -> list[Recorded]:
        """The recorded ones."""
        return self.recording.frames

    @property
    def sources(self) -> tuple[str, ...]:
        """Where its frames come from."""
        return self.model.characteristics or ("",)


class Folders(NamedTuple):
    """Where rows, frames, pages and limits stand."""

    registry: Registry
    frames: Path
    guides: Path
    limits: Limits


def subject(folders: Folders, model: Model) -> Subject:
    """One row. AssertionError where a file is missing or is none."""
    frames, page = folders.frames / f"{model.id}.json", folders.guides / f"{model.id}.md"
    assert frames.exists(), f"{model.id}: no recorded frames in {frames.name}"
    assert page.exists(), f"{model.id}: no guide page {page.name}"
    try:
        recording = msgspec.json.decode(frames.read_bytes(), type=Recording)
    except msgspec.DecodeError as error:
        raise AssertionError(f"{frames.name}: {error}") from error
    return Subject(model, folders.registry.driver(model), recording, page.read_text(encoding="utf-8"), folders.limits)


def dice(seed: int) -> random.Random:
    """Chance that is the same at every run."""
    return random.Random(seed)  # noqa: S311 - a reproducible test, no secret


def decoded(one: Subject, frame: Frame) -> list[Measurement]:
    """What the driver says of a frame, sound in itself; nothing after a FrameError, and anything else fails."""
    try:
        found = list(one.driver.decode(frame))
    except FrameError:
        return []
    for measurement in found:
        assert measurement.metric in one.model.metrics, f"{measurement.metric} is not in the row"
        assert all(isinstance(doubt, Doubt) for doubt in measurement.doubts)
        assert measurement.site is None or isinstance(measurement.site, Site)
        void = any(doubt.void for doubt in measurement.doubts)
        assert (measurement.value is None) is void, f"no number without a void doubt, and none with one: {measurement}"
        assert measurement.value is None or measurement.value.is_finite(), measurement
    return found


def check_frames(one: Subject) -> None:
    """Recorded frames decode to what was read on the display, and say where they come from."""
    assert one.recording.model == one.model.id, "the frames are of another row"
    assert one.frames, "no frames"
    for recorded in one.frames:
        assert recorded.origin.startswith(ORIGINS), f"{recorded.what}: say where the frame comes from"
        if recorded.error is None:
            found = list(one.driver.decode(recorded.frame))
            assert found == recorded.measurements, f"{recorded.what}: {found}"
            assert decoded(one, recorded.frame) == found
            for measurement in found:
                again = msgspec.json.decode(msgspec.json.encode(measurement), type=Measurement)
                assert again == measurement, "it does not survive the journal"
        else:
            _refused(one, recorded)


def _refused(one: Subject, recorded: Recorded) -> None:
    said = None
    try:
        list(one.driver.decode(recorded.frame))
    except FrameError as error:
        said = str(error)
    assert said is not None, f"{recorded.what}: no error"
    assert str(recorded.error) in said, f"{recorded.what}: {said}"


def check_metrics(one: Subject) -> None:
    """The row's metrics are those its frames hold; each has its codes, its French word and its limits."""
    seen = {one.metric for recorded in one.frames for one in recorded.measurements or ()}
    assert set(one.model.metrics) == seen, f"in the row {sorted(one.model.metrics)}, in the frames {sorted(seen)}"
    if one.model.bus is Bus.BLE:
        assert any(m.value is not None for r in one.frames for m in r.measurements or ()), "no frame holds a number"
    for metric in one.model.metrics:
        assert metric.mdc > 0, metric
        assert metric.loinc, metric
        assert metric.ucum, metric
        assert metric.label[:1].isupper(), metric
        assert metric in one.limits.metrics, f"no limits for {metric}"


def check_units(one: Subject) -> None:
    """A converted value keeps what the instrument said, in a unit that we know, and is what that makes."""
    for recorded in one.frames:
        for measurement in recorded.measurements or ():
            reported = measurement.reported
            if reported is not None:
                units = convertible(measurement.metric)
                assert reported.ucum in units, f"{recorded.what}: {reported.ucum!r} is none of {sorted(units)}"
                made = convert(reported.value, reported.ucum, measurement.metric)
                assert made == measurement.value, f"{recorded.what}: {reported} is {made} {measurement.metric.ucum}"


def check_sources(one: Subject) -> None:
    """Each characteristic of the row means something to its driver and has a recorded frame; another one does not."""
    for source in one.sources:
        assert _fails(one, Frame(source, b"")), f"an empty frame of {source or 'the line'} is no error"
        assert any(r.frame.source == source for r in one.frames), f"no recorded frame of {source or 'the line'}"
    for recorded in one.frames:
        if recorded.measurements:
            assert recorded.frame.source in one.sources, f"{recorded.what}: {recorded.source} is not in the row"
    if one.model.bus is Bus.BLE:
        for recorded in one.frames:
            strange = Frame(sig_uuid(0x2AFF), recorded.frame.data)
            assert _fails(one, strange), "a frame of another characteristic is no error"


def _fails(one: Subject, frame: Frame) -> bool:
    try:
        list(one.driver.decode(frame))
    except FrameError:
        return True
    return False


def check_truncations(one: Subject) -> None:
    """A frame cut short is an error, or says no more than the whole one: it never invents a number."""
    for recorded in (recorded for recorded in one.frames if recorded.error is None):
        whole = {(m.metric, m.value, m.taken) for m in recorded.measurements or ()}
        for length in range(len(recorded.frame.data)):
            found = decoded(one, Frame(recorded.frame.source, recorded.frame.data[:length]))
            numbers = {(m.metric, m.value, m.taken) for m in found if m.value is not None}
            assert numbers <= whole, f"{recorded.what}: its first {length} bytes say {numbers}"


def check_garbage(one: Subject) -> None:
    """512 bytes of noise are an error; in a stream they are passed over, in time and without an error."""
    chance = dice(GARBAGE)
    for source in one.sources:
        for _ in range(100):
            noise = chance.randbytes(GARBAGE)
            assert decoded(one, Frame(source, noise)) == [], "noise has a meaning"
            if isinstance(one.driver, Framed):
                for frame in Framing(one.driver).feed(noise):
                    decoded(one, Frame(source, frame))


def check_stream(one: Subject) -> None:
    """A stream's frames are found wherever the reads cut it, and after noise."""
    if not isinstance(one.driver, Framed):
        return
    good = [recorded.frame.data for recorded in one.frames if recorded.error is None]
    for data in good:
        assert one.driver.split(data) == (data, len(data)), f"{data.hex()} is not found whole"
        for length in range(len(data)):
            frame, size = one.driver.split(data[:length])
            assert size <= length, "more dropped than there is"
            assert frame is None or frame != data
    chance = dice(7)
    framing, stream, found = Framing(one.driver), b"".join(good), []
    while stream:
        size = chance.randint(1, 7)
        found += framing.feed(stream[:size])
        stream = stream[size:]
    assert found == good, "frames cut by reads are lost"


def check_purity(one: Subject) -> None:
    """One driver serves every unit: what came before changes nothing."""
    first = [decoded(one, recorded.frame) for recorded in one.frames]
    again = [decoded(one, recorded.frame) for recorded in reversed(one.frames)]
    assert first == again[::-1], "the driver remembers"


def check_cost(one: Subject) -> None:
    """A frame costs less than a millisecond, counted in lines of Python."""
    chance = dice(1)
    for recorded in one.frames:
        assert _lines(one, recorded.frame) <= MOST_LINES, f"{recorded.what}: too many steps for one frame"
    for source in one.sources:
        assert _lines(one, Frame(source, chance.randbytes(GARBAGE))) <= MOST_LINES, "too many steps for noise"


def _lines(one: Subject, frame: Frame) -> int:
    count = 0

    def trace(_frame: object, event: str, _arg: object) -> Callable[..., object]:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        _fails(one, frame)
    finally:
        sys.settrace(before)
    return count


def check_page(one: Subject) -> None:
    """A guide page that names the product, says its maturity and its sources."""
    assert one.model.label in one.page, "the page does not name the product"
    assert f"Maturity: `{one.model.maturity}`." in one.page, f"the page does not say {one.model.maturity}"
    for heading in HEADINGS:
        assert heading in one.page, f"no {heading!r}"
        assert one.page.split(heading, 1)[1].lstrip().startswith(("- ", "1. ")), f"nothing under {heading!r}"


def mutated(frame: Frame, chance: random.Random, *, wild: bool) -> Frame:
    """Noise of the frame's length, or the frame with a few bytes changed: those get far."""
    data = bytearray(frame.data)
    if wild:
        data = bytearray(chance.randbytes(len(data)))
    else:
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
    return Frame(frame.source, bytes(data))


def seeds(subjects: list[Subject]) -> Iterator[tuple[Subject, Frame]]:
    """The frames of one row of each kind."""
    kinds = {(one.model.driver, one.model.characteristics): one for one in subjects}
    for one in kinds.values():
        yield from ((one, recorded.frame) for recorded in one.frames if recorded.frame.data)


CHECKS: tuple[Callable[[Subject], None], ...] = (
    check_frames,
    check_metrics,
    check_units,
    check_sources,
    check_truncations,
    check_garbage,
    check_stream,
    check_purity,
    check_cost,
    check_page,
)
