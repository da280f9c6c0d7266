# SPDX-License-Identifier: Apache-2.0
"""What can go wrong with a Bluetooth instrument, each with its technician's code and its French line."""

from device.errors import InstrumentError
from device.words import sentence, the

LOW_BATTERY = 20
"""Percent from which a battery is to be changed."""


def unreachable(kind: str, detail: str) -> InstrumentError:
    """BLE-01: seen, but no connection within the deadline."""
    line = f"{sentence(the(kind))} ne répond pas. Rapprochez-le du chariot, nouvel essai dans un instant."
    return InstrumentError(1, line, detail, retry=True)


def hollow(kind: str, detail: str) -> InstrumentError:
    """BLE-02: connected, without the services of its model."""
    line = f"{sentence(the(kind))} s’est mal connecté. Éteignez-le et rallumez-le, nouvel essai dans un instant."
    return InstrumentError(2, line, detail, retry=True)


def broken(kind: str, detail: str) -> InstrumentError:
    """BLE-03: a read, a write or a subscription failed or took too long."""
    line = f"La liaison avec {the(kind)} s’est interrompue. Nouvel essai dans un instant."
    return InstrumentError(3, line, detail, retry=True)


def flooding(kind: str) -> InstrumentError:
    """BLE-04: more frames than any such instrument sends."""
    line = f"{sentence(the(kind))} envoie trop de messages : liaison coupée. Prévenez le technicien."
    return InstrumentError(4, line, "rate cap", retry=True)


def babbling(kind: str) -> InstrumentError:
    """BLE-05: nothing readable for many frames."""
    line = f"{sentence(the(kind))} envoie des messages illisibles : liaison coupée. Prévenez le technicien."
    return InstrumentError(5, line, "unreadable frames in a row", retry=True)


def impostor(kind: str) -> InstrumentError:
    """BLE-06: the enrolled address, another serial number."""
    line = f"Ce n’est pas {the(kind)} enregistré sur ce chariot : il est refusé. Prévenez le technicien."
    return InstrumentError(6, line, "the serial number is not the enrolled one")


def deaf(detail: str) -> InstrumentError:
    """BLE-07: the adapter does not scan."""
    line = "Le Bluetooth du chariot ne répond pas, il redémarre tout seul. Saisissez les mesures à la main."
    return InstrumentError(7, line, detail, retry=True)


DECEIVED = frozenset({"BLE-02", "BLE-03", "BLE-06"})
"""Codes that a wrong memory of an instrument's services leads to."""
VANISHED = "BLE-08"
"""The technician's code of ``vanished``."""


def unbonded(kind: str, detail: str) -> InstrumentError:
    """BLE-09: it or the cart has forgotten the bond."""
    line = f"{sentence(the(kind))} et le chariot ne se reconnaissent plus. Prévenez le technicien."
    return InstrumentError(9, line, detail, retry=True)


def silent(kind: str) -> InstrumentError:
    """BLE-10: it was streaming, its link stands, and nothing comes any more."""
    line = f"{sentence(the(kind))} n’envoie plus rien. Éteignez-le et rallumez-le."
    return InstrumentError(10, line, "a stream stopped while its link stands", retry=True)


def unseen(kind: str) -> InstrumentError:
    """BLE-11: a technician waits for it and it does not show itself."""
    line = f"{sentence(the(kind))} ne se montre pas. Allumez-le près du chariot et recommencez."
    return InstrumentError(11, line, "no advertisement in time", retry=True)


def unpaired(kind: str, detail: str) -> InstrumentError:
    """BLE-12: the pairing failed, or left no bond."""
    line = f"L’appairage avec {the(kind)} a échoué. Remettez-le en mode d’appairage et recommencez."
    return InstrumentError(12, line, detail, retry=True)


def unknown(instrument: str) -> InstrumentError:
    """BLE-13: no such instrument is enrolled on this bus."""
    return InstrumentError(13, "Cet instrument n’est pas enregistré sur ce chariot.", f"no instrument {instrument!r}")


def vanished(kind: str) -> str:
    """It was measuring and is gone."""
    return f"{sentence(the(kind))} ne répond plus : remplacez la pile s’il est éteint, sinon rapprochez-le du chariot."


def battery_line(battery: int | None) -> str:
    """What a battery's level asks for, or ""."""
    return "" if battery is None or battery > LOW_BATTERY else "Pile à changer."
