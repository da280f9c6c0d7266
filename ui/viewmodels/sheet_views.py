# SPDX-License-Identifier: Apache-2.0
"""What each sheet says: a question, its reasons, and its answers. Pure functions of the moment."""

import math
from collections.abc import Callable
from uuid import UUID

from device.codes import Doubt, Site
from device.station.state import CallPhase, ConferencePhase
from ui import french
from ui.file import Aside, Recorded
from ui.viewmodels import sound_sheets, values
from ui.viewmodels.entering import enter
from ui.viewmodels.moment import Moment, screen
from ui.viewmodels.sheets import NO_SHEET, Choice, SheetView
from ui.viewmodels.tiles import PLACES, recorded_of

FLOWS = ("0.5", "1", "1.5", "2", "3", "4", "5", "6", "8", "10", "12", "15")
PRESETS = ("Respirez bien fort", "Ne bougez plus", "Ouvrez la bouche", "Le médecin vous écoute")
ERRORS = ("Mauvaise personne", "Mesure mal faite", "Instrument en cause")
ARMS = (Site.LEFT_ARM, Site.RIGHT_ARM, Site.LEFT_WRIST, Site.RIGHT_WRIST)
EXPIRES = 30.0
"""Seconds that a doctor's request waits (``device.station.pleas``)."""
TEXT_LIMIT = 80
NAME_LIMIT = 60


FULL = "Trois médecins sont déjà en communication : c’est le plus que ce chariot peut réunir."

Build = Callable[[Moment, str, str], SheetView]


def patient_name(moment: Moment) -> str:
    """« Mme Leroux »."""
    encounter = moment.state.encounter
    return french.courtesy(encounter.patient) if encounter is not None else ""


def full_patient(moment: Moment) -> str:
    """« LEROUX Jeanne, née le 12/03/1936 »."""
    encounter = moment.state.encounter
    if encounter is None:
        return ""
    patient = encounter.patient
    return f"{french.full_name(patient)}, {french.grammar(patient).born} le {french.short_date(patient.born)}"


def subject(moment: Moment) -> str:
    """« Elle » or « Il »."""
    encounter = moment.state.encounter
    she = french.grammar(encounter.patient).she if encounter is not None else "elle"
    return "Il" if she == "il" else "Elle"


def knock(moment: Moment, peer: str, _text: str) -> SheetView:
    """A doctor asks to come in."""
    name = next((one.name for one in moment.state.call.knocking if one.peer == peer), "")
    title, refuse = f"{french.doctor(name)} demande à entrer", Choice("refuse", "Refuser", "destructive")
    live = moment.state.call
    if live.full:
        return SheetView("knock", title, (FULL,), (refuse,))
    lines: tuple[str, ...] = (
        *_company([one.name for one in live.doctors]),
        f"Dites à {patient_name(moment)} qui entre.",
    )
    return SheetView("knock", title, lines, (refuse, Choice("admit", "Faire entrer", "primary")))


def invite(moment: Moment, _argument: str, _text: str) -> SheetView:
    """What another doctor needs to come in."""
    live, choices = moment.state.call, (Choice("close", "Fermer", "primary"),)
    title, keys = "Inviter un autre médecin", _meeting_key(live.conference.phase)
    columns = len(keys)
    if live.full:
        return SheetView("invite", title, (FULL,), choices, keys, columns)
    if not live.code or not moment.state.online:
        told = "Le réseau est coupé : le code viendra à son retour."
        return SheetView("invite", title, (told,), choices, keys, columns)
    lines = (
        f"Donnez-lui ce code par téléphone : {french.spaced(live.code)}",
        live.link,
        "Le code ne sert qu’une fois. Rien n’est vu ni entendu avant que vous ne fassiez entrer.",
    )
    return SheetView("invite", title, lines, choices, keys, columns)


def _meeting_key(phase: ConferencePhase) -> tuple[Choice, ...]:
    """Where the cart has a conference server: letting its meeting in, or ending that."""
    if phase is ConferencePhase.ABSENT:
        return ()
    if phase.lasts:
        return (Choice("end-meeting", "Faire sortir la réunion", "destructive"),)
    return (Choice("meeting", "Faire entrer une réunion de concertation…"),)


