# SPDX-License-Identifier: Apache-2.0
"""The list as the cart keeps it (``device.station.residents`` reads it), and what kind of file one is given."""

import csv
import io
from collections.abc import Sequence
from datetime import date

from device.people import Patient, Sex
from sync.residents import patients, table
from sync.residents.incoming import Read
from sync.residents.values import LONGEST

HEADER = tuple(table.COLUMNS)
_SEXES = {Sex.FEMALE: "F", Sex.MALE: "M", Sex.UNKNOWN: ""}
_MARK = b"\xef\xbb\xbf"


def read(data: bytes, today: date) -> Read:
    """The rows of a CSV, or of FHIR where the first sign is that of JSON."""
    first = data[: LONGEST * 100].removeprefix(_MARK).lstrip()[:1]
    return (patients.read if first in (b"{", b"[") else table.read)(data, today)


def listing(everyone: Sequence[Patient]) -> bytes:
    """The list as a CSV, UTF-8, ``;`` between cells."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerow(HEADER)
    for one in everyone:
        writer.writerow(_cells(one))
    return out.getvalue().encode()


def _cells(one: Patient) -> tuple[str, ...]:
    told = {
        "id": one.id,
        "nom": one.family,
        "prenom": one.given,
        "prenoms": one.given_names,
        "naissance": f"{one.born:%d/%m/%Y}",
        "sexe": _SEXES[one.sex],
        "lieu": one.birthplace,
        "chambre": one.room,
        "statut": one.status.value,
        "poids": "" if one.weight is None else f"{one.weight:f}".replace(".", ","),
        "matricule": one.matricule,
        "oid": one.authority,
    }
    return tuple(told[column] for column in HEADER)
