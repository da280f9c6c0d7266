# SPDX-License-Identifier: Apache-2.0
"""The one tree of errors.

::

    ChevetError
    ├── FrameError          a frame that its driver cannot read                 FRM-…
    ├── InstrumentError     a connection, a service, an enrolment               BLE-…
    │   └── SerialError     a serial line                                       SER-…
    ├── CameraError         a camera that is absent, stuck or black             CAM-…
    ├── AudioError          a microphone or a loudspeaker                       AUD-…
    ├── JournalError        storage: full, read-only, damaged, from the future  JRN-…
    ├── Refusal             a command that may not be carried out now           CMD-…
    ├── MessageError        a message on a socket that cannot be read           MSG-…
    ├── ConfigurationError  a row or a line of a file, named with its place     CFG-…
    ├── CallError           signalling, media, data channel                     CAL-…
    ├── DocumentError       a file that cannot be imported                      DOC-…
    ├── ScanError           a code that was scanned and cannot be used          SCN-…
    ├── ExportError         an encounter that cannot be taken away as files     EXP-…
    └── RecordsError        a records server's answer                           REC-…
"""

from typing import ClassVar


class ChevetError(Exception):
    """Something went wrong that a person must be told about.

    ``code`` is for the technician (``BLE-03``), ``line`` is the French sentence for the operator (what happened and
    what to do), ``retry`` says whether trying again can help. ``str(error)`` is the English detail for the log.
    """

    prefix: ClassVar[str] = "CHV"

    def __init__(self, number: int, line: str, detail: str = "", *, retry: bool = False) -> None:
        super().__init__(detail or line)
        self.code = f"{self.prefix}-{number:02d}"
        self.line = line
        self.retry = retry


class FrameError(ChevetError):
    """Bytes that do not follow the profile or the protocol of their model."""

    prefix = "FRM"

    def __init__(self, detail: str) -> None:
        super().__init__(1, "L’instrument a envoyé un message illisible. Recommencez la mesure.", detail, retry=True)


class InstrumentError(ChevetError):
    """An instrument that cannot be reached, lacks a service or is not enrolled."""

    prefix = "BLE"


class SerialError(InstrumentError):
    """An instrument on a serial line that cannot be opened, is silent or was unplugged."""

    prefix = "SER"


class CameraError(ChevetError):
    """A camera that is absent, stuck or black."""

    prefix = "CAM"


class AudioError(ChevetError):
    """A microphone or a loudspeaker that is absent or fails."""

    prefix = "AUD"


class JournalError(ChevetError):
    """Storage that is full, read-only, damaged or of a newer version."""

    prefix = "JRN"


class Refusal(ChevetError):  # noqa: N818 - what it is, in one word
    """A command that may not be carried out in the present state."""

    prefix = "CMD"


class MessageError(ChevetError):
    """A message that cannot be read: too long, not JSON, or not of the schema."""

    prefix = "MSG"


class ConfigurationError(ChevetError):
    """A configuration file that cannot be used; the detail names file, place and reason."""

    prefix = "CFG"


class CallError(ChevetError):
    """Signalling, media or data channel."""

    prefix = "CAL"


class RecordsError(ChevetError):
    """What a records server answered, by class (see ``sync``)."""

    prefix = "REC"


class DocumentError(ChevetError):
    """A file that cannot be imported: not of a known kind, too large, damaged or hostile."""

    prefix = "DOC"


class ScanError(ChevetError):
    """A code that was scanned: no INS datamatrix, a damaged one, or another person's."""

    prefix = "SCN"


class ExportError(ChevetError):
    """An encounter that cannot be taken away as files, wholly or in part."""

    prefix = "EXP"
