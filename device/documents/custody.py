# SPDX-License-Identifier: Apache-2.0
"""A stranger's file goes to a cell (``device.documents.cell``) and its verdict comes back, within a deadline."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from pathlib import Path

import msgspec

from device.documents.cell import Verdict
from device.documents.kinds import MAX_FRAMES, MAX_PAGES, MAX_PATIENT, Checked, plain
from device.errors import DocumentError

log = logging.getLogger(__name__)

DEADLINE = 20.0
"""Seconds for one file, the start of a Python included: about one on a fast machine, three on a small box."""
MAX_ANSWER = 16 << 10
ROOT = Path(__file__).resolve().parents[2]


async def check(data: bytes, deadline: float = DEADLINE) -> Checked:
    """Check a file's bytes in a process of their own. Raises DocumentError; DOC-08 when the cell is too slow, out of
    memory, or dies."""
    cell = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "device.documents.cell",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=ROOT,
        env={"PATH": os.defpath, "LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        start_new_session=True,
        limit=MAX_ANSWER,
    )
    try:
        async with asyncio.timeout(deadline):
            answer = await _talk(cell, data)
            status = await cell.wait()
    except TimeoutError as error:
        raise _too_hard(f"no verdict within {deadline} s") from error
    finally:
        with contextlib.suppress(ProcessLookupError):
            cell.kill()
        await cell.wait()
    if status != 0:
        raise _too_hard(f"the cell died: {signal.Signals(-status).name if status < 0 else status}")
    return _believed(answer)


async def _talk(cell: asyncio.subprocess.Process, data: bytes) -> bytes:
    """Hand the file over and take the answer, no more of it than an answer has."""
    if cell.stdin is None or cell.stdout is None:
        raise _too_hard("a cell without pipes")
    with contextlib.suppress(ConnectionError):
        cell.stdin.write(data)
        await cell.stdin.drain()
    cell.stdin.close()
    answer = b""
    while len(answer) <= MAX_ANSWER and (more := await cell.stdout.read(MAX_ANSWER)):
        answer += more
    return answer


def _believed(answer: bytes) -> Checked:
    """A verdict, from a process that a hostile file may have taken over: within its bounds, or not at all."""
    try:
        verdict = msgspec.json.decode(answer, type=Verdict)
    except msgspec.DecodeError as error:
        raise _too_hard(f"a verdict of {len(answer)} bytes that cannot be read") from error
    if verdict.checked is None:
        raise DocumentError(verdict.number % 100, plain(verdict.line, 200), plain(verdict.detail, 500))
    if not 0 < verdict.checked.pages <= max(MAX_FRAMES, MAX_PAGES):
        raise _too_hard(f"{verdict.checked.pages} pages")
    return msgspec.structs.replace(verdict.checked, patient=plain(verdict.checked.patient, MAX_PATIENT + 12))


def _too_hard(detail: str) -> DocumentError:
    """DOC-08."""
    line = "Ce fichier demande trop de mémoire ou de temps : il est refusé. Exportez-le de nouveau, plus petit."
    return DocumentError(8, line, detail)
