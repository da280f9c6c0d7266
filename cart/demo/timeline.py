# SPDX-License-Identifier: Apache-2.0
"""The play's timeline, as it is played, and what was asserted of it."""

import sys
import time


class Timeline:
    """Prints each step with its second, and each check with what was found."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.failed: list[str] = []
        self.passed = 0

    def step(self, who: str, what: str) -> None:
        """Something happened."""
        self._print(who, what)

    def check(self, what: str, holds: bool, found: object = "") -> None:  # noqa: FBT001 - a verdict
        """Something must hold; the play goes on either way and its exit status tells."""
        if holds:
            self.passed += 1
        else:
            self.failed.append(what)
        shown = f" ({found})" if found != "" else ""
        self._print("✓" if holds else "✗", f"{what}{shown}")

    def end(self) -> int:
        """The closing line, and the exit status."""
        self._print("", f"{self.passed} passed, {len(self.failed)} failed")
        for what in self.failed:
            self._print("✗", what)
        return 1 if self.failed else 0

    def _print(self, who: str, what: str) -> None:
        sys.stdout.write(f"{time.monotonic() - self._began:7.1f} s  {who:<11} {what}\n")
        sys.stdout.flush()
