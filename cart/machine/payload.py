# SPDX-License-Identifier: Apache-2.0
"""What a run sends to the guest: the present code, its configuration and the scenarios, in one tar."""

import io
import py_compile
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from cart.machine.errors import MachineError

PARTS = ("call", "cart", "config", "device", "drivers", "sync", "virtual", "tests/machine")
TAG = sys.implementation.cache_tag
SECRETS = frozenset({".key", ".pem"})


def payload(root: Path) -> bytes:
    """The tar. Python files come compiled too: the guest would need a minute for what takes us a second."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive, tempfile.TemporaryDirectory() as scratch:
        for path in _files(root):
            name = path.relative_to(root)
            archive.add(path, str(name), recursive=False)
            if path.suffix == ".py":
                compiled = _compiled(path, Path(scratch) / "compiled")
                archive.add(compiled, f"{name.parent}/__pycache__/{path.stem}.{TAG}.pyc")
        for title, text in _metadata().items():
            entry = tarfile.TarInfo(title)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text))
    return buffer.getvalue()


def _files(root: Path) -> Iterator[Path]:
    for part in PARTS:
        for path in sorted((root / part).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and path.suffix not in SECRETS:
                yield path


def _compiled(path: Path, into: Path) -> Path:
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    try:
        py_compile.compile(str(path), str(into), doraise=True, invalidation_mode=mode)
    except py_compile.PyCompileError as error:
        raise MachineError(str(error)) from error
    return into


def _metadata() -> dict[str, bytes]:
    """The product's own entry points, by which its drivers are found."""
    try:
        own = distribution("chevet")
    except PackageNotFoundError as error:
        raise MachineError("chevet is not installed in this environment; ./chevet does that") from error
    texts = {name: own.read_text(name) or "" for name in ("METADATA", "entry_points.txt")}
    return {f"chevet-{own.version}.dist-info/{name}": text.encode() for name, text in texts.items()}
