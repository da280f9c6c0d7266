# SPDX-License-Identifier: Apache-2.0
"""``chevet queue``: what waits for the records servers, since when and why; tried again, or let go, by hand.

The running chevet-sync answers (``sync.counter``), at its socket in the ``--runtime`` folder.
"""

import argparse
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import msgspec

from cart.cli import folder_arguments
from cart.terminal import agreed, say, table
from device.errors import MessageError
from sync import counter
from sync.lines import LineState
from sync.waiting import Waiting

SOCKET = "queue"
PATIENCE = 10.0
_STATES = {
    LineState.WAITING: "en attente",
    LineState.SENDING: "en cours",
    LineState.UNKNOWN: "à renvoyer",
    LineState.DOUBTFUL: "à comparer",
    LineState.QUARANTINED: "refusé",
    LineState.RELEASED: "sorti de la file",
    LineState.ACKNOWLEDGED: "transmis",
}
_HEADER = ("entrée", "téléconsultation", "serveur", "état", "depuis", "code", "pourquoi")
_PIECES = ("ressource", "état", "essais", "réponse", "code", "dit par le serveur")


def arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and with which entry."""
    parser.epilog = "Without an ACTION: what waits. The queue is that of a running 'chevet sync'."
    parser.add_argument("--json", action="store_true", help="what waits, for programs")
    folder_arguments(parser)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    show = actions.add_parser(
        "show", help="one entry: each of its resources, and what the server said (may name people)"
    )
    show.add_argument("entry", type=int, help="its number, as the table shows it")
    retry = actions.add_parser("retry", help="send again what was refused, or at once what waits")
    retry.add_argument("entry", type=int, nargs="?", help="one entry (its number)")
    retry.add_argument("--encounter", type=UUID, help="a whole teleconsultation")
    retry.add_argument("--all", action="store_true", help="everything that was refused")
    release = actions.add_parser("release", help="send an entry no more: it was brought to the records by hand")
    release.add_argument("entry", type=int, help="its number")
    release.add_argument("--yes", action="store_true", help="do not ask")


def run(options: argparse.Namespace) -> int:
    """Ask, and print what is answered; 1 where the entry is not in the queue."""
    path = _socket(options.runtime)
    match options.action:
        case "show":
            return _show(path, options.entry)
        case "retry":
            if (options.entry is None) + (options.encounter is None) + (not options.all) != 2:  # noqa: PLR2004 - of three
                raise MessageError(22, "Une entrée, une téléconsultation ou --all : une seule à la fois.", "which one?")
            return _retry(path, options.entry, options.encounter)
        case "release":
            return _release(path, options.entry, asked=not options.yes)
    return _list(path, as_json=options.json)


def _socket(runtime: Path) -> Path:
    """The socket: in a folder of its own where systemd runs chevet-sync, else beside the station's."""
    own = runtime.with_name(runtime.name + "-sync") / SOCKET
    return own if own.exists() else runtime / SOCKET


def _list(path: Path, *, as_json: bool) -> int:
    reply = ask(path, counter.List())
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(reply), indent=1).decode() + "\n")
        return 0
    healths = {one.server: one.why for one in reply.servers if one.why}
    for server in reply.servers:
        said = f"{server.why} ({server.code})" if server.why else "répond" if server.reachable else "pas encore joint"
        say(f"{server.server} : {said}")
    if not reply.servers:
        say("Aucun serveur du dossier n’est réglé (records.toml).")
    if not reply.waiting:
        say("Rien n’attend.")
        return 0
    say(table(_HEADER, [_row(one, healths) for one in reply.waiting]))
    return 0


def _row(one: Waiting, healths: dict[str, str]) -> tuple[str, ...]:
    held = one.state is LineState.WAITING and any(piece.held for piece in one.pieces)
    since = f"{one.since.astimezone():%d/%m %H:%M}"
    state = "retenu" if held else _STATES[one.state]
    return (str(one.number), str(one.encounter), one.server, state, since, one.code, one.why(healths))


def _show(path: Path, number: int) -> int:
    found = [one for one in ask(path, counter.List()).waiting if one.number == number]
    if not found:
        say(f"L’entrée {number} n’attend pas : elle est transmise, n’est pas à transmettre, ou n’existe pas.")
        return 1
    for one in found:
        say(f"entrée {one.number} ({one.entry}), serveur {one.server}, téléconsultation {one.encounter}")
        say(f"depuis le {one.since.astimezone():%d/%m/%Y %H:%M:%S} : {one.why({})}")
        say(table(_PIECES, _pieces(one)))
    return 0


def _pieces(one: Waiting) -> Sequence[Sequence[str]]:
    return [
        (
            piece.key,
            _STATES[piece.state] + (" (version plus ancienne transmise)" if piece.known else ""),
            str(piece.attempts),
            str(piece.status) if piece.status else "–",
            piece.code,
            _printable(piece.words or piece.held),
        )
        for piece in one.pieces
    ]


def _printable(words: str) -> str:
    """A server's words without what a terminal would obey."""
    return "".join(letter if letter.isprintable() else " " for letter in words)


def _retry(path: Path, number: int | None, encounter: UUID | None) -> int:
    count = ask(path, counter.Retry(number, encounter)).count
    say(
        f"{count} ressource(s) refusée(s) remise(s) dans la file."
        if count
        else "Rien de refusé ; nouvel essai demandé."
    )
    return 0


def _release(path: Path, number: int, *, asked: bool) -> int:
    question = f"L’entrée {number} ne sera plus envoyée : a-t-elle été remise au dossier à la main ?"
    if asked and not agreed(question):
        return 1
    count = ask(path, counter.LetGo(number)).count
    say(
        f"{count} ressource(s) sortie(s) de la file."
        if count
        else f"L’entrée {number} n’est pas refusée : rien n’a changé."
    )
    return 0 if count else 1


def ask(path: Path, question: counter.Question) -> counter.Reply:
    """Put one question. Raises MessageError: no chevet-sync there (MSG-23), no right (MSG-21), or its own refusal."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(PATIENCE)
            connection.connect(str(path))
            connection.sendall(msgspec.json.encode(question) + b"\n")
            with connection.makefile("rb") as lines:
                answer = lines.readline(counter.MAX_ANSWER)
        reply = msgspec.json.decode(answer, type=counter.Reply)
    except PermissionError as error:
        line = "Ce compte n’a pas accès au chariot : utilisez sudo, ou le groupe chevet-technician."
        raise MessageError(21, line, f"{path}: {error}") from error
    except (OSError, msgspec.MsgspecError) as error:
        line = f"L’envoi ne répond pas ici : démarrez chevet-sync, ou donnez --runtime ({path.parent})."
        raise MessageError(23, line, f"{path}: {type(error).__name__}") from error
    if reply.code:
        raise _said(reply)
    return reply


def _said(reply: counter.Reply) -> MessageError:
    """What chevet-sync said, under its own code."""
    error = MessageError(23, reply.line, "refused by chevet-sync")
    error.code = reply.code
    return error