def meeting(moment: Moment, _argument: str, _text: str) -> SheetView:
    """Letting the meeting in: the second touch, with the patient's agreement."""
    if moment.state.call.conference.phase is not ConferencePhase.CLOSED:
        return NO_SHEET
    name, she = patient_name(moment), subject(moment)
    lines = (
        f"Toutes les personnes de la réunion verront et entendront {name}, et vous aussi. Le médecin y sera entendu.",
        f"Dites à {name} qui participe, et demandez son accord. Sans accord, touchez « Revenir ».",
        "Une marque reste à l’écran tant que la réunion est là ; un seul geste l’arrête.",
    )
    choices = (Choice("close", "Revenir"), Choice("open", f"{she} est d’accord, faire entrer", "primary"))
    return SheetView("meeting", "Faire entrer la réunion de concertation ?", lines, choices)


def _company(names: list[str]) -> tuple[str, ...]:
    """Who is already there."""
    if len(names) == 1:
        return (f"{french.doctor(names[0])} est déjà en communication : les deux médecins s’entendront.",)
    if names:
        return (f"{' et '.join(names)} sont déjà en communication : tous s’entendront.",)
    return ()


def microphone(moment: Moment, _argument: str, _text: str) -> SheetView:
    """A doctor asks for the cart's microphone: nothing changes without a touch."""
    request = moment.state.microphone_request
    if request is None or request.answer:
        return NO_SHEET
    left = max(0, math.ceil(EXPIRES - moment.since(request.asked)))
    who = french.doctor(request.by.name)
    turn, stays = ("rouvrir", "coupé") if request.on else ("couper", "ouvert")
    told = "vous entendra de nouveau" if request.on else "ne vous entendra plus, et vous l’entendrez toujours"
    return SheetView(
        "microphone",
        f"{who} demande à {turn} votre micro",
        (f"Si vous acceptez, le médecin {told}.", f"Sans réponse dans {french.lasting(left)}, le micro reste {stays}."),
        (Choice("refuse", f"Laisser {stays}"), Choice("agree", f"Oui, {turn}", "primary")),
    )


def scanned(moment: Moment, _argument: str, _text: str) -> SheetView:
    """Whose INS code was scanned: a resident, or somebody to read over."""
    code = moment.state.scanned
    if code is None:
        return NO_SHEET
    who = code.patient
    traits = f"{french.full_name(who)}, {french.grammar(who).born} le {french.short_date(who.born)}"
    told = "C’est un nom de la liste des résidents."
    if not code.resident:
        told = "Ce nom n’est pas dans la liste des résidents : relisez-le avec la personne."
    choices = (Choice("close", "Ce n’est pas elle" if french.grammar(who).she == "elle" else "Ce n’est pas lui"),)
    return SheetView(
        "scanned", "Code scanné", (traits, told), (*choices, Choice("open", "Ouvrir son dossier", "primary"))
    )


def unusual(moment: Moment, entry: str, _text: str) -> SheetView:
    """« Êtes-vous sûr » of an unusual value."""
    one = recorded_of(moment, entry)
    if one is None:
        return NO_SHEET
    other = any(Doubt.OTHER_PERSON in each.doubts for each in one.measurements)
    why = (
        Doubt.OTHER_PERSON.line if other else "cette valeur est inhabituelle. Vérifiez la pose, ou refaites la mesure."
    )
    lines = (_said(one), french.sentence(why))
    choices = (
        Choice("error", "Mesure fausse…", "destructive"),
        Choice("later", "Plus tard"),
        Choice("confirm", "Oui, c’est bien cette valeur", "primary"),
    )
    return SheetView("unusual", "Êtes-vous sûr ?", lines, choices)


def end(moment: Moment, _argument: str, _text: str) -> SheetView:
    """« Terminer »: the ways out."""
    talking = moment.state.call.phase in {CallPhase.CONNECTED, CallPhase.INTERRUPTED, CallPhase.WAITING}
    ways = [
        Choice("wrong", "Ce n’est pas la bonne personne…", "destructive"),
        Choice("withdraw", f"{subject(moment)} retire son accord…", "destructive"),
    ]
    if talking:
        ways.append(Choice("hang-up", "Raccrocher, garder le dossier ouvert"))
    choices = (Choice("close", "Continuer"), Choice("end", "Oui, terminer", "primary"))
    return SheetView("end", "Terminer la téléconsultation ?", (full_patient(moment),), choices, tuple(ways), 1)


