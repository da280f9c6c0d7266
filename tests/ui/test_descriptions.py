# SPDX-License-Identifier: Apache-2.0
"""QML knows a Python object's properties by the address of its QMetaObject, and keeps that after the object is gone.

A signal connected to a method that is no ``Slot`` gives the object a QMetaObject of its own, which is freed with it:
the next one allocated there is then read by the names of the one before, and every property of it is undefined.
"""

import shiboken6
from PySide6.QtCore import QObject, Signal, Slot

from tests.ui import scenes
from tests.ui.stand import Stand


def address(thing: QObject) -> int:
    return shiboken6.getCppPointer(thing.metaObject())[0]


def own(thing: QObject) -> bool:
    """Whether the object has another description than its class."""
    return address(thing) != shiboken6.getCppPointer(type(thing).staticMetaObject)[0]


def test_nothing_of_the_kiosk_has_a_description_of_its_own(stand) -> None:
    kiosk: Stand = stand()
    for state in (scenes.SIGN_IN, scenes.HOME, scenes.talking()):
        kiosk.show(state, scenes.usual() if state.encounter else None)
    kit = kiosk.kit
    roots = [kit.kiosk, kit.station, kit.doctor, kit.room, *kit.waves.values()]
    things = [*roots, *(child for root in roots for child in root.findChildren(QObject))]
    ours = [thing for thing in things if type(thing).__module__.startswith("ui.")]
    assert set(kit.kiosk.parts.values()) <= set(ours)
    assert [type(thing).__name__ for thing in ours if own(thing)] == []


class Source(QObject):
    """Has something to connect to."""

    changed = Signal()


class Listener(QObject):
    """Hears of it in two ways."""

    def take(self) -> None:
        """As a method like any other."""

    @Slot()
    def hear(self) -> None:
        """As a slot."""


def test_a_method_that_is_no_slot_gives_one_and_a_slot_does_not(qapp) -> None:  # noqa: ARG001 - the application
    source, listener = Source(), Listener()
    source.changed.connect(listener.hear)
    assert not own(listener)
    source.changed.connect(listener.take)
    assert own(listener)
    assert not own(Listener())
