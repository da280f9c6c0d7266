# SPDX-License-Identifier: Apache-2.0
"""The documents say what is there: faults and their tests, links, codes, example files, and the screens’ own words."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cart.config import Configuration
from device import errors
from device.encounter.refusals import Why
from device.errors import ChevetError, FrameError
from device.journal import storage
from device.registry import Registry
from device.station.access import Operators
from device.video.rows import load_rows
from doctor.config import load as load_rendezvous
from sync.settings import Settings

ROOT = Path(__file__).parents[1]
SOURCES = ("call", "cart", "device", "doctor", "drivers", "sync", "ui", "virtual")
FAULTS = ROOT / "docs/faults.md"
TECHNICIAN = ROOT / "docs/fr/technicien.md"
NURSE = ROOT / "docs/fr/infirmiere.md"

Place = tuple[str, str]


def read(path: Path) -> str:
    """A document's text, its no-break spaces as plain ones."""
    return path.read_text("utf-8").replace("\u00a0", " ").replace("\u202f", " ")


# Faults.


def bearing() -> set[Place]:
    """Each fault's id and the file of a test that bears it."""
    files = [path for path in (ROOT / "tests").rglob("test_*.py") if path != Path(__file__)]
    return {
        (number, path.relative_to(ROOT).as_posix())
        for path in files
        for number in re.findall(r"^\s*(?:async )?def test_(f\d\d)_", path.read_text("utf-8"), re.MULTILINE)
    }


def rows() -> list[tuple[str, str]]:
    """Each row of the faults' table: its id and its last cell."""
    return re.findall(r"^\| (f\d\d) \|.*\| ([^|]*) \|$", read(FAULTS), re.MULTILINE)


def test_the_faults_page_names_each_fault_that_has_a_test_and_where_it_is():
    told = {
        (number, f"tests/{name}") for number, cell in rows() for name in re.findall(r"\]\(\.\./tests/(.*?)\)", cell)
    }
    assert told == bearing()


def test_a_fault_stands_once_in_order_and_is_either_tested_or_still_without_a_test():
    numbers = [number for number, _ in rows()]
    assert numbers == sorted(set(numbers))
    still = re.findall(r"f\d\d", read(FAULTS).rpartition("still without a test")[2])
    assert sorted([*numbers, *still]) == [f"f{number:02}" for number in range(1, 59)]


# Links.


