# SPDX-License-Identifier: Apache-2.0
"""Power cuts: ``python -m tests.faults.power [CUTS]``, as root. What was acknowledged is weighed after each.

A cut: the writer is stopped at a random moment (SIGSTOP, and the kernel says that it is in no system call), its card is
copied, and it goes on. The copy is mounted, which replays the file system's own log, and the cart starts on it.
"""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from device.attachments import Attachments
from device.clock import SystemClock
from device.encounter import replay
from device.entry import CaptureTaken
from device.journal import Journal, verify
from tests.faults import card
from tests.faults.power_writer import CHAIN, KEY

ROUND = 20
"""Cuts of one card: its journal stays short."""
MEGABYTES = 32
DEADLINE = 20.0
ROOT = Path(__file__).parents[2]
WRITER = Path(__file__).with_name("power_writer.py")


class Cut(NamedTuple):
    """How many entries were acknowledged before a cut, how many of them were there after it, how many more were, and
    what else was wrong."""

    acknowledged: int
    kept: int
    more: int
    wrong: tuple[str, ...]

    @property
    def harmless(self) -> bool:
        """At most the append under way is there without having been acknowledged."""
        return self.kept == self.acknowledged and self.more <= 2 and not self.wrong


class Writer:
    """The cart that writes; what it acknowledged so far."""

    def __init__(self, folder: Path, synchronous: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(WRITER), str(folder), synchronous],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
            stdout=subprocess.PIPE,
        )
        self._pipe = self._process.stdout.fileno()
        self._said = b""

    def acknowledged(self) -> list[str]:
        """Everything it has said up to now, whole lines."""
        os.set_blocking(self._pipe, False)
        try:
            while part := os.read(self._pipe, 1 << 16):
                self._said += part
        except BlockingIOError:
            pass
        return self._said.rpartition(b"\n")[0].decode().split()

    def goes_on(self, seconds: float) -> None:
        """Let it write so long, and something."""
        before, deadline = len(self.acknowledged()), time.monotonic() + DEADLINE
        time.sleep(seconds)
        while len(self.acknowledged()) <= before:
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the writer does not write (status {self._process.poll()})")
            time.sleep(0.001)

    @contextmanager
    def stopped(self):
        """Stopped, out of every system call."""
        self._process.send_signal(signal.SIGSTOP)
        stat, deadline = Path(f"/proc/{self._process.pid}/stat"), time.monotonic() + DEADLINE
        while stat.read_text().rpartition(")")[2].split()[0] != "T":
            if time.monotonic() > deadline:
                raise RuntimeError("the writer cannot be stopped")
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


def cuts(place: card.Table, number: int, seed: int, synchronous: str = "FULL") -> list[Cut]:
    """Cut the power so often."""
    chance = random.Random(seed)  # noqa: S311 - a seed, so that the moments can be chosen again
    found: list[Cut] = []
    while len(found) < number:
        image = card.made(place.image("card"), MEGABYTES)
        with card.mounted(image, place.slot("card")) as slot, closing(Writer(slot, synchronous)) as writer:
            for _ in range(min(ROUND, number - len(found))):
                writer.goes_on(chance.random() * 0.03)
                with writer.stopped():
                    said = writer.acknowledged()
                    after = card.copied(image, place.image("after"))
                    with card.mounted(after, place.slot("after")) as other:
                        found.append(weighed(other, said))
    return found


def weighed(folder: Path, said: list[str]) -> Cut:
    """Start the cart on what is left, and hold it against what was acknowledged."""
    path, wrong = folder / "journal.db", []
    if not path.exists():
        return Cut(len(said), 0, 0, ())
    with closing(Journal.open(path, SystemClock(trusted=True), KEY)) as journal:
        entries = journal.after(0, limit=1 << 20)
        found = [f"{entry.sequence}:{entry.id}" for entry in entries]
        attachments = Attachments(folder / "captures", journal)
        attachments.sweep()
        captures = [entry.body for entry in entries if isinstance(entry.body, CaptureTaken)]
        wrong += [one.sha256 for one in captures if len(attachments.get(one.sha256)) != one.size]
        file = replay(entries).encounter
        if file is None or not file.running or file.id != CHAIN:
            wrong.append("the encounter is not offered for resumption")
    if not verify(path, KEY).sound:
        wrong.append("chain")
    kept = sum(one == two for one, two in zip(said, found, strict=False))
    return Cut(len(said), kept, max(0, len(found) - len(said)), tuple(wrong))


def main(number: int) -> int:
    """Cut, and say what came of it; then a control that must lose something."""
    with card.table() as place:
        why = card.usable(place)
        if why:
            sys.stdout.write(f"power cuts: not done: {why}\n")
            return 0
        seed = random.randrange(1 << 31)  # noqa: S311 - a seed
        done = cuts(place, number, seed)
        bad = [cut for cut in done if not cut.harmless]
        control = [cut for cut in cuts(place, ROUND, seed, "OFF") if not cut.harmless]
    total = sum(cut.acknowledged for cut in done)
    sys.stdout.write(f"power cuts: {len(done)}, seed {seed}: {len(bad)} lost or spoilt something of {total} weighed\n")
    sys.stdout.writelines(f"  {cut}\n" for cut in bad)
    sys.stdout.write(f"the same without fsync: {len(control)} of {ROUND} did\n")
    return 1 if bad or not control else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
