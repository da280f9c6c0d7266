# SPDX-License-Identifier: Apache-2.0
"""The import folder, with real files and, where it matters, the real cell."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from device.attachments import Attachments
from device.clock import SystemClock
from device.document import WaitingDocument
from device.documents.examine import examine
from device.documents.folder import MOST as KEPT
from device.documents.folder import Folder
from device.documents.inbox import MOST, SHOWN, Inbox
from device.documents.kinds import Checked
from device.errors import DocumentError, JournalError
from device.people import Operator
from tests.device.documents import samples

CAMILLE = Operator(id="camille", name="Camille Morel", profession="infirmière")


class Desk:
    """An inbox whose files are checked in this process, by the same checks."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "import"
        self.attachments = Attachments(folder / "captures")
        self.told: list[tuple[WaitingDocument, ...]] = []
        self.notices: list[tuple[str, str]] = []
        self.checked = 0
        self.inbox = Inbox(
            Folder(self.path),
            self.attachments,
            SystemClock(trusted=True),
            self.told.append,
            notify=lambda code, line: self.notices.append((code, line)),
            check=self._check,
            every=0.01,
        )
        Folder(self.path).seen()

    async def _check(self, data: bytes) -> Checked:
        self.checked += 1
        return examine(data)

    def drop(self, name: str, data: bytes) -> Path:
        (self.path / name).write_bytes(data)
        return self.path / name

    async def looks(self, times: int = 2) -> tuple[WaitingDocument, ...]:
        for _ in range(times):
            await self.inbox.look()
        return self.inbox.waiting

    def away(self, where: str) -> list[str]:
        return sorted(path.name.split("-", 3)[3] for path in (self.path / where).iterdir())


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


async def test_file_waits_with_what_it_says_of_its_patient_and_is_attached_as_it_was_checked(desk: Desk) -> None:
    data = samples.scp()
    path = desk.drop("ecg 12.scp", data)
    (one,) = await desk.looks()
    assert (one.name, one.media_type, one.size, one.pages) == ("ecg 12.scp", "application/x-scp-ecg", len(data), 1)
    assert (one.patient, one.line) == ("LEFÈVRE Simone, 12/03/1936", "")
    entry = await desk.inbox.attach(one.id, "ecg", CAMILLE)
    assert desk.attachments.get(entry.sha256) == data
    assert (entry.title, entry.what, entry.patient, entry.by) == ("ecg 12.scp", "ecg", one.patient, CAMILLE)
    assert path.exists(), "it waits until its entry is written"
    assert desk.inbox.waiting == (one,)
    await desk.inbox.release(one.id)
    assert not path.exists()
    assert desk.inbox.waiting == desk.told[-1] == ()
    await desk.inbox.release(one.id)


async def test_file_is_told_by_its_content_and_not_by_its_name(desk: Desk) -> None:
    desk.drop("image.png", samples.pdf())
    desk.drop("rapport.pdf", b"MZ this program cannot be run")
    kinds = {one.name: (one.media_type, bool(one.line)) for one in await desk.looks()}
    assert kinds == {"image.png": ("application/pdf", False), "rapport.pdf": ("", True)}


async def test_refused_file_is_kept_apart_and_its_reason_shown_until_it_is_put_away(desk: Desk) -> None:
    desk.drop("bad.pdf", samples.pdf("<< /S /JavaScript >>"))
    (one,) = await desk.looks()
    assert "programme" in one.line
    assert desk.away("refused") == ["bad.pdf"]
    with pytest.raises(DocumentError) as caught:
        await desk.inbox.attach(one.id, "document", CAMILLE)
    assert caught.value.code == "DOC-09"
    await desk.looks(3)
    assert desk.checked == 1
    await desk.inbox.discard(one.id)
    assert desk.inbox.waiting == ()
    assert desk.away("refused") == ["bad.pdf"]


