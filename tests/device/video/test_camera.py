# SPDX-License-Identifier: Apache-2.0
import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from device.camera import CameraPhase
from device.codes import Site
from device.errors import CameraError
from device.ring import RingReader
from device.video import Format, Raw
from device.video.pixels import Unpacker
from virtual.cameras.card import Card
from virtual.cameras.film import LazyFilm

if TYPE_CHECKING:
    from tests.device.video.conftest import Stage


async def test_pictures_come_in_order_and_move(stage: "Stage") -> None:
    stage.camera.start()
    first = await stage.camera.next(0, 5)
    second = await stage.camera.next(first.sequence, 5)
    assert second.sequence > first.sequence
    assert second.monotonic > first.monotonic
    assert (second.width, second.height, second.i420.shape) == (320, 240, (360, 320))
    assert not np.array_equal(first.i420, second.i420)
    assert not second.i420.flags.writeable
    assert stage.camera.latest is not None


async def test_slow_reader_gets_the_newest_only(stage: "Stage") -> None:
    stage.camera.chosen = True
    stage.camera.start()
    first = await stage.camera.next(0, 5)
    later = first
    while later.sequence < first.sequence + 10:
        later = await stage.camera.next(later.sequence, 5)
    newest = await stage.camera.next(first.sequence, 5)
    assert newest.sequence >= later.sequence
    assert newest is stage.camera.latest or stage.camera.latest.sequence > newest.sequence  # type: ignore[union-attr]


async def test_state_says_what_the_station_shows(stage: "Stage") -> None:
    state = stage.camera.state
    assert (state.id, state.label, state.role, state.phase) == ("ear", "Otoscope", "otoscope", CameraPhase.OPENING)
    assert state.ring == str(stage.ring)
    assert state.sites == (Site.LEFT_EAR, Site.RIGHT_EAR)


async def test_unwatched_camera_is_decoded_less_often_than_the_chosen_one(stage: "Stage") -> None:
    stage.camera.start()
    await stage.until(CameraPhase.LIVE)

    async def rate() -> float:
        reader, seen, end = RingReader(stage.ring), set(), time.monotonic() + 1
        while time.monotonic() < end:
            if (picture := reader.latest()) is not None:
                seen.add(picture.sequence)
            await asyncio.sleep(0.004)
        return len(seen)

    idle = await rate()
    stage.camera.chosen = True
    chosen = await rate()
    assert 1 <= idle <= 13
    assert chosen > 16


async def test_next_has_a_deadline_and_no_picture_is_an_error(stage: "Stage") -> None:
    stage.source.starve()
    stage.camera.start()
    before = time.monotonic()
    with pytest.raises(CameraError) as caught:
        await stage.camera.next(0, 0.2)
    assert caught.value.code == "CAM-02"
    assert time.monotonic() - before < 5


async def test_cancelled_reader_does_not_disturb_another(stage: "Stage") -> None:
    stage.source.starve()
    stage.camera.start()
    impatient = asyncio.create_task(stage.camera.next(0, 5))
    patient = asyncio.create_task(stage.camera.next(0, 5))
    await asyncio.sleep(0)
    impatient.cancel()
    stage.source.recover()
    assert (await patient).sequence >= 1
    assert impatient.cancelled() or impatient.cancelling()


async def test_still_is_the_sensors_own_jpeg(stage: "Stage") -> None:
    frames = {stage.source._film.frame(number) for number in range(120)}
    stage.camera.start()
    still = await stage.camera.still()
    assert still.data in frames
    assert (still.media_type, still.width, still.height) == ("image/jpeg", 320, 240)
    assert still.taken.trusted
    assert abs(datetime.now(UTC) - still.taken.wall) < timedelta(seconds=2)


async def test_held_picture_stays_and_its_still_is_its_own_frame(stage: "Stage") -> None:
    stage.camera.chosen = True
    stage.camera.start()
    await stage.camera.next(0, 5)
    stage.camera.hold(frozen=True)
    held = stage.camera.latest
    assert held is not None
    later = await stage.camera.next(held.sequence + 5, 5)
    assert np.array_equal(later.i420, held.i420)
    assert later.monotonic == held.monotonic
    still = await stage.camera.still()
    again = await stage.camera.still()
    assert still.data == again.data
    assert still.taken.monotonic == held.monotonic
    assert np.array_equal(Unpacker().i420(Raw(Format.MJPEG, 320, 240, still.data)), held.i420)
    stage.camera.hold(frozen=False)
    moving = await stage.camera.next(later.sequence + 5, 5)
    assert not np.array_equal(moving.i420, held.i420)


