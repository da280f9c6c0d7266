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
    words = [line.mark.word for line in view.lines if line.mark.word]
    assert "transmis" not in words
    assert view.pending == f"{len(words)} éléments restent à transmettre."
