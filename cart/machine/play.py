# SPDX-License-Identifier: Apache-2.0
"""One run: a guest, the scenarios, what they said. A guest that hangs is killed, told of, and replaced for the rest."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from cart.machine.errors import MachineError
from cart.machine.qemu import Machine, machine
from cart.machine.report import Outcome, Report, outcome
from cart.machine.warm import START, Warm

GRACE = 60.0
"""Seconds that a scenario may be over its own deadline before its guest counts as hung."""
FIRST = 240.0
"""Seconds for the guest to load the scenarios."""
LIMIT = 1500.0
"""Seconds after which a run is over whatever it does."""
THAWED = 120.0


class Run:
    """Plays the scenarios called ``names`` (all if none) and keeps what came of them."""

    def __init__(self, warm: Warm, code: bytes, names: Sequence[str], folder: Path) -> None:
        self._warm = warm
        self._code = code
        self._names = list(names)
        self._folder = folder
        self._plan: dict[str, float] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._died_under: set[str] = set()
        self._guest: dict[str, str] = {}
        self._trouble = ""
        self._began = time.monotonic()
        self._prepared = 0.0

    async def play(self, *, keep: bool = False) -> Report:
        """All of them; ``keep``: leave the guest running until it is switched off."""
        hung = await self._round(self._names, keep=keep)
        while hung is not None and (left := self._left()) and self._spent() < LIMIT:
            say(f"-- the guest is lost in {hung}; a fresh one plays the {len(left)} left")
            hung = await self._round(left, keep=keep)
        missing = tuple(self._left())
        outcomes = tuple(self._outcomes.values())
        return Report(
            outcomes, missing, self._warm.memory is not None, self._prepared, self._spent(), self._guest, self._trouble
        )

    async def _round(self, names: Sequence[str], *, keep: bool) -> str | None:
        """One guest; the name of the scenario in which it was lost."""
        try:
            return await self._in_guest(self._warm, names, keep=keep)
        except MachineError as error:
            if self._warm.memory is None or self._plan:
                self._trouble = str(error)
                return None
            say(f"-- the kept memory cannot be used, starting cold: {error}")
            self._warm.memory.unlink(missing_ok=True)  # the next run makes another
        self._warm = self._warm._replace(memory=None)
        return await self._round(names, keep=keep)

    async def _in_guest(self, kept: Warm, names: Sequence[str], *, keep: bool) -> str | None:
        """As ``_round``. Raises MachineError where the guest does not start."""
        disk = kept.fresh_disk(self._folder)
        async with machine(kept.system, disk, kept.site, self._folder, kept.memory) as guest:
            said = await guest.greet(START if kept.memory is None else THAWED)
            self._guest = {key: str(said[key]) for key in ("kernel", "python") if key in said}
            self._prepared = self._prepared or self._spent()
            hung = await self._listen(guest, names)
            if keep and hung is None:
                say(f"-- the guest runs until it is switched off; its console: {self._folder / 'console'}")
                await guest.wait()
            return hung

    async def _listen(self, guest: Machine, names: Sequence[str]) -> str | None:
        guest.say({"do": "run", "wall": time.time(), "bytes": len(self._code), "names": list(names)}, self._code)
        playing, patience = "", FIRST
        while True:
            try:
                message = await guest.hear(max(1.0, min(patience, LIMIT - self._spent())))
            except TimeoutError:
                return self._hung(guest, playing, patience)
            except MachineError:
                return self._died(guest, playing)
            playing, patience = self._take(message, playing, patience)
            if message["event"] == "over":
                if message["status"] and not self._trouble:
                    self._trouble = f"the runner ended with {message['status']}"
                return None

    def _take(self, message: dict[str, Any], playing: str, patience: float) -> tuple[str, float]:
        """What the guest said; what it is now at and for how long it may be."""
        match message["event"]:
            case "plan":
                self._plan.update(message["scenarios"])
            case "began":
                name = message["name"]
                return name, self._plan.get(name, FIRST) + GRACE
            case "scenario":
                self._keep(outcome(message), message.get("output", ""))
                return "", FIRST
            case "log":
                (self._folder / f"{Path(message['name']).name}.log").write_text(message["text"])
            case "broken":
                self._trouble = message["detail"]
        return playing, patience

    def _keep(self, one: Outcome, output: str) -> None:
        one = msgspec.structs.replace(one, again=one.name in self._died_under)
        self._outcomes[one.name] = one
        (self._folder / f"{one.name}.log").write_text(output + ("" if one.passed else f"\n{one.detail}\n"))
        say(f"{one.name}: {'passed' if one.passed else 'FAILED'} in {one.seconds:.1f} s")

    def _hung(self, guest: Machine, playing: str, patience: float) -> str | None:
        return self._lost(playing, f"the guest hung: nothing heard for {patience:.0f} s", guest.console(200))

    def _died(self, guest: Machine, playing: str) -> str | None:
        """A scenario under which the kernel died has a second chance: that bug is not the product's."""
        if not playing or playing in self._died_under:
            return self._lost(playing, "the guest's kernel died", guest.console(200))
        self._died_under.add(playing)
        (self._folder / f"{playing}.kernel.log").write_text(guest.console(200))
        return playing

    def _lost(self, playing: str, why: str, console: str) -> str | None:
        if not playing:
            self._trouble = f"between scenarios, {why}\n{console}"
            return None
        self._keep(Outcome(playing, passed=False, seconds=0.0, detail=f"{why}\n{console}"), "")
        return playing

    def _left(self) -> list[str]:
        return [name for name in self._plan if name not in self._outcomes]

    def _spent(self) -> float:
        return time.monotonic() - self._began


def say(line: str) -> None:
    """A line for who waits."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
