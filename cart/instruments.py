# SPDX-License-Identifier: Apache-2.0
"""``chevet instruments``: what a technician does with the instruments of a running cart, through its station."""

import argparse
import re
import sys
import time
from collections.abc import Callable, Sequence
from uuid import uuid4

import msgspec

from cart.cli import folder_arguments
from cart.technician import Technician
from cart.terminal import agreed, ask, say, table
from device.enrolment import BondHealth, Candidate, Diagnosis
from device.errors import InstrumentError
from device.instrument import InstrumentPhase
from device.station import technical as t

SOCKET = "station"
SEARCH = 15.0
NOTHING = "–"
_HEADER = (
    "nom",
    "modèle",
    "numéro de série",
    "état",
    "pile",
    "signal",
    "horloge",
    "vu il y a",
    "appairage",
    "erreurs",
)
_PHASES = {
    InstrumentPhase.READY: "prêt",
    InstrumentPhase.CONNECTED: "connecté",
    InstrumentPhase.CONNECTING: "connexion…",
    InstrumentPhase.ABSENT: "absent",
    InstrumentPhase.FAULT: "en défaut",
}
_BONDS = {
    BondHealth.NOT_NEEDED: "sans objet",
    BondHealth.BONDED: "fait",
    BondHealth.MISSING: "à faire",
    BondHealth.LOST: "perdu",
    BondHealth.UNKNOWN: "inconnu",
}
_ERROR = re.compile(r"[A-Z]{3}-[A-Z0-9]+")


def arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and to which instrument."""
    parser.epilog = "The instruments are those of a running 'chevet device', reached in its --runtime folder."
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="the enrolled instruments and their health")
    listing.add_argument("--json", action="store_true", help="for programs")
    discover = actions.add_parser("discover", help="units in reach that could be enrolled")
    enrol = actions.add_parser("enrol", help="accept a unit on this cart, and pair with it if its model asks for it")
    enrol.add_argument("--address", help="as 'discover' shows it (default: chosen from what shows itself)")
    enrol.add_argument("--model", help="a row of models.toml (default: the likeliest, or chosen)")
    enrol.add_argument("--name", help="lower-case words joined by hyphens (default: asked)")
    enrol.add_argument("--passkey", help="the six digits that it shows, known before (default: asked)")
    for search in (discover, enrol):
        search.add_argument("--seconds", type=float, default=SEARCH, help="how long to search (default: %(default)s)")
    verbs = {
        "test": "reach it and check it, step by step",
        "repair": "pair again with it",
        "retire": "forget it, its bond included",
    }
    named = [actions.add_parser(verb, help=what) for verb, what in verbs.items()]
    for one in named:
        one.add_argument("instrument", help="its name, as 'list' shows it")
    for one in (enrol, *named):
        one.add_argument("--yes", action="store_true", help="answer every question by yes")
    for one in actions.choices.values():
        folder_arguments(one)


def run(options: argparse.Namespace) -> int:
    """Do it; 0 when it was done."""
    acts: dict[str, Callable[[Technician, argparse.Namespace], int]] = {
        "list": _list,
        "discover": _discover,
        "enrol": _enrol,
        "test": lambda technician, told: _work(technician, told, t.Check(_id(), told.instrument)),
        "repair": lambda technician, told: _work(technician, told, t.Repair(_id(), told.instrument)),
        "retire": _retire,
    }
    with Technician.connect(options.runtime / SOCKET) as technician:
        return acts[options.action](technician, options)


def diagnoses(technician: Technician) -> t.Diagnoses:
    """The health of every enrolled instrument, and the cart's own warnings. Raises MessageError."""
    messages = [one for one in technician.converse(t.Diagnose(_id())) if isinstance(one, t.Diagnoses)]
    return messages[0] if messages else t.Diagnoses("", ())


def _list(technician: Technician, options: argparse.Namespace) -> int:
    answer = diagnoses(technician)
    found = answer.diagnoses
    if options.json:
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
    elif not found:
        say("Aucun instrument n’est enregistré sur ce chariot : chevet instruments enrol.")
    else:
        say(table(_HEADER, [_row(one) for one in found]))
        for one in found:
            for line in filter(None, (one.state.line, one.bond.line)):
                say(f"{one.state.id} : {line}" + (f" ({one.state.code})" if one.state.code else ""))
    for warning in () if options.json else answer.warnings:
        say(f"chariot : {warning.line} ({warning.code})")
    return 0


def _row(one: Diagnosis) -> tuple[str, ...]:
    state = one.state
    errors = ", ".join(f"{code} ×{count}" for code, count in one.counters.items() if _ERROR.fullmatch(code) and count)
    return (
        state.id,
        one.model,
        state.serial,
        _PHASES[state.phase],
        NOTHING if state.battery is None else f"{state.battery} %",
        NOTHING if one.rssi is None else f"{one.rssi} dBm",
        _clock(one),
        NOTHING if state.last_seen is None else _ago(time.monotonic() - state.last_seen.monotonic),
        _BONDS[one.bond],
        errors or NOTHING,
    )


