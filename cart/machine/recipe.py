# SPDX-License-Identifier: Apache-2.0
"""What a guest is made of, and the keys under which it is kept: other ingredients, another key."""

import hashlib
import platform
import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import NamedTuple

from cart.machine.errors import MachineError

GUEST = Path(__file__).resolve().parent / "guest"
SYSTEM = ("packages", "modules", "init", "agent.py", "chevet-agent.service", "build.sh")
"""Files of ``guest`` that its system is made of."""
RELEASES = {(3, 11): "bookworm", (3, 13): "trixie"}
"""Debian's releases by their Python: the guest's must be that of .venv, whose libraries it is lent."""
LEFT_OUT = frozenset(
    {"pyside6-essentials", "pyside6-addons", "shiboken6", "pytest-qt", "playwright", "greenlet", "pip", "setuptools"}
    | {"mypy", "mypy-extensions", "librt", "ast-serialize", "pathspec", "ruff", "import-linter", "grimp"}
)
"""Libraries that no scenario needs, large ones first."""


class Recipe(NamedTuple):
    """``release`` of Debian, its ``sources`` (deb lines), apt's ``options`` on this machine, the ``kernel`` package."""

    release: str
    sources: tuple[str, ...]
    options: tuple[str, ...]
    kernel: str

    def system_key(self) -> str:
        """The key of a guest's system: release, kernel and files, wherever they were fetched from."""
        files = [(GUEST / name).read_bytes() for name in SYSTEM]
        return _digest([self.release.encode(), self.kernel.encode(), *files])

    def warm_key(self, machine: Iterable[str]) -> str:
        """The key of a guest that has started: its system, its libraries, and the ``machine`` that QEMU plays."""
        libraries = sorted(f"{one.name} {one.version}" for one in libraries_lent())
        words = [self.system_key(), sys.version, *libraries, *machine]
        return _digest([word.encode() for word in words])


def recipe() -> Recipe:
    """That of this machine. Raises MachineError where no guest can be made."""
    if platform.machine() != "x86_64":
        raise MachineError(f"the machine test needs an x86_64 machine, this one is {platform.machine()}")
    version = sys.version_info[:2]
    release = RELEASES.get(version)
    if release is None:
        known = ", ".join(f"{name} has {major}.{minor}" for (major, minor), name in RELEASES.items())
        raise MachineError(f"no Debian release has Python {version[0]}.{version[1]} ({known})")
    return Recipe(release, tuple(_sources(release)), tuple(_apt_options()), _candidate(release))


def libraries_lent() -> list[Distribution]:
    """The libraries of .venv that the guest gets; not this product, whose code each run brings along."""
    return [one for one in distributions() if one.name.lower().replace("_", "-") not in {*LEFT_OUT, "chevet"}]


def _sources(release: str) -> list[str]:
    """Where this machine gets Debian's ``release`` from, as deb lines; of another release, from its own mirror. Raises
    MachineError when it knows of none."""
    shown = "$(ORIGIN)\t$(CODENAME)\t$(REPO_URI)\t$(RELEASE) $(COMPONENT)"
    lines = _output("apt-get", "indextargets", "--format", shown, "Created-By: Packages").splitlines()
    rows = [line.split("\t") for line in lines if line.startswith("Debian") and line.count("\t") == shown.count("\t")]
    ours = [f"deb {uri} {suite}" for _, codename, uri, suite in rows if codename.startswith(release)]
    others = [f"deb {uri} {release} main" for _, codename, uri, _ in rows if "-" not in codename]
    if not (ours or others):
        raise MachineError("apt on this machine knows no mirror of Debian (apt-get update)")
    return ours or others[:1]


def _apt_options() -> list[str]:
    """How this machine reaches its mirrors: proxies, certificates, retries."""
    lines = _output("apt-config", "dump").splitlines()
    return [line for line in lines if line.startswith(("Acquire::http", "Acquire::https", "Acquire::Retries"))]


def _candidate(release: str) -> str:
    """The version of the stock kernel as far as this machine knows, else ""."""
    lines = _output("apt-cache", "madison", "linux-image-amd64").splitlines()
    return next((line.split("|")[1].strip() for line in lines if f" {release}" in line), "")


def _output(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60).stdout  # noqa: S603 - Debian's tools
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MachineError(f"{command[0]}: {error}") from error


def _digest(parts: Iterable[bytes]) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "big") + part)
    return whole.hexdigest()[:16]
