# SPDX-License-Identifier: Apache-2.0
"""A QObject whose ``view`` QML reads: one struct of plain values, replaced whole when it differs."""

from collections.abc import Callable
from typing import Protocol

import msgspec
from PySide6.QtCore import Property, QObject, Signal, Slot

from device.commands import Command
from device.station.messages import Reply
from ui.viewmodels.moment import Moment


class Submit(Protocol):
    """Sends a command to the station once; ``done`` gets its answer. Tells whether it was sent."""

    def __call__(self, command: Command, done: Callable[[Reply], None] | None = None) -> bool:
        """Send it."""
        ...


class Shown(QObject):
    """Holds what ``present`` makes of the newest moment. QML reads ``view`` and nothing else.

    In ``ui``, every method that a signal is connected to is a ``Slot``: another gives its object a QMetaObject of its
    own, and QML, which keeps what it knows of one by its address, takes the next that is allocated there for it.
    """

    changed = Signal()

    def __init__(self, present: Callable[[Moment], msgspec.Struct]) -> None:
        super().__init__()
        self._present = present
        self._moment: Moment | None = None
        self._struct: msgspec.Struct | None = None
        self._view: dict[str, object] = {}

    @property
    def moment(self) -> Moment | None:
        """The newest moment shown."""
        return self._moment

    def refresh(self, moment: Moment) -> None:
        """Show ``moment``."""
        self._moment = moment
        self.again()

    @Slot()
    def again(self) -> None:
        """Show the same moment after a touch; say so if the view differs."""
        if self._moment is None:
            return
        struct = self._present(self._moment)
        if struct != self._struct:
            self._struct = struct
            self._view = msgspec.json.decode(msgspec.json.encode(struct))
            self.changed.emit()

    def _read(self) -> dict[str, object]:
        return self._view

    view = Property("QVariantMap", _read, notify=changed)  # type: ignore[arg-type] # the stub knows no named types
