# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.camera import CameraPhase
from device.video.watch import Glance, Watch, found, glance, lost, phase, saw


def live(since: float = 0.0) -> Watch:
    return saw(found(Watch(since), since, opened=True), Glance(1, black=False), since)


def frames(watch: Watch, begin: float, end: float, *, same: bool = False, black: bool = False) -> Watch:
    """Thirty pictures a second."""
    for number in range(round((end - begin) * 30) + 1):
        watch = saw(watch, Glance(-1 if same else 1000 + number, black), begin + number / 30)
    return watch


def test_camera_that_opens_slowly_is_opening_for_eight_seconds() -> None:
    assert phase(Watch(0.0), 7.9) is CameraPhase.OPENING
    assert phase(Watch(0.0), 8.0) is CameraPhase.STUCK


def test_open_camera_without_a_picture_is_stuck_within_three_seconds() -> None:
    opened = found(Watch(0.0), 5.0, opened=True)
    assert phase(opened, 7.4) is CameraPhase.OPENING
    assert phase(opened, 7.6) is CameraPhase.STUCK


def test_first_picture_makes_it_live() -> None:
    assert phase(live(), 0.1) is CameraPhase.LIVE


def test_no_more_pictures_is_noticed_within_three_seconds() -> None:
    watch = frames(live(), 0, 10)
    assert phase(watch, 11.9) is CameraPhase.LIVE
    assert phase(watch, 12.1) is CameraPhase.STUCK


def test_one_picture_for_ever_is_noticed_within_three_seconds() -> None:
    watch = frames(frames(live(), 0, 10), 10, 13, same=True)
    assert phase(watch, 13) is CameraPhase.STUCK


def test_screen_may_stand_still_but_not_stop_coming() -> None:
    watch = live()
    for number in range(300):
        watch = saw(watch, Glance(-1, black=False), number / 30, still=True)
    assert phase(watch, 10) is CameraPhase.LIVE
    assert phase(watch, 12.1) is CameraPhase.STUCK


def test_black_is_noticed_within_three_seconds_with_or_without_noise() -> None:
    for same in (False, True):
        dark = frames(frames(live(), 0, 10), 10, 13, black=True, same=same)
        assert phase(dark, 13) is CameraPhase.BLACK
    blink = frames(frames(live(), 0, 10), 10, 11, black=True)
    assert phase(frames(blink, 11.1, 13), 13) is CameraPhase.LIVE


def test_new_picture_ends_every_trouble() -> None:
    for trouble in (
        frames(live(), 1, 5, same=True),
        frames(live(), 1, 5, black=True),
        lost(live(), 5),
        Watch(0.0),
        live(),
    ):
        assert phase(saw(trouble, Glance(77, black=False), 20), 20) is CameraPhase.LIVE


def test_same_picture_after_reopening_is_still_stuck() -> None:
    stuck = frames(live(), 0, 5, same=True)
    again = saw(found(stuck, 8, opened=True), Glance(-1, black=False), 8.5)
    assert phase(again, 8.6) is CameraPhase.STUCK


def test_lost_camera_is_absent_at_once_and_forgets_its_picture() -> None:
    gone = lost(frames(live(), 0, 5), 5)
    assert phase(gone, 5) is CameraPhase.ABSENT
    assert gone.glance is None
    back = found(gone, 9, opened=True)
    assert phase(back, 9.1) is CameraPhase.OPENING
    assert phase(saw(back, Glance(-1, black=False), 9.2), 9.3) is CameraPhase.LIVE


def test_refusing_camera_is_stuck_and_openings_without_a_picture_do_not_hide_it() -> None:
    refused = found(Watch(0.0), 1, opened=False)
    assert phase(refused, 9) is CameraPhase.STUCK
    opened = found(refused, 9, opened=True)
    again = found(opened, 12, opened=True)
    assert phase(again, 12.1) is CameraPhase.STUCK


@given(st.lists(st.tuples(st.sampled_from(["saw", "same", "black", "lost", "found"]), st.floats(0, 3)), max_size=40))
def test_live_always_means_a_new_bright_enough_picture_within_two_seconds(steps: list[tuple[str, float]]) -> None:
    watch, now, fresh = Watch(0.0), 0.0, -100.0
    for number, (what, wait) in enumerate(steps):
        now += wait
        if what in ("saw", "black"):
            watch, fresh = saw(watch, Glance(number, what == "black"), now), now
        elif what == "same" and watch.glance is not None:
            watch = saw(watch, watch.glance, now)
        elif what == "lost":
            watch, fresh = lost(watch, now), -100.0
        elif what == "found":
            watch = found(watch, now, opened=True)
        if phase(watch, now) is CameraPhase.LIVE:
            assert watch.changed is not None
            assert now - watch.changed < 2
            assert now - fresh < 2


def test_glance_tells_a_change_and_black() -> None:
    i420 = np.full((1080, 1280), 128, np.uint8)
    i420[:720] = 90
    changed = i420.copy()
    changed[160:180, 320:340] += 1
    assert glance(i420) == glance(i420.copy())
    assert glance(i420) != glance(changed)
    assert not glance(i420).black
    dark = i420.copy()
    dark[:720] = np.random.default_rng(1).integers(16, 26, (720, 1280))
    assert glance(dark).black


@pytest.mark.parametrize("radius", [360, 120])
def test_round_picture_on_black_is_not_black(radius: int) -> None:
    y, x = np.mgrid[0:720, 0:1280]
    i420 = np.full((1080, 1280), 128, np.uint8)
    i420[:720] = np.where(np.hypot(x - 640, y - 360) < radius, 110, 16)
    assert not glance(i420).black


def test_few_bright_pixels_do_not_make_a_covered_lens_a_picture() -> None:
    i420 = np.full((1080, 1280), 17, np.uint8)
    i420.flat[np.random.default_rng(1).choice(720 * 1280, 2000, replace=False)] = 255
    assert glance(i420).black


def test_tiny_pictures_are_looked_at_too() -> None:
    assert glance(np.full((24, 16), 16, np.uint8)).black
    assert not glance(np.full((24, 16), 90, np.uint8)).black