async def test_held_picture_survives_its_camera(stage: "Stage") -> None:
    stage.camera.start()
    await stage.until(CameraPhase.LIVE)
    stage.camera.hold(frozen=True)
    stage.source.unplug()
    await stage.until(CameraPhase.ABSENT)
    assert (await stage.camera.still()).width == 320
    assert stage.camera.latest is not None
    stage.camera.hold(frozen=False)
    assert stage.camera.latest is None


async def test_nothing_to_hold_is_an_error(stage: "Stage") -> None:
    with pytest.raises(CameraError):
        stage.camera.hold(frozen=True)
    stage.camera.hold(frozen=False)


async def test_still_of_an_absent_camera_is_refused_at_once(stage: "Stage") -> None:
    stage.source.unplug()
    stage.camera.start()
    await stage.until(CameraPhase.ABSENT)
    before = time.monotonic()
    with pytest.raises(CameraError) as caught:
        await stage.camera.still()
    assert caught.value.code == "CAM-01"
    assert time.monotonic() - before < 5


async def test_camera_lost_while_a_still_is_asked_for_says_so(stage: "Stage") -> None:
    stage.camera.start()
    await stage.until(CameraPhase.LIVE)
    stage.source.starve()
    asked = asyncio.create_task(stage.camera.still())
    await asyncio.sleep(0.1)
    stage.source.unplug()
    with pytest.raises(CameraError):
        await asyncio.wait_for(asked, 3)


async def test_still_in_time_or_not_at_all(stage: "Stage") -> None:
    stage.camera.start()
    await stage.until(CameraPhase.LIVE)
    stage.source.starve()
    with pytest.raises(CameraError) as caught:
        await stage.camera.still(deadline=0.3)
    assert caught.value.code == "CAM-06"


async def test_stopping_takes_everything_away_and_starting_brings_it_back(stage: "Stage") -> None:
    stage.camera.start()
    stage.camera.start()
    last = await stage.camera.next(0, 5)
    stage.camera.stop()
    assert (stage.camera.latest, stage.camera.phase) == (None, CameraPhase.OPENING)
    assert not stage.ring.exists()
    stage.camera.stop()
    stage.camera.start()
    assert (await stage.camera.next(last.sequence, 5)).sequence > last.sequence
    assert stage.source.openings == 2


async def test_ring_holds_small_pictures_until_the_camera_is_chosen(stage: "Stage") -> None:
    stage.source._film = LazyFilm(Card(), (1280, 960), 30.0)
    stage.camera.start()
    await stage.until(CameraPhase.LIVE, 5)
    reader = RingReader(stage.ring)
    small = reader.latest()
    assert small is not None
    assert (small.width, small.height) == (480, 360)
    stage.camera.chosen = True
    async with asyncio.timeout(5):
        while (whole := reader.latest()) is None or whole.width != 1280:
            await stage.camera.next(0 if whole is None else whole.sequence, 5)
    assert whole.i420.shape == (1440, 1280)


async def test_eased_camera_makes_half_as_many_pictures_and_all_of_them_again(
    stage: "Stage", monkeypatch: pytest.MonkeyPatch
) -> None:
    reads, read = [0], stage.source.read

    def counted() -> Raw | None:
        reads[0] += 1
        return read()

    monkeypatch.setattr(stage.source, "read", counted)

    async def frames_for(pictures: int) -> float:
        """How many frames were read for each picture that was made."""
        first = last = (await stage.camera.next(0, 5)).sequence
        begin = reads[0]
        while last < first + pictures:
            last = (await stage.camera.next(last, 5)).sequence
        return (reads[0] - begin) / (last - first)

    stage.camera.chosen = True
    stage.camera.start()
    assert await frames_for(20) < 1.2
    stage.camera.ease(on=True)
    assert await frames_for(20) > 1.8
    stage.camera.ease(on=False)
    assert await frames_for(20) < 1.2


async def test_blurred_picture_is_a_hint_and_no_trouble(stage: "Stage", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("device.video.capture.LOOK", 0.05)
    monkeypatch.setattr("device.video.sharpness.LASTING", 0.2)
    stage.source._film = LazyFilm(Soft(), (640, 480), 60.0)
    stage.camera.start()
    async with asyncio.timeout(5):
        while not stage.camera.state.blurred:
            await stage.camera.next(stage.camera.latest.sequence if stage.camera.latest else 0, 5)
            await asyncio.sleep(0)
    assert stage.phases[0] is CameraPhase.LIVE
    assert set(stage.phases) == {CameraPhase.LIVE}
    assert (await stage.camera.still()).width == 640
    stage.source.unplug()
    await stage.until(CameraPhase.ABSENT)
    assert not stage.camera.state.blurred


class Soft(Card):
    """The test card, far out of focus."""

    def draw(self, time: float, size: tuple[int, int]) -> np.ndarray:
        i420 = super().draw(time, size)
        i420[: size[1]] = cv2.blur(i420[: size[1]], (17, 17))
        return i420
