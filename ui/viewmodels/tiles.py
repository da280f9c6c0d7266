# SPDX-License-Identifier: Apache-2.0
"""The value tiles: each keeps its place; a value carries its time, site, instrument, doubts and state."""

from decimal import Decimal
from uuid import UUID

import msgspec

from device.codes import ASKED, Doubt, Metric
from device.measurement import Provenance
from device.station.state import InstrumentPhase, InstrumentState, Live
from ui import french
from ui.file import Recorded
from ui.viewmodels import values
from ui.viewmodels.marks import NONE, Mark, mark
from ui.viewmodels.moment import Moment

FRESH_SECONDS = 3.0
"""A sample of a stream older than this is no longer live."""
LONG_DOUBT = 36
SILENT_DOUBTS = frozenset({Doubt.DEMO, Doubt.TEST})


class Place(msgspec.Struct, frozen=True):
    """A tile's place: what it shows and what to do while there is nothing. ``half``: two of them stand side by side."""

    key: str
    metrics: tuple[Metric, ...]
    hint: str
    rows: int
    half: bool = False


PLACES = (
    Place(
        "pressure",
        (Metric.SYSTOLIC, Metric.DIASTOLIC, Metric.MEAN_PRESSURE),
        "Posez le brassard, puis lancez la mesure",
        3,
    ),
    Place("saturation", (Metric.SATURATION,), "Posez l’oxymètre au doigt", 3),
    Place(
        "pulse", (Metric.PULSE_OXIMETER, Metric.PULSE_CUFF, Metric.HEART_RATE), "Oxymètre ou tensiomètre", 1, half=True
    ),
    Place("temperature", (Metric.TEMPERATURE,), "Posez le thermomètre", 1, half=True),
    Place("glucose", (Metric.GLUCOSE,), "Au lecteur de glycémie", 1, half=True),
    Place("weight", (Metric.WEIGHT,), "Sur la balance", 1, half=True),
)


class Tile(msgspec.Struct, frozen=True):
    """A tile. ``tone``: "now", "recorded", "grey" (gone, not live) or "none"; ``care`` lines are doubts. A ``half`` one
    says ``when`` beside its title; its one doubt or line may take two rows.
    """

    key: str
    title: str
    value: str
    unit: str
    tone: str
    care: tuple[str, ...]
    lines: tuple[str, ...]
    mark: Mark
    asked: bool
    oxygen: bool
    unusual: bool
    entry: str
    spoken: str
    half: bool = False
    when: str = ""


class TilesView(msgspec.Struct, frozen=True):
    """The tiles, and the doctor's request in words. ``reached`` is the newest entry they show."""

    tiles: tuple[Tile, ...]
    reached: int


def tiles(moment: Moment) -> TilesView:
    """The tiles of a moment."""
    return TilesView(
        tuple(_tile(moment, place) for place in PLACES), moment.file.sequence if moment.file is not None else 0
    )


def _tile(moment: Moment, place: Place) -> Tile:
    live = _live(moment, place.metrics)
    recorded = moment.file.newest(*place.metrics) if moment.file is not None else None
    if live is not None and _streams(moment, live):
        tile = _now(moment, place, live, recorded)
    elif live is not None and _newer(live, recorded):
        tile = (
            _gone(moment, place, live) if live.measurement.value is not None else _failed(moment, place, live, recorded)
        )
    elif recorded is not None:
        tile = _kept(moment, place, recorded)
    else:
        tile = _empty(moment, place)
    asked = moment.state.asked in place.metrics
    oxygen = place.key == "saturation" and _oxygen_unknown(moment) and (live is not None or recorded is not None)
    rows = 1 if oxygen else place.rows + (place.half and tile.mark is NONE)
    care = tile.care[:rows]
    tile = msgspec.structs.replace(
        tile, asked=asked, oxygen=oxygen, care=care, lines=tile.lines[: max(0, rows - len(care))]
    )
    return msgspec.structs.replace(tile, spoken=_spoken(tile))


