# SPDX-License-Identifier: Apache-2.0
"""What a machine test found: a table for people, JSON for programs."""

from collections.abc import Mapping
from typing import Any

import msgspec


class Outcome(msgspec.Struct, frozen=True):
    """One scenario. ``detail`` is its traceback, ``facts`` are the times it took, in seconds, by what they are of.
    ``again``: it was played a second time, because the guest's own kernel had died the first time."""

    name: str
    passed: bool
    seconds: float
    detail: str = ""
    facts: dict[str, float] = {}
    again: bool = False


class Report(msgspec.Struct, frozen=True):
    """One run. ``prepared`` are the seconds before the first scenario, ``frozen``: it went on from a kept memory."""

    outcomes: tuple[Outcome, ...]
    missing: tuple[str, ...]
    frozen: bool
    prepared: float
    seconds: float
    guest: dict[str, str] = {}
    trouble: str = ""

    @property
    def passed(self) -> bool:
        """Whether every scenario that was to run ran and passed, and there was one."""
        good = all(outcome.passed for outcome in self.outcomes)
        return bool(self.outcomes) and good and not self.missing and not self.trouble

    def json(self) -> bytes:
        """As a file."""
        whole = {"passed": self.passed, **msgspec.to_builtins(self)}
        return msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n"

    def table(self) -> str:
        """As text: each scenario with its time, the failed ones with what they said."""
        width = max((len(one.name) for one in self.outcomes), default=10)
        lines = [_row(one, width) for one in self.outcomes]
        lines += [f"{name:<{width}}  MISSING" for name in self.missing]
        for one in self.outcomes:
            if not one.passed:
                lines += ["", f"-- {one.name}", one.detail.rstrip()]
        if self.trouble:
            lines += ["", self.trouble]
        guest = ", ".join(f"{key} {value}" for key, value in self.guest.items())
        good = sum(one.passed for one in self.outcomes)
        began = "from its memory" if self.frozen else "cold"
        asked = len(self.outcomes) + len(self.missing)
        ready = f"{guest}; ready {began} after {self.prepared:.0f} s"
        lines += ["", f"{good} of {asked} passed in {self.seconds:.0f} s ({ready})"]
        return "\n".join(lines) + "\n"


def _row(one: Outcome, width: int) -> str:
    facts = "  ".join(f"{name} {value:.2f} s" for name, value in one.facts.items())
    again = "  (the guest's kernel had died under it once)" if one.again else ""
    return (
        f"{one.name:<{width}}  {'passed' if one.passed else 'FAILED'}  {one.seconds:6.1f} s  {facts}".rstrip() + again
    )


def outcome(message: Mapping[str, Any]) -> Outcome:
    """Out of the guest's line."""
    return msgspec.convert({key: message[key] for key in Outcome.__struct_fields__ if key in message}, Outcome)
