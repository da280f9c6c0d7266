# SPDX-License-Identifier: Apache-2.0
"""The state of a recorded thing: recorded, waiting or acknowledged by every records server."""

import msgspec

from ui.viewmodels.moment import Moment


class Mark(msgspec.Struct, frozen=True):
    """``kind``: "", "recorded", "waiting" or "sent"; ``word`` says it."""

    kind: str = ""
    word: str = ""


NONE = Mark()
RECORDED = Mark("recorded", "enregistré")
WAITING = Mark("waiting", "en attente")
SENT = Mark("sent", "transmis")
PATIENCE = 20.0
"""Seconds after which what is recorded online and not acknowledged is said to wait."""


def mark(moment: Moment, id: object, age: float) -> Mark:  # noqa: A002 - the entry's word
    """The mark of entry ``id``, recorded ``age`` seconds ago."""
    state = moment.state
    if id in state.queue.acknowledged:
        return SENT
    stuck = state.queue.reported is not None and not state.queue.reachable
    if not state.online or stuck or age > PATIENCE:
        return WAITING
    return RECORDED