async def test_what_a_refused_file_says_of_its_patient_is_not_in_the_log(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """Parsers put what they could not read into their errors."""
    desk.drop("LEFÈVRE.dcm", samples.dicom().replace(b"19360312", b"LEF\xc3\x88VRE")[:-3])
    desk.drop("LEFÈVRE.scp", samples.scp()[:-3])
    with caplog.at_level("DEBUG"):
        refusals = await desk.looks()
    assert len(refusals) == 2
    assert "DOC-0" in caplog.text
    assert "LEF" not in caplog.text


async def test_discarded_file_is_kept_apart_and_twice_is_once(desk: Desk) -> None:
    desk.drop("a.pdf", samples.pdf())
    (one,) = await desk.looks()
    await asyncio.gather(desk.inbox.discard(one.id), desk.inbox.discard(one.id))
    assert desk.away("discarded") == ["a.pdf"]
    assert await desk.looks() == ()


async def test_file_that_grows_is_not_looked_at_until_it_is_whole(desk: Desk) -> None:
    whole = samples.pdf(pages=5)
    path = desk.drop("scan.pdf", whole[:100])
    await desk.looks(1)
    for end in (200, 300, len(whole)):
        path.write_bytes(whole[:end])
        assert await desk.looks(1) == ()
    assert desk.checked == 0
    (one,) = await desk.looks(1)
    assert one.pages == 5


async def test_file_that_is_still_open_for_writing_is_not_looked_at(desk: Desk) -> None:
    with (desk.path / "slow.pdf").open("wb") as writer:
        writer.write(samples.pdf())
        writer.flush()
        assert await desk.looks(4) == ()
        assert desk.checked == 0
    assert len(await desk.looks(1)) == 1


async def test_file_changed_since_its_check_is_not_attached_but_checked_again(desk: Desk) -> None:
    path = desk.drop("a.pdf", samples.pdf())
    (one,) = await desk.looks()
    before = path.stat()
    path.write_bytes(samples.pdf().replace(b"595", b"596"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(DocumentError) as caught:
        await desk.inbox.attach(one.id, "document", CAMILLE)
    assert caught.value.code == "DOC-10"
    assert caught.value.retry
    (again,) = await desk.looks()
    assert again.id != one.id
    await desk.inbox.attach(again.id, "document", CAMILLE)


async def test_file_that_goes_away_waits_no_more(desk: Desk) -> None:
    path = desk.drop("a.pdf", samples.pdf())
    assert len(await desk.looks()) == 1
    path.unlink()
    assert await desk.looks(1) == ()
    assert desk.told[-1] == ()


async def test_full_disk_leaves_the_file_waiting(desk: Desk) -> None:
    desk.drop("a.pdf", samples.pdf())
    (one,) = await desk.looks()
    desk.attachments._max_bytes = 5
    with pytest.raises(JournalError):
        await desk.inbox.attach(one.id, "document", CAMILLE)
    assert desk.inbox.waiting == (one,)


def links(desk: Desk) -> None:
    (desk.path.parent / "secret.pdf").write_bytes(samples.pdf())
    (desk.path / "link.pdf").symlink_to(desk.path.parent / "secret.pdf")


def pipe(desk: Desk) -> None:
    os.mkfifo(desk.path / "pipe.pdf")


def hidden(desk: Desk) -> None:
    desk.drop(".hidden.pdf", samples.pdf())
    desk.drop("half.pdf.part", samples.pdf())
    (desk.path / "folder.pdf").mkdir()


@pytest.mark.parametrize("made", [links, pipe, hidden])
async def test_links_pipes_folders_and_unfinished_files_are_not_looked_at(
    desk: Desk, made: Callable[[Desk], None]
) -> None:
    made(desk)
    async with asyncio.timeout(5):
        assert await desk.looks(3) == ()
    assert desk.checked == 0


async def test_many_files_wait_their_turn_and_refusals_are_bounded(desk: Desk) -> None:
    for number in range(MOST + 5):
        desk.drop(f"{number:03}.pdf", samples.pdf(pages=1 + number))
    assert len(await desk.looks(4)) == MOST
    await desk.inbox.discard(desk.inbox.waiting[0].id)
    assert len(await desk.looks(2)) == MOST
    bad = Desk(desk.path.parent / "other")
    for number in range(SHOWN + 7):
        bad.drop(f"{number:03}.bin", b"?" * (1 + number))
    assert len(await bad.looks(3)) == SHOWN
    assert len(bad.away("refused")) == SHOWN + 7


async def test_files_put_away_are_bounded_and_the_oldest_go(desk: Desk) -> None:
    for number in range(KEPT + 3):
        (desk.path / "refused" / f"20200101-000000-{number:06}-old").write_bytes(b"")
    desk.drop("new.bin", b"?")
    await desk.looks()
    kept = sorted(path.name for path in (desk.path / "refused").iterdir())
    assert len(kept) == KEPT
    assert kept[0].startswith("20200101-000000-000004")
    assert kept[-1].endswith("new.bin")


async def test_names_of_strangers_are_shown_as_one_plain_line(desk: Desk) -> None:
    (Path(os.fsdecode(os.fsencode(desk.path))) / os.fsdecode(b"\xff\xe2\x80\xaefdp.\n" + b"x" * 200)).write_bytes(b"?")
    (one,) = await desk.looks()
    assert one.name.isprintable()
    assert len(one.name) <= 80
    assert len(desk.away("refused")) == 1


async def test_folder_in_trouble_is_said_once_and_over_when_it_is_back(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    for folder in (desk.path / "refused", desk.path / "discarded", desk.path):
        folder.rmdir()
    desk.path.write_bytes(b"a file where the folder should be")
    task = asyncio.create_task(desk.inbox.run())
    async with asyncio.timeout(5):
        while not desk.notices:
            await asyncio.sleep(0.01)
        assert desk.notices[0][0] == "DOC-11"
        assert "technicien" in desk.notices[0][1]
        desk.path.unlink()
        while len(desk.notices) < 2:
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert desk.notices[1] == ("DOC-11", "")
    assert caplog.text.count("DOC-11") == 1