def _clock(one: Diagnosis) -> str:
    if one.clock_offset is None:
        return "réglée" if one.clock_set else NOTHING
    return f"{round(one.clock_offset) or 0:+d} s" + (", réglée" if one.clock_set else "")


def _ago(seconds: float) -> str:
    for length, unit in ((86400, "j"), (3600, "h"), (60, "min")):
        if seconds >= length:
            return f"{int(seconds // length)} {unit}"
    return f"{max(0, int(seconds))} s"


def _discover(technician: Technician, options: argparse.Namespace) -> int:
    found = _search(technician, options.seconds)
    if not found:
        say("Rien ne s’est montré. Allumez l’instrument, en mode d’appairage s’il en a un, près du chariot.")
        return 1
    rows = [
        (
            one.address,
            one.name or NOTHING,
            NOTHING if one.rssi is None else f"{one.rssi} dBm",
            ", ".join(one.models),
            one.enrolled or NOTHING,
        )
        for one in found
    ]
    say(table(("adresse", "nom annoncé", "signal", "modèle", "enregistré"), rows))
    return 0


def _search(technician: Technician, seconds: float) -> tuple[Candidate, ...]:
    say(f"Recherche pendant {seconds:g} s…")
    found: tuple[Candidate, ...] = ()
    for message in technician.converse(t.Discover(_id(), seconds)):
        if isinstance(message, t.Candidates):
            found = message.candidates
        else:
            _tell(technician, message, "", sure=False)
    return found


def _enrol(technician: Technician, options: argparse.Namespace) -> int:
    found = [one for one in _search(technician, options.seconds) if not one.enrolled]
    candidate = _candidate(found, options.address)
    model = options.model or _chosen("Modèle", candidate.models, likeliest=candidate.models[0])
    name = options.name or ask(f"Nom de cet instrument sur ce chariot [{model}] :") or model
    return _work(technician, options, t.Enrol(_id(), candidate.address, model, name))


def _candidate(found: Sequence[Candidate], address: str | None) -> Candidate:
    if address is not None:
        for one in found:
            if one.address.upper() == address.upper():
                return one
    elif found:
        lines = [f"{one.address}  {one.name}  ({', '.join(one.models)})" for one in found]
        return found[lines.index(_chosen("Instrument", lines))]
    line = "Cet instrument ne se montre pas, ou il est déjà enregistré. Allumez-le, en mode d’appairage s’il en a un."
    raise InstrumentError(51, line, f"{address or 'nothing new'} not seen")


def _chosen(what: str, among: Sequence[str], likeliest: str = "") -> str:
    """The one that there is, or that is chosen by its number; the likeliest when nothing is typed."""
    if len(among) == 1:
        return among[0]
    for number, one in enumerate(among, 1):
        say(f"  {number}. {one}")
    answer = ask(f"{what} (1 à {len(among)})" + (f" [{likeliest}] :" if likeliest else " :"))
    if likeliest and not answer:
        return likeliest
    if not (answer.isdecimal() and 1 <= int(answer) <= len(among)):
        raise InstrumentError(52, "Rien n’a été choisi : rien n’a changé.", f"{answer!r} is no choice")
    return among[int(answer) - 1]


def _retire(technician: Technician, options: argparse.Namespace) -> int:
    if not (options.yes or agreed(f"Retirer {options.instrument} de ce chariot et oublier son appairage ?")):
        say("Rien n’a changé.")
        return 1
    return _work(technician, options, t.Retire(_id(), options.instrument))


def _work(technician: Technician, options: argparse.Namespace, request: t.TechnicalRequest) -> int:
    """Have it done, telling each step and answering each question. Raises MessageError when it is refused."""
    for message in technician.converse(request):
        _tell(technician, message, getattr(options, "passkey", None) or "", sure=options.yes)
    say("Fait.")
    return 0


def _tell(technician: Technician, message: t.TechnicalAnswer, passkey: str, *, sure: bool) -> None:
    match message:
        case t.Progress(_, step):
            say(f"{'✓' if step.passed else '✗'} {step.name} : {step.line}" + (f" ({step.code})" if step.code else ""))
        case t.Shown(_, digits):
            say(f"Tapez sur l’instrument : {digits}")
        case t.Asked(_, _, "passkey", line, seconds):
            technician.answer(message, passkey or ask(line, seconds))
        case t.Asked(_, _, _, line, seconds):
            technician.answer(message, "yes" if sure or agreed(line, seconds) else "")
        case _:
            pass


def _id() -> str:
    return str(uuid4())
