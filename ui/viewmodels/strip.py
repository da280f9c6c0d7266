# SPDX-License-Identifier: Apache-2.0
"""The strip at the top: who, network, queue, privacy lamps, battery, clock."""

from math import ceil

import msgspec

from device.station.state import QueueState
from ui import french
from ui.viewmodels.moment import Moment, screen

LONG_WHY = 20
"""Letters of a reason that fit beside a patient's name; all of it stands on the home screen and in the summary."""

WORTH_SAYING = 10.0
"""Seconds of sending that are left; said in steps of as many."""


class StripView(msgspec.Struct, frozen=True):
    """The strip. ``timer`` is the encounter's duration or ""."""

    name: str
    detail: str
    logo: bool
    timer: str
    online: bool
    network: str
    network_since: str
    queue: str
    queue_why: str
    queue_clear: bool
    battery: str
    clock: str
    camera_on: bool
    microphone_on: bool
    lamps: bool
    lost: str


def strip(moment: Moment) -> StripView:
    """The strip of a moment; the patient's name only while the file is open."""
    state = moment.state
    name, detail = _who(moment)
    encounter = state.encounter
    timer = ""
    if encounter is not None and encounter.identified is not None and encounter.closed is None:
        timer = french.stopwatch(moment.since(encounter.opened))
    since = f"depuis {french.clock(state.online_since.wall)}" if state.online_since else ""
    queue, why = _queue(state.queue, room=LONG_WHY if encounter is not None else 80)
    return StripView(
        name=name,
        detail=detail,
        logo=encounter is None,
        timer=timer,
        online=state.online,
        network="En ligne" if state.online else "Hors ligne",
        network_since=since,
        queue=queue,
        queue_why=why,
        queue_clear=_clear(state.queue),
        battery=f"{state.battery} %" if state.battery is not None else "",
        clock=f"{moment.local:%H:%M}",
        camera_on=state.camera_on,
        microphone_on=state.microphone_on,
        lamps=screen(moment) == "encounter",
        lost=_lost(moment),
    )


def _who(moment: Moment) -> tuple[str, str]:
    state = moment.state
    if state.encounter is not None:
        patient = state.encounter.patient
        years = french.age(patient.born, moment.today)
        room = f" · chambre {patient.room}" if patient.room else ""
        born = f"{french.grammar(patient).born} le {french.short_date(patient.born)}"
        return french.full_name(patient), f"{born} · {years} ans{room}"
    if state.operator is not None:
        return state.operator.name, state.operator.profession
    return "Chevet", f"{state.cart.name} · {state.cart.place}"


def _clear(queue: QueueState) -> bool:
    return queue.reported is not None and queue.waiting == 0 and queue.quarantined == 0


def _queue(queue: QueueState, room: int) -> tuple[str, str]:
    if queue.reported is None:
        return "Envoi en préparation", ""
    if _clear(queue):
        return "Tout est envoyé", ""
    oldest = f"depuis {french.clock(queue.oldest.wall)}" if queue.oldest else ""
    if queue.quarantined:
        return f"{queue.waiting + queue.quarantined} en attente", f"dont {queue.quarantined} à vérifier"
    why = french.sentence(queue.why) if len(queue.why) <= room else ""
    return f"{queue.waiting} en attente", why or _left(queue) or oldest


def _left(queue: QueueState) -> str:
    """How long the sending takes, once that is long enough to be worth a look."""
    if queue.why or queue.seconds_left is None or queue.seconds_left < WORTH_SAYING:
        return ""
    return f"encore {french.lasting(ceil(queue.seconds_left / WORTH_SAYING) * WORTH_SAYING)}"


def _lost(moment: Moment) -> str:
    if moment.lost is None:
        return ""
    ago = f" depuis {french.lasting(moment.lost)}" if moment.lost >= 1 else ""
    return f"Le chariot ne répond plus{ago}. Il redémarre tout seul : rien de ce qui est enregistré n’est perdu."
