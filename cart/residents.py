# SPDX-License-Identifier: Apache-2.0
"""``chevet import``: the establishment's list of residents, from a CSV or from FHIR, joined to the cart's own.

All or nothing: with one thing wrong, nothing changes. The list of before stays beside the new one. Neither names nor
values go to any log; what is wrong is said on the terminal alone.
"""

import argparse
import contextlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from cart.cli import folder_arguments
from cart.config import Configuration
from cart.terminal import say
from device.clock import SystemClock
from device.errors import ConfigurationError
from device.people import Patient
from device.station.residents import MAX_BYTES, load
from sync.residents.incoming import Fault
from sync.residents.joining import Joined, join
from sync.residents.listing import listing, read

MOST = 32 << 20
"""Bytes of a file that is given: FHIR is wordy."""
BEFORE = ".precedent"
_TOLD = 60
_MODE = 0o640


def arguments(parser: argparse.ArgumentParser) -> None:
    """The file, and how far to go."""
    parser.epilog = "The format of the CSV is in docs/fr/technicien.md."
    parser.add_argument("file", type=Path, help="a CSV; or FHIR: a Patient, a Bundle of them, NDJSON")
    parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
    parser.add_argument("--remove-missing", action="store_true", help="remove who is not in the file (default: kept)")
    folder_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Import; 0 when the list is as the file says. Raises ConfigurationError, and then nothing has changed."""
    configuration = Configuration.load(options.config)
    target = configuration.file(configuration.files.residents).resolve()
    say(f"Liste du chariot : {target}")
    known = _known(target)
    found = read(_given(options.file), SystemClock().now().wall.astimezone().date())
    joined = join(known, found.rows, remove_missing=options.remove_missing)
    faults = (*found.faults, *joined.faults)
    _say_all([f"À corriger : {fault.line}" for fault in sorted(faults, key=_order)])
    if faults:
        line = f"{len(faults)} points à corriger dans ce fichier : la liste n’a pas changé."
        raise ConfigurationError(51, line, f"{options.file.name}: {len(faults)} faults")
    _say_all([f"À savoir : {note}" for note in (*found.notes, *joined.notes)])
    _say_counts(joined)
    if options.dry_run:
        say("Essai : rien n’a été écrit.")
        return 0
    if joined.added or joined.changed or joined.removed or not target.exists():
        replace(target, joined.patients)
        say(f"Liste écrite (la précédente : {target.name}{BEFORE}).")
        say("Un chariot en marche la prend dans les secondes ; l’écran la montre à la prochaine connexion.")
    else:
        say("La liste disait déjà cela : rien n’a été écrit.")
    return 0


def replace(target: Path, everyone: Sequence[Patient]) -> None:
    """Put a new list in the place of the old one, which stays under another name. Raises ConfigurationError (CFG-52),
    and then the old one is as it was."""
    data = listing(everyone)
    if len(data) > MAX_BYTES:
        raise _not_written(f"{len(data)} bytes are more than the station reads")
    part = Path()
    try:
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        part = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            _as_before(file.fileno(), target)
            os.fsync(file.fileno())
        again = load(part)
        if again.faults or sorted(again.patients, key=_identity) != sorted(everyone, key=_identity):
            raise _not_written("what was written does not read as it should")
        _keep(target)
        part.replace(target)
        _sync(target.parent)
    except OSError as error:
        raise _not_written(f"{type(error).__name__} {error.errno}: {error.strerror}") from error
    finally:
        if part != Path():
            part.unlink(missing_ok=True)


def _known(target: Path) -> tuple[Patient, ...]:
    """The list of now. Raises ConfigurationError (CFG-53) when a line of it would be lost."""
    if not target.exists():
        return ()
    residents = load(target)
    if residents.faults:
        _say_all([f"À corriger d’abord : {fault}" for fault in residents.faults])
        line = "La liste actuelle du chariot a des lignes fausses, qui seraient perdues : corrigez-les d’abord."
        raise ConfigurationError(53, line, f"{target.name}: {len(residents.faults)} faults")
    return residents.patients


def _given(path: Path) -> bytes:
    """The file's bytes. Raises ConfigurationError (CFG-50)."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST + 1)
    except OSError as error:
        line = "Ce fichier ne peut pas être lu : la liste n’a pas changé."
        raise ConfigurationError(50, line, f"{path.name}: {error.strerror}") from error
    if len(data) > MOST:
        line = "Ce fichier est trop gros pour une liste de résidents : la liste n’a pas changé."
        raise ConfigurationError(50, line, f"{path.name}: more than {MOST} bytes")
    return data


def _say_counts(joined: Joined) -> None:
    say(f"Nouveaux : {joined.added}. Modifiés : {joined.changed}. Inchangés : {joined.same}.")
    if joined.kept:
        say(f"Absents de ce fichier et gardés : {joined.kept} (--remove-missing les retire).")
    if joined.removed:
        say(f"Absents de ce fichier et retirés : {joined.removed}.")


def _say_all(lines: Sequence[str]) -> None:
    for line in lines[:_TOLD]:
        say(line)
    if len(lines) > _TOLD:
        say(f"… et {len(lines) - _TOLD} autres.")


def _order(fault: Fault) -> tuple[int, str]:
    figures = "".join(letter for letter in fault.place if letter in "0123456789")
    return (int(figures or 0), fault.column)


def _identity(one: Patient) -> str:
    return one.id


def _as_before(descriptor: int, target: Path) -> None:
    """The rights that the file had: the station must still be able to read it. Raises OSError when it could not."""
    try:
        before = target.stat()
    except FileNotFoundError:
        folder = target.parent.stat()
        os.fchmod(descriptor, _MODE)
        with contextlib.suppress(PermissionError):
            os.fchown(descriptor, folder.st_uid, folder.st_gid)
        return
    os.fchmod(descriptor, before.st_mode & 0o777)
    os.fchown(descriptor, before.st_uid, before.st_gid)


def _keep(target: Path) -> None:
    """Give the old list a second name, in place of the one before it."""
    if not target.exists():
        return
    before, fresh = target.with_name(target.name + BEFORE), target.with_name(f".{target.name}{BEFORE}")
    fresh.unlink(missing_ok=True)
    os.link(target, fresh)
    fresh.replace(before)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _not_written(detail: str) -> ConfigurationError:
    line = "La liste n’a pas pu être écrite : celle d’avant est intacte. Vérifiez la place et les droits."
    return ConfigurationError(52, line, detail)