def wrong(moment: Moment, _argument: str, _text: str) -> SheetView:
    """« Pas le bon patient »."""
    lines = (
        full_patient(moment),
        "Le dossier se ferme tout de suite. Ce qui a été mesuré y reste, signalé comme erreur de personne.",
    )
    choices = (Choice("close", "Revenir"), Choice("wrong", "Oui, fermer ce dossier", "destructive"))
    return SheetView("wrong", "Ce n’est pas la bonne personne ?", lines, choices)


def withdraw(moment: Moment, _argument: str, _text: str) -> SheetView:
    """Consent withdrawn."""
    lines = (full_patient(moment), "L’image et le son s’arrêtent tout de suite. Ce qui est mesuré reste enregistré.")
    choices = (Choice("close", "Revenir"), Choice("withdraw", "Oui, tout arrêter", "destructive"))
    return SheetView("withdraw", f"{subject(moment)} retire son accord ?", lines, choices)


def refuse(moment: Moment, _argument: str, _text: str) -> SheetView:
    """Consent refused."""
    lines = (full_patient(moment), "La téléconsultation n’aura pas lieu. Le refus est noté.")
    choices = (Choice("close", "Revenir"), Choice("refuse", "Oui, noter le refus", "destructive"))
    return SheetView("refuse", f"{subject(moment)} refuse ?", lines, choices)


def written(moment: Moment, _argument: str, _text: str) -> SheetView:
    """Consent on paper."""
    lines = (full_patient(moment), "Le document signé est dans le dossier papier.")
    return SheetView("written", "Accord écrit et signé", lines, _agreed())


def representative(_moment: Moment, _argument: str, text: str) -> SheetView:
    """Consent by a representative, who is named."""
    return SheetView(
        "representative",
        "Qui donne l’accord pour cette personne ?",
        (),
        _agreed(),
        text=text,
        hint="Nom du représentant",
        limit=NAME_LIMIT,
    )


def _agreed() -> tuple[Choice, ...]:
    return (
        Choice("close", "Revenir"),
        Choice("measure", "Mesurer d’abord"),
        Choice("call", "Appeler le médecin", "primary"),
    )


def oxygen(_moment: Moment, _argument: str, _text: str) -> SheetView:
    """Litres of oxygen per minute."""
    keys = tuple(Choice(flow, flow.replace(".", ",")) for flow in FLOWS)
    return SheetView("oxygen", "Combien de litres d’oxygène par minute ?", (), (Choice("close", "Revenir"),), keys, 4)


def capture(moment: Moment, _argument: str, _text: str) -> SheetView:
    """Which side or site the still shows."""
    camera = next((one for one in moment.state.cameras if one.id == moment.state.camera), None)
    if camera is None:
        return NO_SHEET
    keys = tuple(Choice(site, french.sentence(site.label)) for site in camera.sites)
    return SheetView("capture", f"{camera.label} : que montre l’image ?", (), (Choice("close", "Revenir"),), keys, 2)


def text(_moment: Moment, _argument: str, typed: str) -> SheetView:
    """Large text for the patient."""
    keys = tuple(Choice(f"preset:{words}", words) for words in PRESETS)
    choices = (Choice("close", "Revenir"), Choice("show", "Montrer à l’écran", "primary"))
    return SheetView(
        "text", "Écrire en grand pour la personne", (), choices, keys, 4, typed, "Une phrase courte", TEXT_LIMIT
    )


def tile(moment: Moment, key: str, _text: str) -> SheetView:
    """All about the tile's last recorded measurement."""
    place = next((one for one in PLACES if one.key == key), None)
    if place is None:
        return NO_SHEET
    recorded = moment.file.newest(*place.metrics) if moment.file is not None else None
    keys: tuple[Choice, ...] = ()
    if place.key == "pressure":
        keys = tuple(Choice(f"site:{site}", french.sentence(site.label)) for site in ARMS)
    lines = _details(recorded, moment) if recorded is not None else ("Rien n’est encore enregistré.", place.hint)
    if keys:
        lines = (*lines, "Les prochaines mesures sont prises au :")
    choices = [Choice("enter", "Saisir à la main…"), Choice("close", "Revenir", "primary")]
    if recorded is not None:
        choices.insert(0, Choice("error", "Mesure fausse…", "destructive"))
        if recorded.unusual:
            choices.insert(1, Choice("confirm", "Confirmer la valeur"))
    return SheetView("tile", values.title(place.metrics[0]), lines, tuple(choices), keys, 2 if keys else 0)