def documents() -> list[Path]:
    """Every tracked Markdown file."""
    listed = subprocess.run(["git", "ls-files", "-z", "*.md"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        return [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def broken(path: Path) -> Iterator[str]:
    """The relative links of a document that point to nothing."""
    text = re.sub(r"```.*?```|`[^`\n]*`", "", path.read_text("utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)[^)]*\)", text):
        place = target.partition("#")[0]
        if place and not re.match(r"[a-z]+:", place) and not (path.parent / place).exists():
            yield f"{path.relative_to(ROOT)}: {target}"


def test_every_relative_link_points_to_something():
    assert [fault for path in documents() if path.exists() for fault in broken(path)] == []


# Codes.

CLASSES: dict[str, str] = {
    name: kind.prefix
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, ChevetError) and kind is not FrameError
}
LITERAL = re.compile(r"((?:CHV|FRM|BLE|CAM|AUD|JRN|CMD|MSG|CFG|CAL|REC|STA)-(?:\d\d|[A-Z]{3,}))\b")
ELSEWHERE = {
    "device/documents/custody.py",
    "device/encounter/refusals.py",
    "device/journal/storage.py",
    "device/station/client.py",
}
"""Where a number is no constant: two tables, which are read below, and a code that is only passed on."""


def numbers(tree: ast.Module) -> dict[str, int]:
    """The module's own names for numbers."""
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, int)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def codes_in(path: Path) -> Iterator[str]:
    """The codes that a module can give or log; a number that cannot be read is given as "?"."""
    tree = ast.parse(path.read_text("utf-8"))
    known = numbers(tree)
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CLASSES and node.args:
            first = node.args[0]
            value = known.get(first.id) if isinstance(first, ast.Name) else getattr(first, "value", None)
            yield f"{CLASSES[node.func.id]}-{value:02d}" if isinstance(value, int) else "?"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            found = LITERAL.match(node.value)
            if found:
                yield found[1]


def codes() -> set[str]:
    """Every code that the sources can give."""
    found = {FrameError("").code, *(f"CMD-{why.value[0]:02d}" for why in Why)}
    found |= {f"JRN-{number:02d}" for number, _, _ in storage._KINDS.values()}
    for folder in SOURCES:
        for path in (ROOT / folder).rglob("*.py"):
            # doctor/ has a tree of errors of its own, without numbers
            given = set(codes_in(path)) if folder != "doctor" else set()
            name = path.relative_to(ROOT).as_posix()
            assert ("?" in given) <= (name in ELSEWHERE), f"{name}: an error's number that this test cannot read"
            found |= given - {"?"}
    return found


def test_the_technicians_table_has_each_code_of_the_sources_once_and_no_other():
    told = re.findall(r"^\| ([A-Z]{3}-\w+) \|", read(TECHNICIAN), re.MULTILINE)
    assert len(told) == len(set(told))
    assert set(told) == codes()


# Example files.

LOADERS: dict[str, Callable[[Path], object]] = {
    "cart.toml": lambda path: Configuration.load(path.parent),
    "operators.toml": Operators.load,
    "cameras.toml": load_rows,
    "instruments.toml": lambda path: Registry.load(ROOT / "config/models.toml", path),
    "records.toml": Settings.load,
    "doctor.toml": load_rendezvous,
}


def examples() -> dict[str, str]:
    """The technician's example files, by the name in their first line."""
    return dict(re.findall(r"```toml\n# (\S+)\n(.*?)```", read(TECHNICIAN), re.DOTALL))


def test_there_is_an_example_of_each_file():
    assert set(examples()) == set(LOADERS)


@pytest.mark.parametrize("name", LOADERS)
def test_an_example_file_is_read_by_the_program_it_is_for(name: str, tmp_path: Path):
    (tmp_path / name).write_text(examples()[name], "utf-8")
    (tmp_path / "rendezvous.key").write_text("0123456789abcdef" * 6, "ascii")
    assert tomllib.loads(examples()[name])
    LOADERS[name](tmp_path / name)


# The screens' words.


def pattern(node: ast.expr) -> str:
    """A string of the sources as a regular expression, what is filled in as anything."""
    if isinstance(node, ast.JoinedStr):
        return "".join(pattern(part) for part in node.values)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value.strip())
    return ".+"


def words() -> list[re.Pattern[str]]:
    """What the screens can say: strings of the view models, the cart's lines, and the literals of QML."""
    found = {
        re.escape(text.strip())
        for path in (ROOT / "ui/qml").rglob("*.qml")
        for text in re.findall(r'"([^"]*)"', read(path))
    }
    for folder in ("ui", "device"):
        for path in (ROOT / folder).rglob("*.py"):
            strings = (
                node for node in ast.walk(ast.parse(read(path))) if isinstance(node, ast.JoinedStr | ast.Constant)
            )
            found |= {pattern(node) for node in strings}
    whole = [text for text in found if len(re.sub(r"\W|\.\+", "", text)) > 2]
    return [re.compile(text, re.IGNORECASE) for text in whole]


def test_the_words_in_bold_on_the_nurses_page_are_those_of_the_screens():
    bold = {text.replace("\n", " ") for text in re.findall(r"\*\*(.+?)\*\*", read(NURSE), re.DOTALL)} - {"—"}
    said = words()
    unknown = {text for text in bold if not any(one.fullmatch(form) for one in said for form in forms(text))}
    assert unknown == set()


def forms(text: str) -> set[str]:
    """A phrase without what a sentence or a count adds to it."""
    bare = re.sub(r"^\d+ ", "", text)
    return {form for one in (text, bare) for form in (one, one.rstrip("…"), one.rstrip(" :."))}
