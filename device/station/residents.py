# SPDX-License-Identifier: Apache-2.0
"""The residents' list: a CSV of the establishment, one line a person, read without trusting it.

Columns (by their header, any order): ``id``, ``nom``, ``prenom``, ``naissance`` (JJ/MM/AAAA or ISO 8601) must be there;
``sexe`` (F or M), ``prenoms``, ``lieu``, ``chambre``, ``statut``, ``poids`` (kg, the last one known), ``matricule`` and
``oid`` (the INS and its authority) are not. Separator ``;`` or ``,``; UTF-8. ``chevet import`` writes it.
"""

import csv
import re
from collections.abc import Container, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from device.errors import ConfigurationError
from device.ins import AUTHORITIES, is_matricule
from device.people import IdentityStatus, Patient, Sex

MAX_BYTES = 2 << 20
REQUIRED = ("id", "nom", "prenom", "naissance")
_SEXES = {"F": Sex.FEMALE, "M": Sex.MALE, "": Sex.UNKNOWN}
_LINE = "La liste des résidents est incomplète. Saisissez l’identité, et prévenez le technicien."


class Residents(NamedTuple):
    """The readable lines, in alphabetical order, and what is wrong with the others: where and what, never whose nor
    which value, for it goes to the log."""

    patients: tuple[Patient, ...]
    faults: tuple[ConfigurationError, ...]


def load(path: Path) -> Residents:
    """Read the list. A bad line is left out and told; a bad file gives an empty list and one fault."""
    try:
        if path.stat().st_size > MAX_BYTES:
            return Residents((), (_fault(path, f"larger than {MAX_BYTES} bytes"),))
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        return Residents((), (_fault(path, str(error)),))
    lines = text.splitlines()
    separator = ";" if lines and ";" in lines[0] else ","
    rows = csv.DictReader(lines, delimiter=separator, strict=True)
    missing = [name for name in REQUIRED if name not in (rows.fieldnames or ())]
    if missing:
        return Residents((), (_fault(path, f"line 1: no column {', '.join(missing)}"),))
    return _read(path, rows)


def _read(path: Path, rows: "csv.DictReader[str]") -> Residents:
    patients: dict[str, Patient] = {}
    faults: list[ConfigurationError] = []
    while True:
        try:
            row = next(rows, None)
            if row is None:
                break
            patient = _patient(row, patients)
            patients[patient.id] = patient
        except (ValueError, csv.Error) as error:
            faults.append(_fault(path, f"line {rows.line_num}: {error}"))
    return Residents(tuple(sorted(patients.values(), key=lambda one: (one.family, one.given))), tuple(faults))


def _patient(row: Mapping[str | None, str | list[str] | None], known: Container[str]) -> Patient:
    if None in row:
        raise ValueError("more fields than columns")
    cells = {str(name): str(value or "").strip() for name, value in row.items()}
    for name in REQUIRED:
        if not cells[name]:
            raise ValueError(f"column {name}: empty")
    if cells["id"] in known:
        raise ValueError("column id: stands twice")
    sex = cells.get("sexe", "").upper()
    if sex not in _SEXES:
        raise ValueError("column sexe: neither F nor M")
    status = cells.get("statut") or IdentityStatus.PROVISIONAL
    if status not in set(IdentityStatus):
        raise ValueError(f"column statut: not one of {', '.join(IdentityStatus)}")
    matricule, authority = _ins(cells.get("matricule", ""), cells.get("oid", ""))
    return Patient(
        id=cells["id"],
        family=cells["nom"].upper(),
        given=cells["prenom"],
        born=_born(cells["naissance"]),
        sex=_SEXES[sex],
        given_names=cells.get("prenoms", ""),
        birthplace=cells.get("lieu", ""),
        room=cells.get("chambre", ""),
        status=IdentityStatus(status),
        weight=_weight(cells.get("poids", "")),
        matricule=matricule,
        authority=authority,
    )


def _ins(matricule: str, authority: str) -> tuple[str, str]:
    """An INS goes with its authority, or is none."""
    if bool(matricule) != bool(authority):
        raise ValueError("columns matricule and oid go together")
    if matricule and not (matricule.isascii() and is_matricule(matricule)):
        raise ValueError("column matricule: no matricule, or its key is wrong")
    if authority and authority not in AUTHORITIES:
        raise ValueError("column oid: no authority of matricules")
    return matricule, authority


def _weight(text: str) -> Decimal | None:
    if not text:
        return None
    if not re.fullmatch(r"\d{1,3}([.,]\d{1,3})?", text):
        raise ValueError("column poids: not a weight in kg")
    return Decimal(text.replace(",", "."))


def _born(text: str) -> date:
    french = re.fullmatch(r"(\d{2})/(\d{2})/(\d{4})", text)
    try:
        born = date(int(french[3]), int(french[2]), int(french[1])) if french else date.fromisoformat(text)
    except ValueError as error:
        raise ValueError("column naissance: not a date (JJ/MM/AAAA)") from error
    if not date(1890, 1, 1) <= born <= date.today():  # noqa: DTZ011 - a birth date has no zone
        raise ValueError("column naissance: not a plausible birth date")
    return born


def _fault(path: Path, detail: str) -> ConfigurationError:
    return ConfigurationError(2, _LINE, f"{path.name}: {detail}")
