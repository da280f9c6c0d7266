# SPDX-License-Identifier: Apache-2.0
import json
from hashlib import pbkdf2_hmac, sha256
from unicodedata import combining, normalize

import pytest

from call.fingerprints import COUNT, control_words, fingerprints, spoken, vocabulary
from device.errors import CallError
from tests.call.test_peer import joined

CART, PAGE = sha256(b"cart").digest(), sha256(b"page").digest()
VECTOR = ("pelle", "guide", "prénom", "enchère")
"""The words of SHA-256("cart") and SHA-256("page"): the page's test has them too."""
NUMBERS = tuple(str(number) for number in range(COUNT))


def test_the_words_are_ten_bits_each_of_the_digest_of_both():
    number = int.from_bytes(pbkdf2_hmac("sha256", CART + PAGE, b"chevet control words 2", 200_000)[:5])
    words = control_words(CART, PAGE, NUMBERS)
    assert len(words) == 4
    assert sum(int(word) << 10 * (3 - place) for place, word in enumerate(words)) == number


def test_the_words_of_two_known_certificates_stay_what_they_are():
    assert control_words(CART, PAGE, vocabulary()) == VECTOR


def test_another_certificate_on_either_side_or_the_other_way_round_gives_other_words():
    words = control_words(CART, PAGE, NUMBERS)
    assert words == control_words(CART, PAGE, NUMBERS)
    assert words != control_words(CART, CART, NUMBERS)
    assert words != control_words(PAGE, PAGE, NUMBERS)
    assert words != control_words(PAGE, CART, NUMBERS)


@pytest.mark.parametrize("size", [0, 20, 31, 33, 64])
def test_what_is_no_sha256_gives_none(size):
    with pytest.raises(ValueError, match="bytes"):
        control_words(b"\x00" * size, PAGE, NUMBERS)


def test_no_two_words_can_be_taken_for_each_other_by_their_first_letters():
    words = vocabulary()
    heard = {"".join(sign for sign in normalize("NFD", word) if not combining(sign))[:4] for word in words}
    assert len(heard) == len(words) == COUNT
    assert all(4 <= len(word) <= 8 and word.isalpha() and word.islower() for word in words)
    assert all(word == normalize("NFC", word) for word in words)


@pytest.mark.parametrize("text", ["", "{}", "[1]", json.dumps(["mot"] * COUNT), json.dumps(list(NUMBERS[:-1]))])
def test_a_list_that_is_none_is_said(tmp_path, text):
    (tmp_path / "words.json").write_text(text)
    with pytest.raises(CallError) as caught:
        vocabulary(tmp_path / "words.json")
    assert caught.value.code == "CAL-40"


async def test_both_ends_of_a_handshake_find_the_same_words():
    async with joined() as (peer, doctor, *_):
        ours = fingerprints(peer.sender.transport)
        theirs = fingerprints(doctor.connection.getTransceivers()[0].sender.transport)
        assert ours is not None
        assert theirs == ours[::-1]
        assert await spoken(peer.sender.transport) == " · ".join(control_words(*ours, vocabulary()))
        transport = peer.sender.transport
    assert await spoken(transport) == ""
