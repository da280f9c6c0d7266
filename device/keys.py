# SPDX-License-Identifier: Apache-2.0
"""Keys: the cart's own, which systemd hands over, and one for each file, which the encrypted journal keeps.

The cart's key is 32 random bytes, written as 64 hexadecimal digits in the credential ``journal.key``
(systemd.exec(5), LoadCredentialEncrypted=). It never stands in an argument, in the environment or in a log. Python
cannot promise that no copy of it stays in the memory of a process that uses it; so that memory is never swapped nor
dumped (the units say MemorySwapMax=0 and LimitCORE=0), and what is read from the file is overwritten here.
"""

import binascii
import resource
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

from device.errors import JournalError

KEY_BYTES = 32
CREDENTIAL = "journal.key"
FOLDER = "CREDENTIALS_DIRECTORY"
"""The variable that names the folder where systemd puts a service's credentials."""
_LONGEST = 4096
_LINE = "La clef de ce chariot n’ouvre pas ses données. Prévenez la maintenance."


class FileKey(NamedTuple):
    """Where a file stands (a name that says nothing of it) and the key of its bytes, used for no other."""

    name: str
    key: bytes

    @classmethod
    def new(cls) -> "FileKey":
        """A fresh one."""
        return cls(secrets.token_hex(16), secrets.token_bytes(KEY_BYTES))


class FileKeys(Protocol):
    """Where the keys of files are read. Raises JournalError."""

    def file_key(self, sha256: str) -> FileKey | None:
        """The key of the file whose plain bytes have that SHA-256 (hex), or None."""
        ...


class KeepsFileKeys(FileKeys, Protocol):
    """Where they are written, too. Raises JournalError."""

    def keep_file_key(self, sha256: str, key: FileKey) -> None:
        """Keep a key; it replaces an older one, and is on the disk when this returns."""
        ...

    def file_names(self) -> set[str]:
        """The name of every file that has a key."""
        ...


def new_key() -> str:
    """A cart's new key, in hex."""
    return secrets.token_hex(KEY_BYTES)


def credential(environment: Mapping[str, str]) -> bytes | None:
    """The cart's key as systemd hands it over; None when it does not. Raises JournalError (JRN-09) when it is none."""
    folder = environment.get(FOLDER, "")
    path = Path(folder) / CREDENTIAL
    if not folder or not path.exists():
        return None
    return read_key(path)


def read_key(path: Path) -> bytes:
    """The key in a file. Raises JournalError (JRN-09)."""
    buffer = bytearray(_LONGEST)
    try:
        with path.open("rb", buffering=0) as file:
            size = file.readinto(buffer)
        return parse(memoryview(buffer)[:size])
    except OSError as error:
        raise JournalError(9, _LINE, f"the key cannot be read: {error.strerror}") from error
    finally:
        buffer[:] = bytes(_LONGEST)


def parse(text: bytes | memoryview) -> bytes:
    """32 bytes from 64 hexadecimal digits; white space around them is nothing. Raises JournalError (JRN-09)."""
    try:
        key = binascii.unhexlify(bytes(text).strip())
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise JournalError(9, _LINE, f"a key is {2 * KEY_BYTES} hexadecimal digits")
    return key


def no_dumps() -> None:
    """Let this process leave no core file: what it holds in memory must not reach the disk."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
