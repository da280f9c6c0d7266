# SPDX-License-Identifier: Apache-2.0
"""Whose picture is shown when there are several doctors."""

import numpy as np

from call.opus import SAMPLES
from call.stage import QUIET, SEEN, Stage

SPEECH = (np.sin(np.arange(SAMPLES) / 10) * 6000).astype(np.int16)
HUSH = np.zeros(SAMPLES, np.int16)


class Scene:
    """Two doctors, "a" and "b", and a clock."""

    def __init__(self, *peers: str) -> None:
        self.now = 100.0
        self.changes = 0
        self.stage = Stage(self._changed, lambda: self.now)
        for peer in peers:
            self.stage.enter(peer)
        self.shown = peers[0]

    def _changed(self) -> None:
        self.changes += 1
        self.shown = self.stage.chosen

    def go(self, seconds: float, *, seen: str = "ab", **said: np.ndarray) -> None:
        for _ in range(round(seconds / 0.02)):
            self.now += 0.02
            for peer in seen:
                self.stage.seen(peer)
            for peer, block in said.items():
                self.stage.heard(peer, block, self.shown)


def test_who_speaks_while_the_one_shown_is_quiet_is_shown_once() -> None:
    scene = Scene("a", "b")
    scene.go(1.0, a=HUSH, b=SPEECH)
    assert (scene.stage.chosen, scene.changes) == ("b", 1)


def test_a_word_in_between_changes_nothing() -> None:
    scene = Scene("a", "b")
    scene.go(5.0, a=SPEECH, b=HUSH)
    scene.go(0.2, a=HUSH, b=SPEECH)
    scene.go(2.0, a=HUSH, b=HUSH)
    assert scene.changes == 0


def test_two_who_speak_at_once_do_not_flap() -> None:
    scene = Scene("a", "b")
    scene.go(1.0, a=SPEECH, b=HUSH)
    scene.go(20.0, a=SPEECH, b=SPEECH)
    assert scene.changes == 0


def test_the_one_shown_must_have_been_quiet_for_a_while() -> None:
    scene = Scene("a", "b")
    scene.go(1.0, a=SPEECH, b=HUSH)
    scene.go(QUIET, a=HUSH, b=SPEECH)
    assert scene.changes == 0, "the share of late still counts"
    scene.go(1.0, a=HUSH, b=SPEECH)
    assert scene.stage.chosen == "b"


def test_a_doctor_without_a_picture_is_not_brought_in() -> None:
    scene = Scene("a", "b")
    scene.go(SEEN + 3, seen="a", a=HUSH, b=SPEECH)
    assert scene.changes == 0


def test_one_who_leaves_is_chosen_no_more_and_one_alone_never_is() -> None:
    scene = Scene("a", "b")
    scene.go(1.0, a=HUSH, b=SPEECH)
    scene.stage.leave("b")
    assert scene.stage.chosen == ""
    scene.shown = "a"
    scene.go(3.0, seen="a", a=SPEECH, b=SPEECH)
    assert scene.stage.chosen == ""
