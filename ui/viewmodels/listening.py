# SPDX-License-Identifier: Apache-2.0
"""The stethoscope: where to place it, what is heard, and whether it is kept."""

import msgspec

from device.station.state import ListeningPhase
from ui import french
from ui.viewmodels.moment import Moment


class ListeningView(msgspec.Struct, frozen=True):
    """The stethoscope. ``there``: this cart has one; ``ready``: a recording may begin; ``open``: one goes on, or ended
    by itself and waits to be kept. ``words`` says where and since when, ``line`` what to do."""

    there: bool = False
    ready: bool = False
    open: bool = False
    recording: bool = False
    ring: str = ""
    words: str = ""
    line: str = ""


def listening(moment: Moment) -> ListeningView:
    """The stethoscope of a moment."""
    state = moment.state.listening
    if state.phase is ListeningPhase.NONE:
        return ListeningView()
    open_ = state.position is not None
    words = ""
    if state.position is not None and state.since is not None:
        place = french.sentence(state.position.label)
        lasting = french.stopwatch(moment.since(state.since)) if state.recording else "terminé"
        words = f"{place} · {lasting}"
    ended = "L’enregistrement s’est arrêté. Le garder ?" if open_ and not state.recording else ""
    return ListeningView(
        there=True,
        ready=not open_ and state.phase is not ListeningPhase.ABSENT,
        open=open_,
        recording=state.recording,
        ring=state.ring if open_ else "",
        words=words,
        line=french.sentence(state.phase.line) or ended,
    )
