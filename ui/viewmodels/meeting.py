# SPDX-License-Identifier: Apache-2.0
"""The mark of a conference that was let in: it stands on the screen for as long as anybody there may see or hear."""

import msgspec

from device.station.state import ConferencePhase
from ui import french
from ui.viewmodels.moment import Moment

CUT = "La liaison avec la réunion est coupée, le chariot réessaie"

WORDS = {ConferencePhase.OPENING: "se relie", ConferencePhase.OPEN: "présente", ConferencePhase.CUT: "coupée"}


class MeetingView(msgspec.Struct, frozen=True):
    """``there``: it lasts. ``title`` says what is sent, ``line`` what is wrong with it; ``word`` is for the strip;
    ``sent``: what is sent gets there."""

    there: bool
    title: str
    line: str
    word: str
    sent: bool


def meeting(moment: Moment) -> MeetingView:
    """The mark of a moment."""
    conference = moment.state.call.conference
    phase = conference.phase
    return MeetingView(
        there=phase.lasts,
        title=_title(moment, phase),
        line=french.sentence(conference.line) if phase.lasts else "",
        word=WORDS.get(phase, ""),
        sent=phase is ConferencePhase.OPEN,
    )


def _title(moment: Moment, phase: ConferencePhase) -> str:
    match phase:
        case ConferencePhase.OPENING:
            return "Réunion : le chariot s’y relie…"
        case ConferencePhase.CUT:
            return CUT
        case ConferencePhase.OPEN:
            return _sent(image=moment.state.camera_on, sound=moment.state.microphone_on)
        case _:
            return ""


def _sent(*, image: bool, sound: bool) -> str:
    if image and sound:
        return "Réunion : l’image et le son y sont envoyés"
    if not image and not sound:
        return "Réunion : image et micro coupés pour elle aussi"
    return f"Réunion : {'l’image y est envoyée, micro coupé' if image else 'le son y est envoyé, image coupée'}"
