# SPDX-License-Identifier: Apache-2.0
"""What can go wrong with an instrument on a serial line, each with its technician's code and its French line."""

from device.errors import SerialError
from device.words import sentence, the


def absent(kind: str, detail: str = "") -> SerialError:
    """SER-01: its port is not there, or has just gone."""
    return SerialError(1, f"Câble débranché : rebranchez {the(kind)}.", detail, retry=True)


def closed(kind: str, detail: str) -> SerialError:
    """SER-02: its port cannot be opened: held by another program, or not allowed."""
    line = (
        f"Le chariot ne peut pas ouvrir {the(kind)}. Débranchez et rebranchez ; si cela dure, prévenez le technicien."
    )
    return SerialError(2, line, detail, retry=True)


def broken(kind: str, detail: str) -> SerialError:
    """SER-03: an opening, a read or a write failed or took too long."""
    line = f"La liaison avec {the(kind)} s’est interrompue. Nouvel essai dans un instant."
    return SerialError(3, line, detail, retry=True)


def flooding(kind: str) -> SerialError:
    """SER-04: more bytes than such a line can carry."""
    line = f"{sentence(the(kind))} envoie trop de messages : liaison coupée. Prévenez le technicien."
    return SerialError(4, line, "more bytes than the line's speed allows", retry=True)


def silent(kind: str) -> SerialError:
    """SER-05: it was measuring and says nothing more, its cable still plugged."""
    line = f"{sentence(the(kind))} ne dit plus rien : remplacez la pile s’il est éteint, sinon vérifiez le câble."
    return SerialError(5, line, "no frame", retry=True)


def babbling(kind: str) -> SerialError:
    """SER-06: nothing readable for long."""
    line = f"{sentence(the(kind))} envoie des messages illisibles : liaison coupée. Prévenez le technicien."
    return SerialError(6, line, "bytes that fit no frame", retry=True)


def unpaired(kind: str) -> SerialError:
    """SER-07: there is no bond on a cable."""
    return SerialError(7, f"Rien à appairer sur un câble : débranchez et rebranchez {the(kind)}.", "no bond")


def mute(kind: str) -> SerialError:
    """SER-08: enrolled or tested, it sent nothing that its model would."""
    line = f"Rien de lisible n’est venu. Allumez {the(kind)}, faites une mesure, et vérifiez le modèle choisi."
    return SerialError(8, line, "no frame of the model in time", retry=True)


def endless(kind: str) -> SerialError:
    """SER-09: a scanner that does not end its codes."""
    line = f"{sentence(the(kind))} ne termine pas ses codes. Prévenez le technicien."
    return SerialError(9, line, "a code without a terminator", retry=True)


def unknown(instrument: str) -> SerialError:
    """SER-10: no such instrument on a serial line."""
    return SerialError(
        10, "Cet instrument n’est pas enregistré sur ce chariot.", f"no serial instrument {instrument!r}"
    )


def unfit(model: str) -> SerialError:
    """SER-11: the model is none of a serial line."""
    return SerialError(11, "Ce modèle ne se branche pas par un câble.", f"{model!r} is no model of a serial line")


def off(kind: str) -> str:
    """What to do with an instrument that is plugged and says nothing."""
    return f"Allumez {the(kind)}."
