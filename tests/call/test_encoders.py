# SPDX-License-Identifier: Apache-2.0
import av
import numpy as np
import pytest

from call.encoders import CLOCK, make_encoder

FPS = 30


def frame(n: int, width: int = 640, height: int = 360) -> av.VideoFrame:
    """A textured picture that drifts and flickers, so that every one costs bits."""
    noise = np.random.default_rng(7).normal(0, 30, (height, width))
    flicker = np.random.default_rng(n).normal(0, 3, (height, width))
    i420 = np.full((height * 3 // 2, width), 128, np.uint8)
    i420[:height] = np.clip(np.roll(noise, n, axis=1) + flicker + 120, 16, 235)
    i420.flags.writeable = False
    made = av.VideoFrame.from_numpy_buffer(i420, format="yuv420p")
    made.pts, made.time_base = n * CLOCK.denominator // FPS, CLOCK
    return made


@pytest.mark.parametrize(("kind", "codec"), [("H264", "h264"), ("VP8", "libvpx")])
def test_each_picture_is_one_packet_that_decodes_and_only_the_first_is_a_keyframe(kind, codec):
    encoder = make_encoder(kind, 640, 360, 800_000)
    decoder = av.CodecContext.create(codec, "r")
    keyframes, decoded = [], 0
    for n in range(90):
        packet = encoder.encode(frame(n))
        assert packet is not None
        keyframes.append(packet.is_keyframe)
        decoded += len(decoder.decode(av.Packet(bytes(packet))))
    decoded += len(decoder.decode(None))
    assert decoded == 90
    assert keyframes == [True] + [False] * 89


@pytest.mark.parametrize("kind", ["H264", "VP8"])
def test_a_keyframe_comes_when_it_is_asked_for(kind):
    encoder = make_encoder(kind, 640, 360, 800_000)
    packets = [encoder.encode(frame(n), keyframe=n == 10) for n in range(20)]
    assert [n for n, packet in enumerate(packets) if packet.is_keyframe] == [0, 10]


@pytest.mark.parametrize("kind", ["H264", "VP8"])
def test_a_frame_that_a_decoder_marked_as_whole_is_not_made_a_keyframe(kind):
    encoder = make_encoder(kind, 640, 360, 800_000)
    marked = []
    for n in range(5):
        picture = frame(n)
        picture.pict_type = av.video.frame.PictureType.I
        marked.append(encoder.encode(picture).is_keyframe)
    assert marked == [True, False, False, False, False]


@pytest.mark.parametrize("kind", ["H264", "VP8"])
@pytest.mark.parametrize("bits", [300_000, 900_000])
def test_the_bit_rate_is_near_its_target(kind, bits):
    encoder = make_encoder(kind, 640, 360, bits)
    sizes = [encoder.encode(frame(n)).size for n in range(150)]
    assert 0.7 * bits < sum(sizes[60:]) * 8 * FPS / 90 < 1.25 * bits


def second(encoder, n: int, pictures: int = FPS) -> tuple[int, bool]:
    """The bits of the next so many pictures, and whether a keyframe is among them."""
    packets = [encoder.encode(frame(at)) for at in range(n, n + pictures)]
    return sum(packet.size for packet in packets) * 8, any(packet.is_keyframe for packet in packets)


@pytest.mark.parametrize(("before", "after"), [(900_000, 300_000), (250_000, 700_000)])
def test_h264_changes_its_bit_rate_down_and_up_within_a_second_without_a_keyframe(before, after):
    encoder = make_encoder("H264", 640, 360, before)
    for n in range(0, 90, FPS):
        second(encoder, n)
    encoder.rate(after)
    assert not second(encoder, 90)[1]
    bits, keyframe = second(encoder, 120)
    assert not keyframe
    assert 0.6 * after < bits < 1.2 * after


def test_h264_gives_fewer_pictures_more_bits_each():
    encoder = make_encoder("H264", 640, 360, 300_000, 10)
    second(encoder, 0)
    assert 0.6 * 300_000 < second(encoder, 30, 10)[0] < 1.25 * 300_000
    encoder.rate(300_000, 20)
    second(encoder, 40)
    assert 0.6 * 300_000 < second(encoder, 70, 20)[0] < 1.25 * 300_000


def test_vp8_is_opened_again_only_for_a_change_worth_a_keyframe():
    encoder = make_encoder("VP8", 640, 360, 800_000)
    encoder.encode(frame(0))
    encoder.rate(900_000)
    assert not encoder.encode(frame(1)).is_keyframe
    encoder.rate(400_000)
    assert encoder.encode(frame(2)).is_keyframe
    encoder.rate(430_000)
    assert not encoder.encode(frame(3)).is_keyframe


def test_one_picture_never_takes_more_than_the_buffer():
    encoder = make_encoder("H264", 640, 360, 500_000)
    sizes = [encoder.encode(frame(n * 50), keyframe=n % 20 == 0).size for n in range(60)]
    assert max(sizes) * 8 <= 500_000 * 0.25 * 1.1


def test_h264_is_constrained_baseline():
    packet = bytes(make_encoder("H264", 640, 360, 500_000).encode(frame(0)))
    parameters = packet[packet.index(b"\x00\x00\x01\x67") + 3 :]
    assert parameters[1] == 66
    assert parameters[2] & 0x40
    assert parameters[3] == 31
