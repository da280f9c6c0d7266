# SPDX-License-Identifier: Apache-2.0
"""The cell: what it says comes back, and what it may not do it cannot."""

import subprocess
import sys
import textwrap

import pytest

from device.documents import custody
from device.documents.cell import MEMORY
from device.documents.custody import check
from device.documents.kinds import Kind
from device.errors import DocumentError
from tests.device.documents import samples


@pytest.mark.parametrize("name", samples.ALL)
async def test_each_kind_is_checked_after_every_right_was_given_up(name: str) -> None:
    """Parsers that would load a module or a table late fail here: nothing can be opened any more."""
    found = await check(samples.ALL[name]())
    assert found.pages >= 1
    if found.kind in {Kind.SCP, Kind.DICOM}:
        assert found.patient == "LEFÈVRE Simone, 12/03/1936"


@pytest.mark.parametrize(
    ("language", "encoding"), [(0x03, "iso8859_2"), (0x13, "iso8859_5"), (0x23, "iso8859_7"), (0x07, "utf-16-le")]
)
async def test_names_in_other_scripts_are_read_there_too(language: int, encoding: str) -> None:
    name = {"iso8859_2": "ŁĘCKI", "iso8859_5": "ИВАНОВА", "iso8859_7": "ΝΙΚΟΣ", "utf-16-le": "ŒUVRARD"}[encoding]
    assert (await check(samples.scp(name.encode(encoding), language))).patient.startswith(name)


async def test_large_honest_files_have_room_enough() -> None:
    """A film loop of 58 MB, and a PDF of 60."""
    assert (await check(samples.written(samples.picture(samples.dataset(), 600, 800, frames=120)))).pages == 120
    page = "<< /Length 60000000 >>\nstream\n" + "x" * 60_000_000 + "\nendstream"
    assert (await check(samples.pdf(page))).pages == 1


async def test_refusal_comes_back_with_its_code_and_line() -> None:
    with pytest.raises(DocumentError) as caught:
        await check(samples.pdf("<< /S /JavaScript >>"))
    assert caught.value.code == "DOC-05"
    assert caught.value.line.startswith("Ce fichier contient un programme")


async def test_cell_that_gives_no_verdict_in_time_is_ended() -> None:
    with pytest.raises(DocumentError) as caught:
        await check(samples.pdf(), deadline=0.001)
    assert caught.value.code == "DOC-08"


TRIES = {
    "memory": f"bytearray({MEMORY})",
    "file": "open('/dev/null')",
    "write": "os.write(1, b'x' * 10); os.open('/tmp/never', os.O_CREAT | os.O_WRONLY)",
    "socket": "__import__('socket').socket()",
    "processor": "exec('while True: pass')",
}


@pytest.mark.parametrize("what", TRIES)
def test_a_parser_that_was_taken_over_can_do_nothing(what: str) -> None:
    program = f"""
        import os, socket, resource
        from device.documents import cell
        cell.PROCESSOR = 1
        cell.give_up()
        {TRIES[what]}
        os._exit(99)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], cwd=custody.ROOT, capture_output=True, timeout=30, check=False
    )
    assert done.returncode not in {0, 99}
    if what != "processor":
        assert any(word in done.stderr for word in (b"MemoryError", b"Too many open files")), done.stderr


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"{",
        b'{"checked":{"kind":"application/pdf","pages":-1}}',
        b'{"checked":{"kind":"text/html","pages":1}}',
        b'{"checked":{"kind":"image/png","pages":99999999}}',
    ],
)
def test_what_a_cell_says_is_believed_only_within_its_bounds(answer: bytes) -> None:
    with pytest.raises(DocumentError) as caught:
        custody._believed(answer)
    assert caught.value.code == "DOC-08"


def test_names_from_a_cell_are_made_plain_again() -> None:
    answer = '{"checked":{"kind":"image/png","pages":1,"patient":"A\\u202eB' + "x" * 500 + '"}}'
    patient = custody._believed(answer.encode()).patient
    assert patient.isprintable()
    assert len(patient) < 100
