# SPDX-License-Identifier: Apache-2.0
"""``chevet export``: one encounter as files for a doctor, without anyone's server; sealed to their certificate, or
plain when that is asked for. Reads only: a running cart is not disturbed.

Each export is traced in the system's log (who, which encounter, for whom), by ids alone.
"""

import argparse
import logging
import os
import signal
import socket
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime, tzinfo
from pathlib import Path
from uuid import UUID

from cart.cli import folder_arguments
from cart.config import Configuration
from cart.key import opening_key
from cart.terminal import say, table
from device.attachments import Attachments
from device.clock import SystemClock
from device.entry import EncounterOpened
from device.errors import ExportError
from device.journal import JournalReader
from device.journal.reader import Standing
from device.keys import no_dumps
from sync.export.envelope import Recipient, recipient
from sync.export.gather import Gathered, gather, pieces
from sync.export.receipts import receipts
from sync.export.writing import Piece, Written, write_folder, write_sealed
from sync.settings import Settings

log = logging.getLogger(__name__)

SYSLOG = "/dev/log"
_AUTHPRIV_NOTICE = 10 << 3 | 5
"""A facility and a severity of syslog(3)."""
_SYSLOG_SECONDS = 2.0
SEALED_MOST = 128 << 20
"""Bytes of files in what is sealed: all of it stands in memory, several times, beside a running cart."""
PARTIAL = 2
"""Exit status of an export from which something is missing."""
_SHORT = 13
_HEADER = ("téléconsultation", "début", "état")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which encounter, for whom, where to."""
    parser.epilog = "A sealed one opens with: openssl cms -decrypt -binary -inform DER -in FILE -inkey KEY -out OUT.zip"
    parser.add_argument("encounter", type=str, nargs="?", metavar="ENCOUNTER", help="its id, or an unambiguous start")
    parser.add_argument("--list", action="store_true", help="the encounters kept here")
    parser.add_argument("--names", action="store_true", help="with --list: whose they are, too")
    parser.add_argument("--to", type=Path, default=Path(), metavar="FOLDER", help="where to write (default: here)")
    parser.add_argument("--key", type=Path, metavar="CERTIFICATE", help="seal it to this X.509 certificate (RSA)")
    parser.add_argument("--plain", action="store_true", help="not sealed: whoever holds the folder can read it")
    parser.add_argument(
        "--journal-key", type=Path, metavar="FILE", help="64 hex digits that open the journal (default: systemd's)"
    )
    folder_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Export, or list; 0 when everything is there, 2 when something is missing from the export."""
    configuration = Configuration.load(options.config)
    settings = Settings.load(configuration.file(configuration.files.records))
    path = options.state / "journal.db"
    now = SystemClock(trusted=True).now().wall
    if not options.list:
        _asked(options)
    sealed = recipient(options.key, now) if options.key is not None else None
    key = opening_key(path, options.journal_key)
    no_dumps()
    with orderly(), closing(JournalReader.open(path, key)) as journal:
        if options.list:
            return _list(journal, settings.source.zone, names=options.names)
        encounter = chosen(journal, options.encounter)
        attachments = Attachments.reading(options.state / "captures", journal)
        found = gather(settings.source, journal, attachments, encounter)
        labels = {server.id: server.label or server.id for server in settings.server}
        ledger = receipts(options.state / "ledger.db", key, list(labels), encounter, found.newest)
        taken = [one._replace(server=labels[one.server]) for one in ledger]
        made = pieces(settings.source, found, attachments, taken, now)
        written = _write(options.to, found, made, sealed, now, settings.source.zone)
    _trace(encounter, written, sealed)
    return _told(found, written, sealed)


