# SPDX-License-Identifier: Apache-2.0
"""Single values of a list, each taken or refused by itself. Raises Wrong."""

import re
import unicodedata
from datetime import date
from decimal import Decimal

from device.ins import AUTHORITIES, bare, is_matricule
from device.people import IdentityStatus, Sex
from sync.residents.incoming import Wrong

LONGEST = 100
"""Letters of a name, a place or an identifier (RNIV traits: 100)."""
EARLIEST = date(1890, 1, 1)
_SEXES = {
    "F": Sex.FEMALE,
    "FEMININ": Sex.FEMALE,
    "FEMME": Sex.FEMALE,
    "H": Sex.MALE,
    "M": Sex.MALE,
    "MASCULIN": Sex.MALE,
    "HOMME": Sex.MALE,
    "I": Sex.UNKNOWN,
    "INDETERMINE": Sex.UNKNOWN,
}
_STATUSES = {form: one for one in IdentityStatus for form in (bare(one.value), bare(one.value).replace("EE", "E"))}
_FRENCH = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?: 0?0:00(?::00)?)?")
"""A spreadsheet adds midnight to a date of its own."""
_ROUNDED = re.compile(r"\d+[.,]\d+E\+?\d+")
"""What a spreadsheet makes of a long number."""
_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_WEIGHT = re.compile(r"\d{1,3}(?:[.,]\d{1,3})?")
_DATE = "Écrivez JJ/MM/AAAA, par exemple 04/07/1931."
_SHOWN = 40


def shown(text: str) -> str:
    """A value as a line of a terminal shows it."""
    clean = "".join(letter if letter.isprintable() else "·" for letter in text)
    return f"« {clean if len(clean) <= _SHOWN else clean[: _SHOWN - 1] + '…'} »"


def words(text: str) -> str:
    """Any text, its white space made plain."""
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    if not plain.isprintable():
        raise Wrong(f"{shown(plain)} contient un caractère invisible", "Retapez cette case.")
    if len(plain) > LONGEST:
        raise Wrong(f"{shown(plain)} est trop long", f"{LONGEST} caractères au plus : vérifiez les séparateurs.")
    return plain


def name(text: str) -> str:
    """A name: at least a letter, no figure."""
    plain = words(text)
    if not any(letter.isalpha() for letter in plain):
        raise Wrong("le nom ou le prénom manque", "Complétez cette case.")
    if any(letter.isdigit() for letter in plain):
        raise Wrong(f"{shown(plain)} contient un chiffre", "Vérifiez que les colonnes ne sont pas décalées.")
    return plain


def born(text: str, today: date) -> date:
    """A whole date, JJ/MM/AAAA or ISO 8601."""
    plain = words(text)
    french, iso = _FRENCH.fullmatch(plain), _ISO.fullmatch(plain)
    if not plain.isascii() or not (french or iso):
        raise Wrong(f"{shown(plain)} n’est pas une date" if plain else "la date de naissance manque", _DATE)
    year, month, day = (french[3], french[2], french[1]) if french else plain.split("-")
    try:
        found = date(int(year), int(month), int(day))
    except ValueError as error:
        raise Wrong(f"{shown(plain)} n’existe pas dans le calendrier", _DATE) from error
    if not EARLIEST <= found <= today:
        raise Wrong(f"{shown(plain)} n’est pas une date de naissance possible", _DATE)
    return found


def sex(text: str) -> Sex | None:
    """F, H or M; "" is not told."""
    plain = bare(words(text))
    if plain and plain not in _SEXES:
        raise Wrong(f"{shown(text)} n’est pas un sexe", "Écrivez F ou H.")
    return _SEXES[plain] if plain else None


def status(text: str) -> IdentityStatus | None:
    """A status of the identity; "" is not told."""
    plain = bare(words(text))
    if plain and plain not in _STATUSES:
        known = ", ".join(one.value for one in IdentityStatus)
        raise Wrong(f"{shown(text)} n’est pas un statut d’identité", f"Écrivez l’un de : {known}.")
    return _STATUSES[plain] if plain else None


def weight(text: str) -> Decimal | None:
    """Kilograms; "" is not told."""
    plain = words(text)
    if plain and not (plain.isascii() and _WEIGHT.fullmatch(plain)):
        raise Wrong(f"{shown(plain)} n’est pas un poids en kg", "Écrivez par exemple 62,5.")
    return Decimal(plain.replace(",", ".")) if plain else None


def matricule(text: str) -> str:
    """An INS with its key (NIR modulo 97); spaces within are nothing."""
    plain = "".join(words(text).upper().split())
    if _ROUNDED.fullmatch(plain):
        do = "Mettez la colonne au format « Texte » et recopiez les matricules : leurs chiffres sont perdus."
        raise Wrong(f"{shown(plain)} est un matricule arrondi par le tableur", do)
    if plain and not (plain.isascii() and is_matricule(plain)):
        raise Wrong(
            f"{shown(plain)} n’est pas un matricule INS, ou sa clef est fausse",
            "15 caractères, clef comprise (2A et 2B pour la Corse) : recopiez-le, ou laissez la case vide.",
        )
    return plain


def authority(text: str) -> str:
    """The OID of an INS; "" is not told."""
    plain = words(text).removeprefix("urn:oid:")
    if plain and plain not in AUTHORITIES:
        raise Wrong(f"{shown(plain)} n’est pas l’OID d’un INS", "1.2.250.1.213.1.4.8 pour un NIR, …4.9 pour un NIA.")
    return plain
