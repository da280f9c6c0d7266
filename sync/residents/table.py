# SPDX-License-Identifier: Apache-2.0
"""The CSV of an establishment, as a French spreadsheet saves it: UTF-8 (with a mark or without), ``;`` or ``,`` or tabs
between cells, a first line of headings in any order. Any bytes end in rows and faults."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TypeVar

from device.ins import bare
from sync.residents import values
from sync.residents.incoming import Fault, Incoming, Read, Wrong

Value = TypeVar("Value")
COLUMNS = {
    "id": ("id", "ipp", "identifiant", "numero", "numero resident"),
    "nom": ("nom", "nom de naissance"),
    "prenom": ("prenom", "premier prenom", "premier prenom de naissance"),
    "prenoms": ("prenoms", "prenoms de naissance"),
    "naissance": ("naissance", "date de naissance", "ne le"),
    "sexe": ("sexe",),
    "lieu": ("lieu", "lieu de naissance", "code insee", "commune de naissance"),
    "chambre": ("chambre",),
    "statut": ("statut", "statut identite", "statut de l identite"),
    "poids": ("poids",),
    "matricule": ("matricule", "ins", "matricule ins", "nir"),
    "oid": ("oid", "oid ins"),
}
"""The columns, and the headings that name each; case, accents and signs do not count."""
REQUIRED = ("nom", "prenom", "naissance")
_NAMED = {bare(word): column for column, words in COLUMNS.items() for word in words}
_SEPARATORS = (";", ",", "\t")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_EXCEL = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_AGAIN = "Enregistrez-le au format « CSV UTF-8 »."
_FILE = "Le fichier"
_WIDEST = 200
_COLUMN_SHIFT = "Vérifiez les guillemets et les séparateurs de cette ligne."


def read(data: bytes, today: date) -> Read:
    """The rows of a CSV, and everything that is wrong with it."""
    try:
        text = _text(data)
    except Wrong as error:
        return Read((), (Fault(_FILE, "", error.what, error.do),))
    lines = list(io.StringIO(text, newline=""))
    if not lines or not lines[0].strip():
        return Read((), (Fault("ligne 1", "", "les titres des colonnes manquent", _headings()),))
    separator = max(_SEPARATORS, key=lines[0].count)
    return _rows(lines, separator, today)


def _text(data: bytes) -> str:
    """The file's text. Raises Wrong."""
    if data.startswith(_EXCEL):
        raise Wrong("c’est un classeur Excel, pas un CSV", f"Dans Excel : Enregistrer sous. {_AGAIN}")
    if data.startswith(_UTF16) or b"\0" in data:
        raise Wrong("il n’est pas en UTF-8 (UTF-16 ou données binaires)", _AGAIN)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        raise Wrong(f"il n’est pas en UTF-8, sans doute en Windows-1252 (ligne {number})", _AGAIN) from error


def _rows(lines: Sequence[str], separator: str, today: date) -> Read:
    reader = csv.reader(lines, delimiter=separator, strict=True)
    rows: list[Incoming] = []
    faults: list[Fault] = []
    notes: list[str] = []
    columns: Sequence[str] = ()
    while True:
        place = f"ligne {reader.line_num + 1}"
        try:
            cells = next(reader, None)
        except csv.Error as error:
            faults.append(Fault(place, "", f"la ligne est illisible ({_french(error)})", _COLUMN_SHIFT))
            continue
        if cells is None:
            break
        if not columns:
            columns, wrong = _columns(cells)
            if wrong:
                return Read((), tuple(wrong))
            notes += [
                f"Colonne ignorée : {values.shown(cell)}."
                for cell, column in zip(cells, columns, strict=True)
                if cell.strip() and not column
            ]
        elif any(cell.strip() for cell in cells):
            row, wrong = _row(place, columns, cells, today)
            faults += wrong
            rows += [row] if row else []
    if not rows and not faults:
        faults.append(Fault(_FILE, "", "il ne contient aucun résident", "Vérifiez que c’est le bon fichier."))
    return Read(tuple(rows), tuple(faults), tuple(notes))


def _columns(cells: Sequence[str]) -> tuple[list[str], list[Fault]]:
    """The column of each heading ("" for one that is not known), and what is wrong with the headings."""
    found = [_NAMED.get(bare(cell), "") for cell in cells[:_WIDEST]] + [""] * max(0, len(cells) - _WIDEST)
    wrong = [
        Fault("ligne 1", f"colonne {column}", "cette colonne manque", _headings())
        for column in REQUIRED
        if column not in found
    ]
    wrong += [
        Fault("ligne 1", f"colonne {column}", "cette colonne est là deux fois", "Retirez-en une.")
        for column in COLUMNS
        if found.count(column) > 1
    ]
    return found, wrong


def _row(place: str, columns: Sequence[str], cells: Sequence[str], today: date) -> tuple[Incoming | None, list[Fault]]:
    if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
        what = f"{len(cells)} cases pour {len(columns)} colonnes"
        return None, [Fault(place, "", what, _COLUMN_SHIFT)]
    taken = _Cells(place, dict(zip(columns, cells, strict=False)))
    row = Incoming(
        place=place,
        family=taken("nom", values.name, "").upper(),
        given=taken("prenom", values.name, ""),
        born=taken("naissance", lambda text: values.born(text, today), today),
        id=taken("id", values.words, ""),
        sex=taken("sexe", values.sex, None),
        given_names=taken("prenoms", values.words, ""),
        birthplace=taken("lieu", values.words, ""),
        room=taken("chambre", values.words, ""),
        status=taken("statut", values.status, None),
        weight=taken("poids", values.weight, None),
        matricule=taken("matricule", values.matricule, ""),
        authority=taken("oid", values.authority, ""),
    )
    if row.matricule and not row.authority and not taken.faults:
        what = "l’OID du matricule manque"
        taken.faults.append(Fault(place, "colonne oid", what, "1.2.250.1.213.1.4.8 pour un NIR, …4.9 pour un NIA."))
    return (None if taken.faults else row), taken.faults


class _Cells:
    """The cells of one row by their column; what cannot be taken becomes a fault."""

    def __init__(self, place: str, cells: Mapping[str, str]) -> None:
        self._place, self._cells = place, cells
        self.faults: list[Fault] = []

    def __call__(self, column: str, check: Callable[[str], Value], instead: Value) -> Value:
        try:
            return check(self._cells.get(column, ""))
        except Wrong as error:
            self.faults.append(Fault(self._place, f"colonne {column}", error.what, error.do))
            return instead


def _headings() -> str:
    return f"La première ligne porte les titres : {', '.join(COLUMNS)} (nom, prenom et naissance sont obligatoires)."


def _french(error: csv.Error) -> str:
    """What the csv module says, in French; it says few things."""
    said = str(error)
    if "end of data" in said:
        return "un guillemet n’est jamais fermé"
    if "field larger" in said:
        return "une case est démesurée"
    return "un guillemet est mal placé"
