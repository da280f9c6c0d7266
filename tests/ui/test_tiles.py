# SPDX-License-Identifier: Apache-2.0
"""What the tiles say: nothing old looks live, nothing absent looks like a number."""

from datetime import datetime

import msgspec
import pytest

from device.codes import Doubt, Metric, Site
from device.entry import MeasurementRecorded
from device.station.state import InstrumentPhase, QueueState, State
from tests.ui import scenes
from ui.file import fold
from ui.viewmodels.moment import Moment
from ui.viewmodels.tiles import Tile, tiles

LOCAL = datetime.fromtimestamp(scenes.WALL.timestamp()).astimezone()


def shown(state: State, entries: list | None = None, lost: float | None = None) -> dict[str, Tile]:
    file = fold(None, scenes.usual() if entries is None else entries)
    return {tile.key: tile for tile in tiles(Moment(state, file, scenes.NOW, LOCAL, lost)).tiles}


def test_a_live_saturation_says_so_and_a_recorded_pressure_says_when() -> None:
    found = shown(scenes.talking())
    assert found["saturation"].spoken.startswith("Saturation 96 % en direct")
    assert found["saturation"].lines[0] == "en direct · signal bon · air ambiant"
    assert found["saturation"].mark.word == "enregistré"
    assert found["pressure"].value == "132/81"
    assert found["pressure"].lines[0].endswith("· bras gauche · pouls 74")
    assert found["pressure"].lines[1] == "A&D UA-651 n° 4021"
    assert found["pressure"].mark.word == "transmis"
    assert found["temperature"].value == "—"
    assert found["temperature"].lines == ("Posez le thermomètre",)


def test_a_recorded_value_other_than_the_live_one_is_said_beside_it() -> None:
    found = shown(scenes.talking(live=(scenes.live(Metric.SATURATION, "93"),)))
    assert found["saturation"].value == "93"
    assert "noté 96 à" in found["saturation"].lines[0]


def test_the_pulse_noted_by_a_cuff_stands_beside_the_live_one() -> None:
    cuff = MeasurementRecorded(scenes.pressure("132", "81", "77"), scenes.CUFF, scenes.at(9))
    tile = shown(scenes.talking(), [*scenes.opened(), scenes.entry(8, cuff)])["pulse"]
    assert tile.value == "74"
    assert "noté 77 à" in tile.lines[0]


@pytest.mark.parametrize("seconds", [3.5, 60])
def test_a_sample_that_is_not_fresh_is_grey_and_never_live(seconds: float) -> None:
    found = shown(scenes.talking(live=(scenes.live(Metric.SATURATION, "91", seconds),)), scenes.opened())
    assert (found["saturation"].tone, found["saturation"].value) == ("grey", "91")
    assert "en direct" not in found["saturation"].lines[0]
    assert found["saturation"].spoken.startswith("Saturation 91 % plus en direct")


def test_a_lost_link_keeps_the_last_value_grey_with_its_time_and_what_to_do() -> None:
    tired = msgspec.structs.replace(
        scenes.INSTRUMENTS[1], phase=InstrumentPhase.ABSENT, line="remplacez la pile de l'oxymètre"
    )
    state = scenes.talking(live=(scenes.live(Metric.SATURATION, "91", 2, linked=False),), instruments=(tired,))
    tile = shown(state, scenes.opened())["saturation"]
    assert (tile.tone, tile.value) == ("grey", "91")
    assert tile.care == ("Remplacez la pile de l’oxymètre",)
    assert "il y a 2 s" in tile.lines[0]


def test_nothing_is_live_while_the_station_is_lost() -> None:
    found = shown(scenes.talking(), lost=0.5)
    assert {tile.tone for tile in found.values()} <= {"grey", "none"}
    assert not any("en direct" in line for tile in found.values() for line in tile.lines)


def test_no_number_is_a_dash_and_its_reason() -> None:
    out = scenes.live(Metric.SATURATION, None, doubts=(Doubt.FINGER_OUT,))
    tile = shown(scenes.talking(live=(out,)), scenes.opened())["saturation"]
    assert tile.value == "—"
    assert tile.care[0].startswith(Doubt.FINGER_OUT.line.replace("'", "’")[:1].upper())


def test_a_failed_measurement_is_shown_over_an_older_value_which_is_still_said() -> None:
    moved = msgspec.structs.replace(scenes.live(Metric.SYSTOLIC, None, 1, doubts=(Doubt.MOVEMENT,), by=scenes.CUFF))
    tile = shown(scenes.talking(live=(moved,)))["pressure"]
    assert tile.value == "—"
    assert "bougé" in tile.care[0]
    assert tile.lines[0].startswith("noté avant : 132/81")


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (scenes.talking(), "transmis"),
        (scenes.talking(queue=QueueState(scenes.at(), reachable=True)), "en attente"),
        (scenes.talking(queue=QueueState(scenes.at(), reachable=False)), "en attente"),
        (scenes.talking(online=False), "transmis"),
        (scenes.talking(online=False, queue=QueueState()), "en attente"),
    ],
)
def test_marks(state: State, word: str) -> None:
    assert shown(state)["pressure"].mark.word == word


def test_what_was_just_recorded_online_is_recorded() -> None:
    fresh = scenes.entry(12, MeasurementRecorded(scenes.pressure("120", "70"), scenes.CUFF, scenes.at(2)), 2)
    assert shown(scenes.talking(), [*scenes.opened(), fresh])["pressure"].mark.word == "enregistré"


def test_the_pulse_of_a_cuff_stands_when_there_is_no_oximeter() -> None:
    entries = [
        *scenes.opened(),
        scenes.entry(8, MeasurementRecorded(scenes.pressure("132", "81", "77"), scenes.CUFF, scenes.at(9))),
    ]
    tile = shown(scenes.talking(live=()), entries)["pulse"]
    assert tile.value == "77"
    assert tile.lines[0].endswith("tensiomètre")


def test_oxygen_is_asked_only_once_there_is_a_saturation() -> None:
    unknown = scenes.encounter(oxygen_known=False)
    assert shown(scenes.talking(encounter=unknown))["saturation"].oxygen
    assert not shown(scenes.talking(encounter=unknown, live=()), scenes.opened())["saturation"].oxygen
    assert not shown(scenes.talking())["saturation"].oxygen


def test_a_confirmed_value_loses_its_question_and_an_attributed_one_says_so() -> None:
    mine = MeasurementRecorded(
        scenes.pressure("171", "98"), scenes.CUFF, scenes.at(9), scenes.identity(6), scenes.CAMILLE
    )
    tile = shown(scenes.talking(), [*scenes.usual(), scenes.entry(12, mine)])["pressure"]
    assert tile.care == ("Attribuée à la main",)


def test_the_pressure_of_a_wrist_says_its_site() -> None:
    wrist = MeasurementRecorded(scenes.pressure("131", "80", site=Site.LEFT_WRIST), scenes.CUFF, scenes.at(1))
    assert "poignet gauche" in shown(scenes.talking(), [*scenes.opened(), scenes.entry(9, wrist)])["pressure"].lines[0]
