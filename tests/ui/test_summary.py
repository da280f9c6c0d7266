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
