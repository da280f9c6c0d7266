# SPDX-License-Identifier: Apache-2.0
"""The demonstration's world: a configuration, the cart's three processes, and the town's two servers."""

import asyncio
import hashlib
import os
import secrets
import shutil
import socket
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from cart.cli import ROOT
from cart.demo.certificates import issue
from cart.stage.processes import Processes
from device.camera import CameraPhase
from device.errors import ChevetError
from device.keys import CREDENTIAL, FOLDER, new_key, read_key
from device.station.client import StationClient
from device.station.state import State

RENDEZVOUS_PORT = 8460
RECORDS_PORT = 8461
POLL_SECONDS = 0.2


class World:
    """Everything that runs. ``out`` keeps configuration, logs, journal and what the records endpoint received;
    sockets and frames live in ``runtime``, which goes away."""

    def __init__(self, out: Path, *, town: str = "127.0.0.1", from_town: Sequence[str] = ()) -> None:
        self.out = out
        self.town = town
        self.secure = bool(from_town)
        self._from_town = list(from_town)
        shared = Path("/dev/shm")  # noqa: S108 - frames live in memory where the machine has such a place
        place = shared if os.access(shared, os.W_OK) else None
        self.runtime = Path(tempfile.mkdtemp(prefix="chevet-", dir=place))
        self.config = out / "config"
        self.state = out / "state"
        self.records = out / "records.db"
        self.credentials = out / "credentials"
        self.processes = Processes(out / "logs")
        self._rendezvous_port = RENDEZVOUS_PORT if from_town else _free_port(RENDEZVOUS_PORT)
        self._records_port = RECORDS_PORT if from_town else _free_port(RECORDS_PORT)
        self._token = secrets.token_urlsafe(16)
        self._records_token = secrets.token_urlsafe(16)

    @property
    def socket(self) -> Path:
        """The station's."""
        return self.runtime / "station"

    @property
    def control(self) -> Path:
        """The virtual instruments'."""
        return self.runtime / "virtual"

    @property
    def key(self) -> bytes:
        """With which journal, ledger and captures are encrypted: a new one in each world."""
        return read_key(self.credentials / CREDENTIAL)

    def write(self) -> None:
        """Write the configuration: the shipped files, with this world's addresses and tokens."""
        for old in (self.config, self.state, self.credentials, self.out / "logs"):
            shutil.rmtree(old, ignore_errors=True)
        for old in self.out.glob("records.db*"):
            old.unlink()
        shutil.copytree(ROOT / "config", self.config)
        self.state.mkdir(parents=True)
        self.credentials.mkdir(mode=0o700)
        (self.credentials / CREDENTIAL).write_text(new_key())
        if self.secure:
            issue(self.config, self.town)
        self._write_cart()
        self._write_doctor()
        self._write_records()

    async def start_town(self) -> None:
        """The rendezvous server and the records endpoint."""
        python = sys.executable
        await self.processes.start(
            "doctor",
            [*self._from_town, python, "-m", "cart", "doctor", "--config", str(self.config / "doctor.toml")],
            self.environment(),
        )
        command = [python, "-m", "cart.demo.endpoint", "--host", self._listen(), "--port", str(self._records_port)]
        command += ["--store", str(self.records), "--token", self._records_token]
        if self.secure:
            command += ["--certificate", str(self.config / "town.pem"), "--key", str(self.config / "town.key")]
        await self.processes.start("records", [*self._from_town, *command], self.environment())

    async def start_cart(self, screen: Mapping[str, str] | None, *ui: str) -> None:
        """The cart's processes; the kiosk only where there is a ``screen`` (its environment)."""
        await self.start_program("device", "--virtual")
        await self.start_program("sync")
        if screen is not None:
            await self.start_program("ui", *ui, environment={**self.environment(), **screen})

    async def start_program(self, name: str, *more: str, environment: Mapping[str, str] | None = None) -> None:
        """One of the cart's processes, kept as systemd keeps it."""
        folders = ["--config", self.config, "--state", self.state, "--runtime", self.runtime]
        command = [sys.executable, "-m", "cart", name, *map(str, folders), *more]
        await self.processes.start(name, command, environment or self.environment())

    async def ready(self, seconds: float) -> None:
        """Wait until the station and the instruments listen and every camera gives pictures. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while True:
                try:
                    async with StationClient.connect(self.socket) as station:
                        await station.until(_sighted, seconds)
                        if self.control.exists():
                            return
                except (OSError, ChevetError):
                    pass  # not yet
                await asyncio.sleep(POLL_SECONDS)

    def environment(self) -> dict[str, str]:
        """What every process gets; the demonstration is in France."""
        level = os.environ.get("CHEVET_LOG", "INFO")
        own = {"PYTHONPATH": str(ROOT), "CHEVET_LOG": level, "TZ": "Europe/Paris", FOLDER: str(self.credentials)}
        return {**os.environ, **own}

    async def stop(self) -> None:
        """End every process; nothing is left running and no socket or frame behind."""
        await self.processes.stop_all()
        shutil.rmtree(self.runtime, ignore_errors=True)

    def _listen(self) -> str:
        """All of the town's addresses, or the loopback alone where the town is this machine."""
        return "0.0.0.0" if self._from_town else "127.0.0.1"  # noqa: S104 - the town's namespace holds nobody else

    def _write_cart(self) -> None:
        scheme, authority = ("wss", "authority.pem") if self.secure else ("ws", "")
        _substitute(
            self.config / "cart.toml",
            {
                'url = "ws://127.0.0.1:8460"': f'url = "{scheme}://{self.town}:{self._rendezvous_port}"',
                'token = "demonstration"': f'token = "{self._token}"',
                'authority = ""': f'authority = "{authority}"',
                "trust_clock = false": "trust_clock = true",
            },
        )

    def _write_doctor(self) -> None:
        (self.config / "rendezvous.key").write_text(secrets.token_hex(48))
        tls = '\n[tls]\ncertificate = "town.pem"\nprivate_key = "town.key"\n' if self.secure else ""
        (self.config / "doctor.toml").write_text(
            f'public = "{"https" if self.secure else "http"}://localhost:{self._rendezvous_port}"\n'
            f'host = "{self._listen()}"\nport = {self._rendezvous_port}\nkey_file = "rendezvous.key"\n{tls}\n'
            f'[[carts]]\nid = "chariot-3"\ntoken_sha256 = "{hashlib.sha256(self._token.encode()).hexdigest()}"\n'
        )

    def _write_records(self) -> None:
        (self.config / "records.token").write_text(self._records_token)
        base = f"{'https' if self.secure else 'http'}://{self.town}:{self._records_port}/fhir"
        lines = f'base = "{base}"\ntoken_file = "{(self.config / "records.token").resolve()}"\n'
        if self.secure:
            lines += f'ca_file = "{(self.config / "authority.pem").resolve()}"\n'
        _substitute(self.config / "records.toml", {'base = "http://127.0.0.1:8466/fhir"\n': lines})


def _free_port(wanted: int) -> int:
    """``wanted``, or any other port of this machine when it is taken."""
    for port in (wanted, 0):
        with socket.socket() as trial, suppress(OSError):
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(("127.0.0.1", port))
            return int(trial.getsockname()[1])
    raise OSError("no free port")


def _sighted(state: State) -> bool:
    return all(one.phase is CameraPhase.LIVE for one in state.cameras)


def _substitute(path: Path, changes: Mapping[str, str]) -> None:
    text = path.read_text("utf-8")
    for old, new in changes.items():
        if old not in text:
            raise ValueError(f"{path.name} holds no {old!r}")
        text = text.replace(old, new)
    path.write_text(text, "utf-8")
