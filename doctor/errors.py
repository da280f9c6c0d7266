# SPDX-License-Identifier: Apache-2.0
"""What can go wrong on the doctor's side.

::

    DoctorError
    ├── ConfigurationError  doctor.toml: names the file, the field and the reason
    ├── TokenError          a room, a code or a resume token that does not hold
    └── Rejected            a message or a peer that breaks the contract of docs/signalling.md
"""


class DoctorError(Exception):
    """The tree's root. ``code`` is one word for the log and the other side."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class ConfigurationError(DoctorError):
    """A configuration file that cannot be used."""

    def __init__(self, place: str, detail: str) -> None:
        super().__init__("configuration", f"{place}: {detail}")


class TokenError(DoctorError):
    """A token that is forged, expired or of another room; ``code`` is "expired" or "forged"."""


class Rejected(DoctorError):  # noqa: N818 - it answers a peer, nothing of ours failed
    """A message that is refused; the connection is closed with ``close`` (RFC 6455 §7.4), or goes on when it is 0."""

    def __init__(self, code: str, detail: str, close: int = 1008) -> None:
        super().__init__(code, detail)
        self.close = close
