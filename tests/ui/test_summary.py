# SPDX-License-Identifier: Apache-2.0
"""What the summary says of each thing done: « transmis » only of what a records server has."""

from datetime import datetime

from device.entry import Incident
from device.station.state import QueueState
from tests.ui import scenes
from ui.file import fold
from ui.viewmodels.moment import Moment
from ui.viewmodels.summary import SummaryView, summary

LOCAL = datetime.fromtimestamp(scenes.WALL.timestamp()).astimezone()


def shown(*taken: int) -> SummaryView:
    """The summary once the servers took the entries of these numbers."""
    queue = QueueState(scenes.at(), reachable=True, acknowledged=tuple(scenes.identity(n) for n in taken))
    file = fold(None, [*scenes.usual(), *scenes.ending()])
    return summary(Moment(scenes.closed(queue=queue), file, scenes.NOW, LOCAL))


def test_an_incident_is_not_sent_and_has_no_mark() -> None:
    numbers = range(40)
    assert any(isinstance(one.body, Incident) for one in scenes.usual())
    words = {line.name: line.mark.word for line in shown(*numbers).lines}
    assert words["Incident"] == ""
    assert set(words.values()) == {"", "transmis"}
    assert shown(*numbers).pending == "Tout est transmis."


def told(*incidents: Incident) -> list[str]:
    """The summary's lines of these incidents."""
    entries = [scenes.entry(30 + place, body, 60) for place, body in enumerate(incidents)]
    file = fold(None, [*scenes.opened(), *entries, *scenes.ending()[1:]])
    lines = summary(Moment(scenes.closed(), file, scenes.NOW, LOCAL)).lines
    return [line.what for line in lines if line.name == "Incident"]


def test_incidents_of_a_kind_are_one_line_and_a_technicians_are_left_out() -> None:
    frozen = [Incident("picture-frozen", "Image figée chez le médecin.", seconds) for seconds in (2.0, 3.0, 7.5)]
    assert told(Incident("relay-used", "La liaison passe par un relais."), *frozen) == [
        "Image figée chez le médecin · 3 fois · 12 s en tout"
    ]
    assert told(
        Incident("call-cut", "Liaison avec le médecin coupée.", 80.0), Incident("device-restarted", "Redémarré.")
    ) == [
        "Liaison avec le médecin coupée · 1 min 20 s",
        "Redémarré",
    ]


def test_what_no_server_has_yet_is_counted_and_an_incident_is_not() -> None:
    view = shown()
    words = [mark.word for mark in (*(line.mark for line in view.lines), view.conclusion_mark) if mark.word]
    assert "transmis" not in words
    assert view.pending == f"{len(words)} éléments restent à transmettre."


def test_the_conclusion_is_said_to_be_transmitted_once_the_servers_have_it() -> None:
    everything = set(range(40))
    assert shown(*everything).conclusion_mark.word == "transmis"
    without = shown(*everything - {20})
    assert without.conclusion_mark.word in {"en attente", "enregistré"}
    assert without.pending == "1 élément reste à transmettre."
