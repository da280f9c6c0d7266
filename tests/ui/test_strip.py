# SPDX-License-Identifier: Apache-2.0
"""What the strip says of the queue."""

import pytest

from device.station.state import QueueState
from tests.ui import scenes
from ui.viewmodels.moment import Moment
from ui.viewmodels.strip import strip

LOCAL = scenes.WALL.astimezone()


@pytest.mark.parametrize(
    ("queue", "said"),
    [
        (QueueState(), ("Envoi en préparation", "")),
        (QueueState(scenes.at(), reachable=True), ("Tout est envoyé", "")),
        (QueueState(scenes.at(), reachable=True, waiting=3, seconds_left=72.0), ("3 en attente", "encore 1 min 20 s")),
        (QueueState(scenes.at(), reachable=True, waiting=3, seconds_left=4.0), ("3 en attente", "")),
        (
            QueueState(scenes.at(), reachable=False, waiting=3, seconds_left=72.0, why="pas de réseau"),
            ("3 en attente", "Pas de réseau"),
        ),
    ],
)
def test_what_waits_says_why_or_how_long(queue: QueueState, said: tuple[str, str]) -> None:
    view = strip(Moment(scenes.talking(queue=queue), None, scenes.NOW, LOCAL, None))
    assert (view.queue, view.queue_why) == said