def _live(moment: Moment, metrics: tuple[Metric, ...]) -> Live | None:
    found = [one for one in moment.state.live if one.measurement.metric in metrics]
    return max(found, key=lambda one: one.received.monotonic, default=None)


def _streams(moment: Moment, live: Live) -> bool:
    """A number of now: linked, continuous, fresh. While the station is lost nothing is."""
    fresh = moment.since(live.received) <= FRESH_SECONDS
    return (
        live.linked
        and live.measurement.continuous
        and fresh
        and live.measurement.value is not None
        and moment.lost is None
    )


def _newer(live: Live, recorded: Recorded | None) -> bool:
    return recorded is None or live.received.monotonic > recorded.received.monotonic


def _oxygen_unknown(moment: Moment) -> bool:
    return moment.state.encounter is not None and not moment.state.encounter.oxygen_known


def _base(place: Place, figure: str, tone: str, unit: str = "") -> Tile:
    metric = place.metrics[0]
    return Tile(
        key=place.key,
        title=values.title(metric),
        value=figure,
        unit=unit or metric.unit,
        tone=tone,
        care=(),
        lines=(),
        mark=NONE,
        asked=False,
        oxygen=False,
        unusual=False,
        entry="",
        spoken="",
        half=place.half,
    )


def _now(moment: Moment, place: Place, live: Live, recorded: Recorded | None) -> Tile:
    said = _care(values.doubts((live.measurement,), but=SILENT_DOUBTS))
    words = ["en direct"]
    if place.key == "saturation":
        words += [] if said else ["signal bon"]
        words += _oxygen(moment)
    kept, entry, noted = NONE, "", ""
    if recorded is not None:
        kept, entry = mark(moment, recorded.id, moment.since(recorded.instant)), str(recorded.id)
        figure = french.value_of(values.one_of(recorded.measurements, *place.metrics))
        if figure != french.value_of(live.measurement):
            noted = f"noté {figure} {french.when(recorded.received.wall, moment.today)}"
    lines: tuple[str, ...] = (" · ".join(filter(None, (*words, noted))), values.instrument(live.provenance))
    if place.half:
        lines = (" · ".join(filter(None, (_kind(moment, live.provenance), noted))),)
    return msgspec.structs.replace(
        _base(place, french.value_of(live.measurement), "now"),
        care=said,
        when="en direct" if place.half else "",
        lines=lines,
        mark=kept,
        entry=entry,
        unusual=recorded is not None and recorded.unusual,
    )


def _gone(moment: Moment, place: Place, live: Live) -> Tile:
    """The last that an instrument said before it fell silent: grey, with its time, never live."""
    unit = _instrument(moment, live.provenance.instrument)
    what = unit.line if unit is not None and unit.line else "l’instrument ne répond plus"
    said = (french.sentence(what),) if moment.lost is None else ()
    ago = french.lasting(moment.since(live.received))
    at = french.clock(live.received.wall)
    last = f"il y a {ago}" if place.half else f"dernière valeur à {at}, il y a {ago}"
    return msgspec.structs.replace(
        _base(place, french.value_of(live.measurement), "grey"),
        care=said,
        when=f"à {at}" if place.half else "",
        lines=(last, values.instrument(live.provenance)),
    )


def _failed(moment: Moment, place: Place, live: Live, recorded: Recorded | None) -> Tile:
    """An instrument that could not measure: a dash and the reason, and what was kept before."""
    said = _care(values.doubts((live.measurement,), but=SILENT_DOUBTS)) or ("Mesure en échec, recommencez",)
    lines = [values.instrument(live.provenance)]
    if recorded is not None:
        kept = values.figure(recorded.measurements, place.metrics[0])
        lines.insert(0, f"noté avant : {kept} {french.when(recorded.received.wall, moment.today)}")
    return msgspec.structs.replace(_base(place, "—", "none"), care=said, lines=tuple(lines))


