# SPDX-License-Identifier: Apache-2.0
"""Everything that can be wrong between the cart and a records server: a code for the technician, a French line for the
operator. What no line can tell (the server's own words) is kept in the ledger."""

from enum import Enum


class Trouble(Enum):
    """One row: code and line. What a row means to the technician stands in ``docs/fr/technicien.md``."""

    code: str
    line: str

    def __init__(self, code: str, line: str) -> None:
        self.code, self.line = code, line

    UNREACHABLE = "REC-01", "Le serveur du dossier est injoignable : l’envoi reprendra tout seul."
    TIMEOUT = "REC-02", "Le serveur du dossier ne répond pas : l’envoi reprendra tout seul."
    CERTIFICATE = (
        "REC-03",
        "Le certificat du serveur du dossier est refusé : rien n’est envoyé. Prévenez la maintenance.",
    )
    CLOCK = (
        "REC-04",
        "Certificat du serveur du dossier non valable à cette date : horloge du chariot ou certificat à vérifier.",
    )
    PORTAL = "REC-05", "Le réseau répond à la place du serveur du dossier (portail d’accès Wi-Fi ?)."
    AUTHORIZATION = (
        "REC-06",
        "Le serveur du dossier refuse l’autorisation du chariot : rien n’est perdu. Prévenez la maintenance.",
    )
    AUTHORITY = "REC-07", "Le serveur qui autorise le chariot ne répond pas : l’envoi reprendra tout seul."
    CONFIGURATION = (
        "REC-08",
        "Le serveur du dossier ne connaît pas cette adresse : réglage à revoir. Prévenez la maintenance.",
    )
    BUSY = "REC-09", "Le serveur du dossier est saturé : l’envoi reprendra tout seul."
    BROKEN = "REC-10", "Le serveur du dossier est en panne : l’envoi reprendra tout seul."
    REFUSED = "REC-11", "Le serveur du dossier refuse une donnée : rien n’est perdu. Prévenez la maintenance."
    CONFLICT = (
        "REC-12",
        "Le serveur du dossier garde autre chose à la place d’une donnée : rien n’est perdu. Prévenez la maintenance.",
    )
    TOO_LARGE = (
        "REC-13",
        "Une image est trop lourde pour le serveur du dossier : elle reste sur le chariot. Prévenez la maintenance.",
    )
    DOUBLED = (
        "REC-14",
        "Le serveur du dossier a une donnée en double : rien n’est perdu. Prévenez la maintenance.",
    )
    FILE = "REC-15", "Une image ne peut pas être lue sur le chariot. Prévenez la maintenance."
    NO_VERSION = (
        "REC-16",
        "Le serveur du dossier refuse une correction : rien n’est perdu. Prévenez la maintenance.",
    )
    MUDDLED = "REC-17", "Le serveur du dossier répond de travers : l’envoi reprendra tout seul."
    ENCRYPTION = (
        "REC-19",
        "La liaison chiffrée avec le serveur du dossier ne s’établit pas : rien n’est envoyé. Prévenez la maintenance.",
    )
    PICTURE = (
        "REC-18",
        "Le serveur ne prend pas cette sorte d’image : elle reste sur le chariot. Prévenez la maintenance.",
    )
