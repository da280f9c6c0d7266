# SPDX-License-Identifier: Apache-2.0
"""The place of the doctor's picture: what it says while there is no doctor in it."""

import msgspec

from device.station.state import CallPhase, CallState, DoctorState
from ui import french
from ui.viewmodels.moment import Moment


class CallView(msgspec.Struct, frozen=True):
    """``panel``: "idle", "dialling", "waiting", "connected", "interrupted" or "offline".

    ``title``, ``lines`` and ``small`` are the panel's words; ``plate`` names the doctor on the picture, and says
    when their microphone is off; ``link`` and ``code`` are what a doctor needs; ``asked`` is the doctor's request;
    ``words`` are read aloud against the doctor's own: the same, and nobody sits between."""

    panel: str
    title: str
    lines: tuple[str, ...]
    small: str
    plate: str
    words: str
    link: str
    code: str
    phone: str
    asked: str
    cancel: bool
    can_call: bool
    ring: str


def call(moment: Moment) -> CallView:
    """The call of a moment."""
    state, live = moment.state, moment.state.call
    panel = _panel(moment)
    title, lines, small = _words(moment, panel)
    asked = _request(moment)
    if not asked and state.asked is not None:
        asked = f"{french.doctor(_doctor(moment))} demande {french.ASKED[state.asked]}"
    return CallView(
        panel=panel,
        title=title,
        lines=lines,
        small=small,
        plate=_plate(live),
        words=_control_words(live) if panel == "connected" else "",
        link=live.link if panel == "waiting" else "",
        code=french.spaced(live.code) if panel == "waiting" else "",
        phone=state.cart.doctor_phone if panel in {"offline", "waiting", "interrupted"} else "",
        asked=asked,
        cancel=panel in {"dialling", "waiting", "interrupted"},
        can_call=panel == "idle",
        ring=live.ring,
    )


def _plate(live: CallState) -> str:
    """Who is on the call, the one whose picture is shown first."""
    if live.conference.shown:
        return f"Réunion · avec {_named(live)}"
    return _named(live)


def _named(live: CallState) -> str:
    shown = live.practitioner.name if live.practitioner is not None else ""
    if not live.others:
        return f"{shown} · micro coupé" if shown and not live.microphone else shown
    return ", ".join([_called(shown, "" if live.microphone else "micro coupé"), *(_other(one) for one in live.others)])


def _other(doctor: DoctorState) -> str:
    trouble = "liaison coupée" if not doctor.alive else "" if doctor.microphone else "micro coupé"
    return _called(doctor.practitioner.name, trouble)


def _called(name: str, trouble: str) -> str:
    return f"{name} ({trouble})" if trouble else name


def _control_words(live: CallState) -> str:
    """Those of every doctor's own connection."""
    if live.practitioner is None or not live.others:
        return f"Mots de contrôle : {live.words}" if live.words else ""
    told = [(live.practitioner, live.words), *((other.practitioner, other.words) for other in live.others)]
    lines = [f"{doctor.name} : {words}" for doctor, words in told if words]
    return "\n".join(["Mots de contrôle", *lines]) if lines else ""


def _request(moment: Moment) -> str:
    """What a doctor asks of the microphone, or what became of it; "" when nobody asks."""
    request = moment.state.microphone_request
    if request is None:
        return ""
    turn, stays = ("rouvrir", "coupé") if request.on else ("couper", "ouvert")
    match request.answer:
        case "granted":
            return f"Micro {'rouvert' if request.on else 'coupé'} à la demande {french.of_doctor(request.by.name)}"
        case "refused":
            return f"Micro laissé {stays} : le médecin en est averti"
        case "expired":
            return f"Pas de réponse : le micro reste {stays}"
        case _:
            return f"{french.doctor(request.by.name)} demande à {turn} le micro"


def _panel(moment: Moment) -> str:
    phase = moment.state.call.phase
    if phase is CallPhase.CONNECTED:
        return "connected"
    if not moment.state.online:
        return "offline"
    return str(phase)


def _words(moment: Moment, panel: str) -> tuple[str, tuple[str, ...], str]:
    state = moment.state
    line = french.sentence(state.call.line)
    ago = french.lasting(moment.since(state.call.since)) if state.call.since else ""
    match panel:
        case "idle":
            return _idle(moment, line)
        case "dialling":
            return (
                "Appel en cours…",
                (line or "Le chariot ouvre la salle de téléconsultation.",),
                f"depuis {ago}" if ago else "",
            )
        case "waiting":
            return (
                "Le médecin peut entrer",
                (line or "Donnez-lui ce code par téléphone.",),
                f"En attente depuis {ago}" if ago else "",
            )
        case "interrupted":
            told = line or "Continuez les mesures : tout est enregistré ici."
            return "La communication est interrompue", (told,), _retrying(ago)
        case "offline":
            cut = french.lasting(moment.since(state.online_since)) if state.online_since else ""
            told = "Continuez les mesures : tout est enregistré ici et partira au retour du réseau."
            small = f"Nouvel essai automatique · coupé depuis {cut}" if cut else "Nouvel essai automatique"
            return "Le réseau est coupé", (told,), small
        case _:
            return "", (), ""


def _idle(moment: Moment, line: str) -> tuple[str, tuple[str, ...], str]:
    if moment.file is not None and moment.file.doctors:
        return "La communication est terminée", (line or "Le dossier reste ouvert : vous pouvez rappeler.",), ""
    words = line or "Prenez d’abord vos mesures : elles seront montrées au médecin."
    return "Le médecin n’est pas encore appelé", (words,), ""


def _retrying(ago: str) -> str:
    return f"Nouvel essai automatique · depuis {ago}" if ago else "Nouvel essai automatique"


def _doctor(moment: Moment) -> str:
    live = moment.state.call.doctors
    if live:
        return live[0].name if len(live) == 1 else "Un médecin"
    doctors = moment.file.doctors if moment.file is not None else ()
    return doctors[-1].name if doctors else "Le médecin"