def _details(recorded: Recorded, moment: Moment) -> tuple[str, ...]:
    where = values.site(recorded.measurements)
    taken = next((one.taken for one in recorded.measurements if one.taken is not None), None)
    own = (
        f"Heure de l’instrument : {french.when(taken, moment.today)}"
        if taken is not None
        else "L’instrument n’a pas d’heure"
    )
    doubts = values.doubts(recorded.measurements)
    said = (french.sentence(" · ".join(doubts)),) if doubts else ()
    return (_said(recorded) + (f" · {where}" if where else ""), *said, values.instrument(recorded.provenance), own)


def error(moment: Moment, entry: str, _text: str) -> SheetView:
    """A recorded measurement was wrong."""
    one = recorded_of(moment, entry)
    if one is None:
        return NO_SHEET
    lines = (_said(one), "Elle reste dans le dossier, marquée comme erreur. Pourquoi ?")
    keys = tuple(Choice(reason, reason, "destructive") for reason in ERRORS)
    return SheetView("error", "Cette mesure est fausse ?", lines, (Choice("close", "Revenir"),), keys, 1)


def attribute(moment: Moment, aside: str, _text: str) -> SheetView:
    """« C'est bien la sienne »: the second touch, with the name."""
    one = aside_of(moment, aside)
    if one is None:
        return NO_SHEET
    lines = (f"{_group(one)} entre dans le dossier de :", full_patient(moment), french.sentence(one.reason.line) + ".")
    choices = (
        Choice("close", "Revenir"),
        Choice("attribute", f"Oui, c’est celle de {patient_name(moment)}", "primary"),
    )
    return SheetView("attribute", "Cette mesure est bien la sienne ?", lines, choices)


def discard(moment: Moment, aside: str, _text: str) -> SheetView:
    """« Écarter »: the second touch."""
    one = aside_of(moment, aside)
    if one is None:
        return NO_SHEET
    lines = (_group(one), "Elle ne sera dans aucun dossier. Le geste est noté à votre nom.")
    choices = (Choice("close", "Revenir"), Choice("discard", "Oui, écarter", "destructive"))
    return SheetView("discard", "Écarter cette mesure ?", lines, choices)


def aside_of(moment: Moment, aside: str) -> Aside | None:
    """The set-aside group whose entry is ``aside``."""
    if moment.file is None or not aside:
        return None
    return next((one for one in moment.file.asides if one.id == UUID(aside)), None)


def _said(one: Recorded) -> str:
    metric = values.principal(one.measurements)
    return f"{values.title(metric)} {values.spoken(one.measurements)}, à {french.clock(one.received.wall)}"


def _group(one: Aside) -> str:
    metric = values.principal(one.measurements)
    return f"{values.title(metric)} {values.spoken(one.measurements)}"


BUILD: dict[str, tuple[Build, str]] = {
    "end": (end, "encounter"),
    "wrong": (wrong, "encounter"),
    "withdraw": (withdraw, "encounter"),
    "refuse": (refuse, "consent"),
    "written": (written, "consent"),
    "representative": (representative, "consent"),
    "oxygen": (oxygen, "encounter"),
    "capture": (capture, "encounter"),
    "text": (text, "encounter"),
    "tile": (tile, "encounter"),
    "enter": (enter, "encounter"),
    "unusual": (unusual, "encounter"),
    "error": (error, "encounter"),
    "attribute": (attribute, "encounter"),
    "discard": (discard, "encounter"),
    "listen": (sound_sheets.listen, "encounter"),
    "unheard": (sound_sheets.unheard, "encounter"),
    "attach": (sound_sheets.attach, "encounter"),
    "put-away": (sound_sheets.put_away, "encounter"),
    "knock": (knock, "encounter"),
    "invite": (invite, "encounter"),
    "meeting": (meeting, "encounter"),
    "microphone": (microphone, "encounter"),
    "scanned": (scanned, "home"),
}
"""The sheets, and the screen over which each may stand."""


def build(moment: Moment, name: str, argument: str, text: str) -> SheetView:
    """The sheet ``name``, or none if it has no place on the present screen."""
    builder, place = BUILD.get(name, (None, ""))
    if builder is None or place != screen(moment):
        return NO_SHEET
    return builder(moment, argument, text)
