# SPDX-License-Identifier: Apache-2.0
"""Rows of a TOML file, each a table whose name is the row's id.

Errors name file, line, row, field and reason, and say what is allowed.
"""

import difflib
import json
import os
import re
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from device.errors import ConfigurationError
from device.registry.places import line_of

Row = TypeVar("Row", bound=msgspec.Struct)

LINE = "Un fichier de configuration du chariot est incorrect. Prévenez le technicien."
_PLACE = re.compile(r"^(?P<reason>.*?)(?: - at `(?P<path>\$[^`]*)`)?$", re.DOTALL)
_NAMED = re.compile(r"`(?P<field>[^`]+)`")
_SYNTAX = re.compile(r"^(?P<reason>.*) \(at line (?P<line>\d+), column (?P<column>\d+)\)$", re.DOTALL)
_VALUE = re.compile(r"Invalid enum value '(?P<value>[^']*)'")


def read_rows(path: Path, kind: type[Row]) -> tuple[Row, ...]:
    """The rows of ``path`` in its order. Raises ConfigurationError CFG-01 (the file) or CFG-02 (a row)."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(1, LINE, f"{path}: {_syntax(str(error))}") from error
    except (OSError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigurationError(1, LINE, f"{path}: {error}") from error
    return tuple(_row(path, name, table, kind) for name, table in tables.items())


def _row(path: Path, name: str, table: object, kind: type[Row]) -> Row:
    if not isinstance(table, dict):
        raise row_error(path, name, "", f"a row is a table [{name}], not a lone value")
    if "id" in table:
        raise row_error(path, name, "id", "the table's name is the id")
    try:
        return msgspec.convert({**table, "id": name}, kind)
    except msgspec.ValidationError as error:
        field, reason = _explain(str(error))
        raise row_error(path, name, field, _allowed(kind, field, reason)) from error


def _syntax(text: str) -> str:
    """The sentence of tomllib with its line first."""
    match = _SYNTAX.match(text)
    return f"line {match['line']}: {match['reason']} (column {match['column']})" if match else text


def _explain(text: str) -> tuple[str, str]:
    """Field and reason out of msgspec's or our own sentence."""
    match = _PLACE.match(text)
    reason, place = (match["reason"], match["path"] or "") if match else (text, "")
    field = place.removeprefix("$").removeprefix(".")
    if not field and (named := _NAMED.search(reason)):
        field = named["field"]
    if not field and ": " in reason:
        field, reason = reason.split(": ", 1)
    return field, reason


def _allowed(kind: type[Row], field: str, reason: str) -> str:
    """The reason, and what would be right: the values of an enumeration, or the fields of a row."""
    fields = {one.name: one for one in msgspec.structs.fields(kind)}
    if "unknown field" in reason:
        return (
            f"unknown field{near(field, list(fields))}; a row has: {', '.join(name for name in fields if name != 'id')}"
        )
    if "missing required field" in reason:
        return "is missing: every row has it"
    name, wrong = field.partition("[")[0], _VALUE.search(reason)
    if wrong and name in fields:
        values = _values(msgspec.inspect.type_info(fields[name].type))
        return f"{wrong['value']!r} is not allowed{near(wrong['value'], values)}; allowed: {', '.join(values)}"
    return reason


def _values(kind: msgspec.inspect.Type) -> list[str]:
    """The values of an enumeration, wherever it stands in a field's type."""
    match kind:
        case msgspec.inspect.EnumType(cls=cls):
            return [str(member.value) for member in cls]
        case msgspec.inspect.UnionType(types=types):
            return [value for one in types for value in _values(one)]
        case msgspec.inspect.VarTupleType(item_type=item):
            return _values(item)
    return []


def near(word: str, known: Sequence[str]) -> str:
    """A question in brackets where one of ``known`` is close to ``word``, else an empty text."""
    found = difflib.get_close_matches(word, known, 1)
    return f" (did you mean {found[0]!r}?)" if found else ""


def row_error(path: Path, row: str, field: str, reason: str) -> ConfigurationError:
    """CFG-02: what is wrong and where. The line is that of the field, else of its table."""
    try:
        line = line_of(path.read_text(encoding="utf-8"), row, field)
    except (OSError, UnicodeDecodeError):
        line = None
    place = f"{path}: line {line}: row {row}" if line is not None else f"{path}: row {row}"
    return ConfigurationError(2, LINE, f"{place}: {field}: {reason}" if field else f"{place}: {reason}")


def write_rows(path: Path, header: str, rows: Iterable[msgspec.Struct]) -> None:
    """Replace ``path`` by ``rows``, durably and at once: a power cut leaves the old file or the new one.

    Fields are text or truth values. Raises ConfigurationError CFG-03.
    """
    text = "".join(f"# {line}\n" for line in header.splitlines()) + "".join(_table(row) for row in rows)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise ConfigurationError(3, LINE, f"{path}: not written: {error}") from error


def _table(row: msgspec.Struct) -> str:
    fields: dict[str, object] = msgspec.to_builtins(row)
    name = fields.pop("id")
    lines = [f"{field} = {json.dumps(value, ensure_ascii=False)}" for field, value in fields.items()]
    return "\n".join(["", f"[{name}]", *lines, ""])
