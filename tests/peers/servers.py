# SPDX-License-Identifier: Apache-2.0
"""Third parties, each started for one test and ended with it: Medplum's FHIR router (npm), Orthanc with DICOMweb."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

HERE = Path(__file__).parent
START_SECONDS = 60.0
_PLUGINS = Path("/usr/share/orthanc/plugins")


@contextmanager
def medplum(folder: Path) -> Iterator[str]:
    """Medplum's router over memory; its FHIR base. What it says goes to ``folder``/medplum.log."""
    with running(["node", str(HERE / "medplum.mjs")], folder / "medplum.log") as process:
        yield _first_line(process, folder / "medplum.log")


@contextmanager
def orthanc(folder: Path) -> Iterator[str]:
    """Orthanc with an empty store under ``folder``; its DICOMweb base."""
    port = free_port()
    store = folder / "orthanc"
    store.mkdir()
    settings = {
        "Name": "CHEVET",
        "StorageDirectory": str(store),
        "IndexDirectory": str(store),
        "HttpPort": port,
        "HttpServerEnabled": True,
        "DicomServerEnabled": False,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "Plugins": [str(_PLUGINS / "libOrthancDicomWeb.so")],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }
    path = folder / "orthanc.json"
    path.write_text(json.dumps(settings))
    with running(["Orthanc", str(path)], folder / "orthanc.log") as process:
        base = f"http://127.0.0.1:{port}"
        _answering(f"{base}/dicom-web/studies?limit=1", process, folder / "orthanc.log")
        yield f"{base}/dicom-web"


@contextmanager
def running(command: list[str], log: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that ends with the block."""
    binary = shutil.which(command[0], path=f"{os.environ['PATH']}:/usr/sbin")
    assert binary, f"{command[0]} is not installed: ./chevet test peers installs it"
    with log.open("w") as told:
        process = subprocess.Popen([binary, *command[1:]], stdout=told, stderr=told, cwd=HERE, text=True)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _first_line(process: subprocess.Popen[str], log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        said = log.read_text()
        if said.startswith("http://") and said.endswith("\n"):
            return said.splitlines()[0]
        assert process.poll() is None, f"it ended at once: {said}"
        time.sleep(0.05)
    raise AssertionError(f"it did not start: {log.read_text()}")


def _answering(url: str, process: subprocess.Popen[str], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with urlopen(url, timeout=5):  # noqa: S310 - our own server
                return
        except (URLError, OSError):
            assert process.poll() is None, f"it ended at once: {log.read_text()}"
            time.sleep(0.05)
    raise AssertionError(f"it did not answer: {log.read_text()}")