@contextmanager
def orderly() -> Iterator[None]:
    """Have a request to end (SIGTERM) clean up as Ctrl-C does: nothing half written stays."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def chosen(journal: JournalReader, start: str) -> UUID:
    """The one encounter whose id begins so. Raises ExportError (EXP-01, EXP-02), JournalError."""
    wanted = start.lower().strip()
    found = [one.encounter for one in journal.encounters() if str(one.encounter).startswith(wanted)]
    if not wanted or not found:
        gone = _purged(journal, wanted)
        line = "Aucune téléconsultation de ce chariot n’a cet identifiant : voyez « chevet export --list »."
        if gone:
            line = "Cette téléconsultation n’est plus sur le chariot : les serveurs l’avaient reçue, elle a été purgée."
        raise ExportError(1, line, "no such encounter" if not gone else "purged")
    if len(found) > 1:
        line = f"{len(found)} téléconsultations commencent ainsi : donnez plus de lettres (« chevet export --list »)."
        raise ExportError(2, line, "ambiguous")
    return found[0]


def _purged(journal: JournalReader, wanted: str) -> bool:
    with suppress(ValueError):
        return journal.purged(UUID(wanted))
    return False


def _asked(options: argparse.Namespace) -> None:
    """Raises ExportError when it is not said what to export, or whether it may be read by anyone."""
    if options.encounter is None:
        raise ExportError(1, "Quelle téléconsultation ? « chevet export --list » les montre.", "no encounter given")
    if (options.key is None) != options.plain:
        line = (
            "Dites --key CERTIFICAT (scellé pour le médecin), ou --plain (lisible par quiconque tient le dossier) : "
            "l’un ou l’autre."
        )
        raise ExportError(7, line, "neither or both of --key and --plain")


def _list(journal: JournalReader, zone: tzinfo, *, names: bool) -> int:
    standing = journal.encounters()
    rows = [_row(journal, one, zone, names=names) for one in standing]
    if not rows:
        say("Aucune téléconsultation n’est gardée sur ce chariot.")
        return 0
    say(table((*_HEADER, "personne") if names else _HEADER, rows))
    return 0


def _row(journal: JournalReader, one: Standing, zone: tzinfo, *, names: bool) -> tuple[str, ...]:
    first = next(iter(journal.after(one.first - 1, encounter=one.encounter, limit=1)), None)
    when = f"{first.instant.wall.astimezone(zone):%d/%m/%Y %H:%M}" if first else "?"
    row = (str(one.encounter), when, "terminée" if one.closed else "en cours")
    if not names:
        return row
    body = first.body if first else None
    return (*row, f"{body.patient.family} {body.patient.given}" if isinstance(body, EncounterOpened) else "?")


def _write(
    folder: Path, found: Gathered, made: Iterable[Piece], sealed: Recipient | None, now: datetime, zone: tzinfo
) -> Written:
    began = found.entries[0].instant.wall if found.entries else now
    name = f"teleconsultation-{began.astimezone(zone):%Y%m%d}-{str(found.encounter)[:_SHORT]}"
    if sealed is None:
        return write_folder(folder / name, made)
    if found.size > SEALED_MOST:
        line = (
            "Cette téléconsultation est trop lourde pour être scellée sur le chariot. Exportez-la avec --plain sur un "
            "disque lui-même chiffré."
        )
        raise ExportError(8, line, f"{found.size} bytes")
    return write_sealed(folder / f"{name}.zip.p7m", made, sealed, now.astimezone(zone))


def _told(found: Gathered, written: Written, sealed: Recipient | None) -> int:
    say(f"Export : {written.path} ({written.files} fichiers, {max(1, written.size >> 10)} Kio)")
    if sealed is None:
        say("Il n’est pas chiffré : quiconque tient ce dossier peut le lire. Pour vérifier : sha256sum -c SHA256SUMS")
    else:
        say(f"Scellé pour « {sealed.name} », certificat valable jusqu’au {sealed.until:%d/%m/%Y} :")
        say(f"  {sealed.fingerprint}")
        say(f"SHA-256 du fichier : {written.sha256}")
        name = written.path.name
        say(f"À ouvrir par : openssl cms -decrypt -binary -inform DER -in {name} -inkey CLEF -out {Path(name).stem}")
    for one in found.missing:
        say(f"MANQUE {one.name} : {one.trouble}")
    if found.damaged:
        say(f"MANQUE {len(found.damaged)} entrées abîmées du journal (JRN-03) : « chevet verify ».")
    return PARTIAL if found.missing or found.damaged else 0


def _trace(encounter: UUID, written: Written, sealed: Recipient | None) -> None:
    """One line in the system's log: ids, never names. Where there is no such log, in ours."""
    for_whom = f"sealed to {sealed.fingerprint}, {written.sha256}" if sealed else "plain"
    account = f"{os.getuid()} (sudo from {os.environ.get('SUDO_UID', 'none')})"
    told = f"encounter {encounter} exported by account {account}: {written.files} files, {for_whom}"
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as system:
            system.settimeout(_SYSLOG_SECONDS)
            system.sendto(f"<{_AUTHPRIV_NOTICE}>chevet-export[{os.getpid()}]: {told}".encode(), SYSLOG)
    except OSError:
        log.warning("%s", told)
