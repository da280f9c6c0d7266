# SPDX-License-Identifier: Apache-2.0
"""What ``chevet bench sender`` reads and reckons; what it finds is not judged here."""

import asyncio
import math
from fractions import Fraction

import av
import numpy as np
import pytest
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription

from call.encoders import CLOCK, make_encoder
from cart.bench.fidelity import Taken, Unit, judge, psnr
from cart.bench.receiver import receiver
from cart.bench.reel import Reel, split
from cart.bench.sender import Cost, Round, cost_of, of_chromium, results
from cart.bench.sender_chromium import Sent, at_once
from cart.bench.stamps import BIT, BITS, SIZE, number_in, stamped
from device.video import Format, Raw
from device.video.pixels import Unpacker, frame_of
from virtual.cameras.draw import write_film
from virtual.cameras.film import jpeg

PICTURES = 4
DEADLINE = 150.0


class Blocks:
    """A scene of large squares that move."""

    seconds = PICTURES / 30

    def draw(self, time, size):
        width, height = size
        planes = np.full((height * 3 // 2, width), 128, np.uint8)
        columns, rows = np.meshgrid(np.arange(width), np.arange(height))
        planes[:height] = 60 + 40 * ((columns // 80 + rows // 80 + round(time * 30)) % 4)
        return planes


@pytest.fixture(scope="module")
def reel(tmp_path_factory):
    scene, path = Blocks(), tmp_path_factory.mktemp("reel") / "camera.mjpeg"
    plain = [jpeg(scene.draw(number / 30, SIZE)) for number in range(PICTURES)]
    path.write_bytes(b"".join(stamped(picture, number) for number, picture in enumerate(plain)))
    return Reel.at(path)


def encoded(reel, began=100.0):
    """The reel sent once, 30 pictures a second."""
    encoder = make_encoder("H264", *SIZE, 2_000_000)
    for number in range(PICTURES):
        planes = np.full((SIZE[1] * 3 // 2, SIZE[0]), 128, np.uint8)
        planes[: SIZE[1]] = reel.luma(number)
        frame = frame_of(planes)
        frame.pts, frame.time_base = round(number / 30 * CLOCK.denominator), Fraction(CLOCK)
        yield Unit(began + number / 30, "H264", bytes(encoder.encode(frame, keyframe=number == 0)))


@pytest.mark.parametrize("number", [0, 1, 0b1010_0101, 255])
def test_the_number_burned_into_a_picture_can_be_read_after_compression(number):
    picture = jpeg(Unpacker().i420(Raw(Format.MJPEG, *SIZE, stamped(jpeg(Blocks().draw(0, SIZE)), number))), 31)
    assert number_in(Unpacker().i420(Raw(Format.MJPEG, *SIZE, picture))) == number


def test_a_stamp_leaves_the_rest_of_the_picture_as_it_is():
    plain = jpeg(Blocks().draw(0, SIZE))
    before, after = (Unpacker().i420(Raw(Format.MJPEG, *SIZE, one)) for one in (plain, stamped(plain, 7)))
    assert psnr(after[BIT:], before[BIT:]) > 45


def test_a_picture_without_a_number_has_none():
    luma = np.full(SIZE[::-1], 90, np.uint8)
    assert number_in(luma) is None
    luma[:BIT, : BITS * BIT] = 235
    luma[:BIT, 3 * BIT : 4 * BIT] = luma[:BIT, (BITS + 3) * BIT : (BITS + 4) * BIT] = 235
    assert number_in(luma) is None


def test_psnr_is_that_of_the_mean_square_error():
    source = np.full((4, 4), 100, np.uint8)
    assert psnr(source, source) == math.inf
    assert psnr(source + np.uint8(1), source) == pytest.approx(48.13, abs=0.01)
    assert psnr(source - np.uint8(1), source) == pytest.approx(48.13, abs=0.01)
    assert psnr(np.zeros_like(source), np.full_like(source, 255)) == 0


def test_a_film_falls_into_its_jpegs(reel):
    assert len(reel.pictures) == PICTURES
    assert b"".join(reel.pictures) == reel.path.read_bytes()
    assert {picture[:2] + picture[-2:] for picture in reel.pictures} == {b"\xff\xd8\xff\xd9"}
    assert split(reel.pictures[0]) == [reel.pictures[0]]


def test_what_a_squeezed_film_holds_is_what_the_camera_gives(reel, tmp_path):
    path = tmp_path / "squeezed.mjpeg"
    write_film(path, Blocks(), SIZE, 30)
    squeezed = Reel.at(path)
    below = slice(2 * BIT, None)
    for number in range(PICTURES):
        assert psnr(squeezed.luma(number)[below], reel.luma(number)[below]) > 40


def test_a_window_counts_what_came_in_it_and_judges_it_against_its_own_source(reel):
    units = list(encoded(reel))
    taken = judge(units, 100.02, 101.0, reel)
    assert (taken.frames, taken.read) == (PICTURES - 1, PICTURES - 1)
    assert taken.octets == sum(len(unit.data) for unit in units[1:])
    assert taken.psnr > 35
    turned = Reel.at(reel.path)
    turned.pictures = turned.pictures[2:] + turned.pictures[:2]
    assert judge(units, 100.0, 101.0, turned).psnr < 25


def test_pictures_of_another_size_are_not_judged(reel):
    encoder = make_encoder("VP8", 640, 360, 500_000)
    frame = frame_of(np.full((540, 640), 128, np.uint8))
    frame.pts, frame.time_base = 0, Fraction(CLOCK)
    taken = judge([Unit(1.0, "VP8", bytes(encoder.encode(frame, keyframe=True)))], 0.0, 2.0, reel)
    assert (taken.frames, taken.read) == (1, 0)
    with pytest.raises(RuntimeError, match="0 of 1"):
        cost_of(1.0, taken, 2.0)


def test_a_cost_is_for_each_picture_that_came():
    assert cost_of(3.0, Taken(240, 1_200_000, 239, 40.0), 8.0) == Cost(12.5, 30.0, 1200.0, 40.0)
    sent = Sent(3.0, 0.3, Taken(240, 1_200_000, 240, 40.0), "OpenH264")
    assert of_chromium(sent, 8.0).camera == pytest.approx(10.0)


def round_of(cart, chromium, fps=30.0, psnr=(41.0, 40.0)):
    return Round(
        Cost(10.0), Cost(cart, fps, 1200.0, psnr[0]), Cost(cart + 1, 30.0), Cost(chromium, 30.0, 1210.0, psnr[1], 4.0)
    )


def test_ratios_are_medians_of_rounds_and_the_goals_are_the_picture_s_alone():
    rounds = [round_of(12.0, 12.5), round_of(11.0, 22.0), round_of(13.0, 12.0, psnr=(39.0, 40.0))]
    found = {one.id: one for one in results(rounds)}
    assert found["sender.ratio"].value == 1.2
    assert found["sender.ratio"].met is False
    assert found["sender.call.ratio"].value == 1.3
    assert found["sender.call.ratio"].met is None
    assert found["sender.chromium.ratio"].value == 0.96
    assert found["sender.chromium.ratio"].met is True
    assert found["sender.chromium.gain"].value == 1.0
    assert found["sender.chromium.gain"].met is True
    assert found["sender.busy"].value == 0


def test_a_round_of_too_few_pictures_is_said_and_does_not_count():
    rounds = [round_of(12.0, 10.0), round_of(1.0, 10.0, fps=12.0)]
    found = {one.id: one.value for one in results(rounds)}
    assert (found["sender.busy"], found["sender.chromium.ratio"]) == (1, 1.2)
    assert [one.id for one in results(rounds[1:])] == ["sender.busy"]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            "a=rtpmap:98 rtx/90000\r\na=fmtp:98 apt=97\r\na=rtpmap:97 H264/90000\r\na=fmtp:97 packetization-mode=1\r\n",
            "a=fmtp:97 packetization-mode=1;x-google-start-bitrate=2400;",
        ),
        ("a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\n", "a=fmtp:96 x-google-start-bitrate=2400;"),
    ],
)
def test_chromium_is_told_to_begin_with_room_for_the_bit_rate(answer, expected):
    told = at_once(answer, 1_200_000)
    assert expected in told
    assert told.count("x-google-start-bitrate") == 1


class Sent60(MediaStreamTrack):
    """The reel, encoded beforehand, a hundred pictures a second, until sixty have gone."""

    kind = "video"

    def __init__(self, units):
        super().__init__()
        self._units = units
        self._count = 0
        self.gone = asyncio.Event()

    async def recv(self):
        await asyncio.sleep(0.01)
        packet = av.Packet(self._units[self._count % PICTURES].data)
        packet.pts, packet.time_base = self._count * 3000, Fraction(1, 90_000)
        self._count += 1
        if self._count == 60:
            self.gone.set()
        return packet


async def test_a_receiver_says_what_it_took_and_has_nobody_speak(reel):
    connection, track = RTCPeerConnection(RTCConfiguration([])), Sent60(list(encoded(reel)))
    connection.addTransceiver("audio", "sendonly")
    transceiver = connection.addTransceiver(track, "sendonly")
    codecs = RTCRtpSender.getCapabilities("video").codecs
    transceiver.setCodecPreferences([codec for codec in codecs if codec.mimeType == "video/H264"])
    async with asyncio.timeout(DEADLINE), receiver(reel.path, listens=False) as taker:
        await connection.setLocalDescription(await connection.createOffer())
        answer = await taker.answer(connection.localDescription.sdp)
        audio, video = answer.split("m=")[1:]
        assert "a=inactive" in audio
        assert "goog-remb" not in video
        await connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        await track.gone.wait()
        taken = await taker.taken(0.0, math.inf)
        await connection.close()
    assert taken.read == taken.frames > 0
    assert taken.psnr > 35
