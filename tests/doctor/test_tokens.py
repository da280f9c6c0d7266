# SPDX-License-Identifier: Apache-2.0
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctor.errors import TokenError
from doctor.tokens import Signer, cart_of, fingerprint, same_code

SIGNER = Signer(b"k" * 32)
OTHER = Signer(b"o" * 32)
NOW = 1_800_000_000


def test_a_room_carries_its_cart_and_expiry() -> None:
    invitation = SIGNER.invitation(SIGNER.room("chevet-12", NOW + 60), NOW)
    assert (invitation.cart, invitation.expires) == ("chevet-12", NOW + 60)


def test_two_rooms_of_one_cart_differ() -> None:
    assert SIGNER.room("c", NOW + 60) != SIGNER.room("c", NOW + 60)


def test_a_room_survives_a_restart_but_not_another_key() -> None:
    room = SIGNER.room("chevet-12", NOW + 60)
    assert Signer(b"k" * 32).invitation(room, NOW).cart == "chevet-12"
    with pytest.raises(TokenError) as refusal:
        OTHER.invitation(room, NOW)
    assert refusal.value.code == "forged"


def test_a_room_expires() -> None:
    with pytest.raises(TokenError) as refusal:
        SIGNER.invitation(SIGNER.room("c", NOW), NOW)
    assert refusal.value.code == "expired"


@given(st.text(max_size=600))
def test_any_text_is_no_room(text: str) -> None:
    with pytest.raises(TokenError):
        SIGNER.invitation(text, NOW)


@given(st.data())
def test_one_changed_character_is_noticed(data: st.DataObject) -> None:
    room = SIGNER.room("chevet-12", NOW + 60, b"123456789")
    place = data.draw(st.integers(0, len(room) - 1))
    character = data.draw(st.sampled_from("ABCxyz019-_=").filter(lambda each: each != room[place]))
    with pytest.raises(TokenError):
        SIGNER.invitation(room[:place] + character + room[place + 1 :], NOW)


def test_the_code_is_six_digits_of_room_key_and_use() -> None:
    room = SIGNER.room("c", NOW + 60, b"123456789")
    codes = [SIGNER.code(room, used) for used in range(50)]
    assert all(len(code) == 6 and code.isdecimal() for code in codes)
    assert len(set(codes)) > 45
    assert SIGNER.code(room, 0) == Signer(b"k" * 32).code(room, 0)
    assert SIGNER.code(room, 0) != OTHER.code(room, 0)


def test_a_code_may_be_typed_with_spaces() -> None:
    assert same_code("123 456", "123456")
    assert not same_code("123457", "123456")
    assert not same_code("", "123456")
    assert not same_code("１２３４５６", "123456")


def test_a_resume_token_says_who_and_whether_admitted() -> None:
    room = SIGNER.room("c", NOW + 60)
    resume = SIGNER.resumed(SIGNER.resume(room, "peer-1", admitted=True), room)
    assert (resume.peer, resume.admitted) == ("peer-1", True)
    assert not SIGNER.resumed(SIGNER.resume(room, "peer-1", admitted=False), room).admitted


def test_a_resume_token_of_another_room_or_kind_is_refused() -> None:
    room, other = SIGNER.room("c", NOW + 60), SIGNER.room("c", NOW + 60)
    with pytest.raises(TokenError):
        SIGNER.resumed(SIGNER.resume(other, "p", admitted=True), room)
    with pytest.raises(TokenError):
        SIGNER.resumed(room, room)
    with pytest.raises(TokenError):
        SIGNER.invitation(SIGNER.resume(room, "p", admitted=True), NOW)


def test_a_cart_is_found_by_its_token_only() -> None:
    carts = {"a": fingerprint("token-a"), "b": fingerprint("token-b").upper()}
    assert cart_of("token-a", carts) == "a"
    assert cart_of("token-b", carts) == "b"
    assert cart_of("token-c", carts) is None
    assert fingerprint("token-a") == hashlib.sha256(b"token-a").hexdigest()


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Signer(b"short")
