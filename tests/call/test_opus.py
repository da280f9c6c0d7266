# SPDX-License-Identifier: Apache-2.0
"""libopus as the call uses it; the network is a list of packets."""

import numpy as np
import pytest

from call.opus import LONGEST, SAMPLES, Application, Decoder, Encoder
from device.errors import CallError
from virtual.sounds import tone, voice


def blocks(samples: np.ndarray) -> np.ndarray:
    return samples[: len(samples) // SAMPLES * SAMPLES].reshape(-1, SAMPLES)


def heard(encoder: Encoder, samples: np.ndarray) -> np.ndarray:
    decoder = Decoder()
    return np.concatenate([decoder.decode(encoder.encode(block)) for block in blocks(samples)])


def decibels(found: np.ndarray, sent: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(found.astype(float) ** 2) / np.mean(sent.astype(float) ** 2)))


@pytest.mark.parametrize("hertz", [20, 25, 40, 80, 150, 400, 1000])
def test_a_stethoscope_is_flat_from_20_hertz(hertz: int) -> None:
    sent = np.tile(tone(hertz), 3)
    found = heard(Encoder(Application.AUDIO, 64_000), sent)
    assert abs(decibels(found[-48_000:], sent[-48_000:])) < 0.2


def test_a_voice_leaves_the_lowest_out() -> None:
    sent = np.tile(tone(20), 3)
    assert decibels(heard(Encoder(Application.VOICE, 32_000), sent)[-48_000:], sent[-48_000:]) < -15


def test_a_lost_packet_is_recovered_from_the_next_one() -> None:
    sent = blocks(voice(-20))
    encoder = Encoder(Application.VOICE, 32_000, fec=True)
    encoder.expect(15)
    packets = [encoder.encode(block) for block in sent]
    whole, copied, made_up = Decoder(), Decoder(), Decoder()
    errors: dict[str, float] = {"copied": 0.0, "made_up": 0.0}
    for at in range(1, len(packets) - 1):
        truth = whole.decode(packets[at]).astype(float)
        if at % 7 == 0 and truth.std() > 300:
            errors["copied"] += float(((copied.recover(packets[at + 1]) - truth) ** 2).sum())
            errors["made_up"] += float(((made_up.conceal() - truth) ** 2).sum())
        else:
            copied.decode(packets[at])
            made_up.decode(packets[at])
    assert errors["made_up"] > 0
    assert errors["copied"] < errors["made_up"] / 2


def test_what_is_concealed_fades() -> None:
    decoder, encoder = Decoder(), Encoder(Application.VOICE, 32_000)
    for block in blocks(tone(300)):
        decoder.decode(encoder.encode(block))
    loudness = [float(decoder.conceal().astype(float).std()) for _ in range(30)]
    assert loudness[0] > 500
    assert loudness[-1] < loudness[0] / 20


def test_a_voice_costs_its_32_kilobits() -> None:
    encoder = Encoder(Application.VOICE, 32_000, fec=True)
    encoder.expect(10)
    packets = [encoder.encode(block) for block in blocks(np.tile(voice(), 3))]
    assert 15_000 < sum(map(len, packets)) * 8 / (len(packets) * 0.02) < 40_000
    assert max(map(len, packets)) < LONGEST


@pytest.mark.parametrize("packet", [b"\xff" * 3, b"\x03\xff\xff", b"\xfb\x3f" + bytes(1200)])
def test_a_packet_that_is_none_is_a_call_error(packet: bytes) -> None:
    with pytest.raises(CallError) as caught:
        Decoder().decode(packet)
    assert caught.value.code == "CAL-30"


def test_a_block_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="int16 of shape"):
        Encoder(Application.VOICE, 32_000).encode(np.zeros(480, np.int16))
