# SPDX-License-Identifier: Apache-2.0
"""Who is on the call, as the patient's file is told: doctors who come and leave, and a conference that was cut. Pure.

That a conference was let in, and by whom, the operator's own command writes (``device.encounter.decide``).
"""

from collections.abc import Iterator

from device import commands as c
from device.clock import Instant
from device.entry import Body, Incident, PractitionerJoined, PractitionerLeft
from device.errors import Refusal
from device.station.incidents import CUT_SECONDS
from device.station.state import CallState, ConferencePhase, ConferenceState

PARTING = (c.EndEncounter, c.WrongPatient, c.WithdrawConsent, c.HangUp, c.CloseConference)
"""Before these, the conference is sent nothing more: it waits neither for what instruments bring nor for the disk."""


def told(before: CallState, after: CallState, now: Instant) -> tuple[Body, ...]:
    """What the change of the call writes."""
    left = [PractitionerLeft(doctor) for doctor in before.doctors if doctor not in after.doctors]
    joined = [PractitionerJoined(doctor) for doctor in after.doctors if doctor not in before.doctors]
    return (*left, *joined, *_cut(before.conference, after.conference, now))


def check(command: c.Command, call: CallState) -> None:
    """Raises Refusal when there is no conference to let in."""
    if isinstance(command, c.OpenConference) and call.conference.phase is ConferencePhase.ABSENT:
        raise Refusal(76, "Ce chariot n’a pas de serveur de conférence.", "no [conference] publish")


def _cut(before: ConferenceState, after: ConferenceState, now: Instant) -> Iterator[Incident]:
    """A cut that is over, and was long enough to be worth a line."""
    over = before.phase is ConferencePhase.CUT and after.phase is not ConferencePhase.CUT
    if over and before.since is not None:
        seconds = round(now.monotonic - before.since.monotonic, 1)
        if seconds >= CUT_SECONDS:
            yield Incident("conference-cut", "Pas de liaison avec la réunion.", seconds)
