# SPDX-License-Identifier: Apache-2.0
"""The cart's key: where programs get it, and ``chevet key``, which makes it, once, on the box.

systemd keeps it encrypted (systemd-creds(1)) and hands it to ``chevet-device`` and ``chevet-sync`` alone. Which device
protects it is systemd's choice: the machine's TPM where there is one, else the host's own key (docs/encryption.md).
"""

import argparse
import contextlib
import logging
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from cart.terminal import say
from device.errors import ConfigurationError, JournalError
from device.journal.sealing import is_plain
from device.keys import CREDENTIAL, credential, new_key, no_dumps, parse, read_key

log = logging.getLogger(__name__)

STORE = Path("/etc/credstore.encrypted") / CREDENTIAL
"""Where systemd looks for it (LoadCredentialEncrypted= without a path)."""
NOT_ENCRYPTED = "JRN-11"
NOT_ENCRYPTED_LINE = "Les données de ce chariot ne sont pas chiffrées."
_SECONDS = 60.0
_MISSING = "La clef de ce chariot manque : il ne démarre pas sans elle. Prévenez la maintenance."


def storage_key(*, encrypted: bool, environment: Mapping[str, str] = os.environ) -> bytes | None:
    """The key of a process that keeps or reads what is kept; None where nothing is to be encrypted, which is logged.

    Raises JournalError: JRN-10 when there must be a key and there is none, JRN-09 when it cannot be used.
    """
    if not encrypted:
        log.warning("%s what is kept is not encrypted: for development only", NOT_ENCRYPTED)
        return None
    key = credential(environment)
    if key is None:
        raise JournalError(10, _MISSING, f"no credential {CREDENTIAL}: 'chevet key new' makes it, --plain does without")
    no_dumps()
    return key


def opening_key(path: Path, given: Path | None = None, environment: Mapping[str, str] = os.environ) -> bytes | None:
    """The key with which a technician's program opens the file at ``path``: none for a plain one; else the file
    ``given``, the credential, or systemd's store where root may read it. Raises JournalError (JRN-09, JRN-10)."""
    if given is not None:
        return read_key(given)
    if not path.exists() or path.stat().st_size == 0 or is_plain(path):
        return None
    key = credential(environment)
    if key is not None:
        return key
    if os.geteuid() == 0 and STORE.exists():
        return parse(systemd(["decrypt", f"--name={CREDENTIAL}", str(STORE), "-"]))
    raise JournalError(10, _MISSING, f"{path.name} is encrypted: run this as root, or give --key")


def arguments(parser: argparse.ArgumentParser) -> None:
    """What to do."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    new = actions.add_parser("new", help="make this cart's key")
    new.add_argument("--copy", type=Path, metavar="FILE", help="a copy in clear, for a safe, never on the cart")
    again = actions.add_parser("restore", help="put a key back from its copy (another board, a reset TPM)")
    again.add_argument("file", type=Path, help="the copy: 64 hexadecimal digits")
    for action in (new, again):
        action.add_argument("--out", type=Path, default=STORE, help="where systemd finds it (default: %(default)s)")
        action.add_argument(
            "--with-key", default="auto", choices=("auto", "host", "tpm2", "host+tpm2"), help="what protects it"
        )


def run(options: argparse.Namespace) -> int:
    """Make the credential; says where it is and what protects it."""
    copy = options.copy if options.action == "new" else None
    text = new_key() if options.action == "new" else read_key(options.file).hex()
    keep(text.encode(), options.out, options.with_key)
    if copy is not None:
        _write_copy(copy, text)
    say(f"{options.out}: {_protection(options.with_key)}")
    say("systemctl restart chevet-device chevet-sync")
    return 0


def keep(text: bytes, out: Path, with_key: str) -> None:
    """Encrypt the key into ``out``, which must not exist: another key would close what it opens for ever. Raises
    ConfigurationError."""
    if out.exists():
        raise _refused(f"{out} is there already: without it, what it encrypted is lost. Move it away first")
    sealed = systemd(["encrypt", f"--name={CREDENTIAL}", f"--with-key={with_key}", "-", "-"], text)
    try:
        out.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_new(out, sealed)
    except OSError as error:
        raise _refused(f"{out}: {error.strerror}") from error


def systemd(arguments: list[str], text: bytes = b"") -> bytes:
    """What ``systemd-creds`` makes of ``text``. Raises ConfigurationError."""
    try:
        done = subprocess.run(  # noqa: S603 - systemd's own program
            ["/usr/bin/systemd-creds", *arguments], input=text, capture_output=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _refused(f"systemd-creds: {type(error).__name__}") from error
    if done.returncode != 0:
        raise _refused(f"systemd-creds: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def _protection(with_key: str) -> str:
    """In words, what systemd took."""
    tpm = with_key in ("tpm2", "host+tpm2")
    if with_key == "auto":
        with contextlib.suppress(ConfigurationError):
            systemd(["has-tpm2", "--quiet"])
            tpm = True
    if tpm:
        return "sealed by this machine's TPM; a card that leaves the machine stays closed"
    return "encrypted with the host's key, which is on the same disk: a stolen card or cart can be opened"


def _write_copy(path: Path, text: str) -> None:
    try:
        _write_new(path, text.encode() + b"\n")
    except OSError as error:
        raise _refused(f"{path}: {error.strerror}") from error


def _write_new(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _refused(detail: str) -> ConfigurationError:
    return ConfigurationError(40, "La clef du chariot n’a pas pu être faite. Rien n’a changé.", detail)