def _kept(moment: Moment, place: Place, recorded: Recorded) -> Tile:
    measured = values.one_of(recorded.measurements, *place.metrics)
    metric = place.metrics[0] if place.key == "pressure" or measured is None else measured.metric
    words = [french.clock(recorded.received.wall)]
    if recorded.received.wall.astimezone().date() != moment.today:
        words = [french.when(recorded.received.wall, moment.today)]
    words += [where] if place.key != "glucose" and (where := values.site(recorded.measurements)) else []
    words += [meal] if (meal := values.meal(recorded.measurements)) else []
    pulse = values.one_of(recorded.measurements, Metric.PULSE_CUFF)
    if place.key == "pressure" and pulse is not None and pulse.value is not None:
        words.append(f"pouls {french.value_of(pulse)}")
    words += _oxygen(moment) if place.key == "saturation" else []
    words += [values.grams(measured)] if place.key == "glucose" and measured is not None else []
    origin = values.instrument(recorded.provenance)
    lines: tuple[str, ...] = (" · ".join(words), origin)
    if place.half:
        told = place.key == "glucose" and not recorded.provenance.manual
        lines = (" · ".join(words[1:] if told else [*words[1:], _kind(moment, recorded.provenance)]),)
    own = tuple(one for one in recorded.measurements if one.metric in place.metrics)
    silent = SILENT_DOUBTS | (ASKED if recorded.confirmed else frozenset())
    attributed = ("attribuée à la main",) if recorded.attributed else ()
    return msgspec.structs.replace(
        _base(place, values.figure(recorded.measurements, metric), "recorded" if moment.lost is None else "grey"),
        care=_care((*values.doubts(own, but=silent), *attributed)),
        when=words[0] if place.half else "",
        lines=lines,
        mark=mark(moment, recorded.id, moment.since(recorded.instant)),
        entry=str(recorded.id),
        unusual=recorded.unusual,
    )


def _empty(moment: Moment, place: Place) -> Tile:
    unit = next((one for one in moment.state.instruments if set(one.metrics) & set(place.metrics)), None)
    base = _base(place, "—", "none")
    if unit is None:
        none = "Touchez pour saisir" if place.half else "Aucun instrument enregistré : touchez pour saisir"
        return msgspec.structs.replace(base, lines=(none,))
    hint = msgspec.structs.replace(base, lines=(place.hint,))
    if unit.phase in {InstrumentPhase.FAULT, InstrumentPhase.ABSENT} and unit.line:
        return msgspec.structs.replace(hint, care=(french.sentence(unit.line),))
    return hint


def _oxygen(moment: Moment) -> list[str]:
    flow: Decimal | None = moment.file.oxygen if moment.file is not None else None
    return [] if flow is None else [french.litres(flow)]


def _care(lines: tuple[str, ...]) -> tuple[str, ...]:
    """The doubts on one line while they are short; the first and how many more when they are not."""
    if not lines:
        return ()
    joined = " · ".join(lines)
    if len(joined) <= LONG_DOUBT or len(lines) == 1:
        return (french.sentence(joined),)
    return (french.sentence(f"{lines[0]} (+{len(lines) - 1})"),)


def _instrument(moment: Moment, id: str) -> InstrumentState | None:  # noqa: A002 - the state's word
    return next((one for one in moment.state.instruments if one.id == id), None)


def _kind(moment: Moment, provenance: Provenance) -> str:
    if provenance.manual:
        return "saisi à la main"
    unit = _instrument(moment, provenance.instrument)
    return unit.kind.lower() if unit is not None else "instrument"


def _spoken(tile: Tile) -> str:
    tones = {"now": "en direct", "grey": "plus en direct", "none": "", "recorded": ""}
    amount = "aucune valeur" if tile.value == "—" else f"{tile.value} {tile.unit}"
    when = "" if tile.when == "en direct" else tile.when
    parts = [f"{tile.title} {amount} {tones[tile.tone]}".strip(), when, *tile.care, *tile.lines, tile.mark.word]
    return ", ".join(part for part in parts if part)


def recorded_of(moment: Moment, entry: str) -> Recorded | None:
    """The recorded group whose entry is ``entry`` (hex with hyphens)."""
    if moment.file is None or not entry:
        return None
    return next((one for one in moment.file.recorded if one.id == UUID(entry)), None)
