# SPDX-License-Identifier: Apache-2.0
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call import messages, pages
from device.codes import Doubt
from device.errors import MessageError
from doctor import messages as server


@given(st.text() | st.binary() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_garbage_from_the_server_or_a_page_is_a_message_error_and_nothing_else(data):
    for decode in (messages.decode, pages.decode):
        with pytest.raises(MessageError):
            decode(data)


def test_everything_the_cart_says_is_understood_by_the_server():
    said = [
        messages.Invite("id"),
        messages.Invite("id", "room"),
        messages.Withdraw("room"),
        messages.Admit("room", "peer"),
        messages.Refuse("room", "peer"),
        messages.Offer("room", "peer", 3, "v=0\r\n"),
        messages.Restart("room", "peer"),
        messages.Ping(1),
    ]
    for message in said:
        assert type(server.from_cart(messages.encode(message))).__name__.removeprefix("Cart") == type(message).__name__


def test_everything_the_server_says_is_understood_by_the_cart():
    relay = server.IceServer(("turn:relay:3478?transport=udp",), "user", "secret")
    said = [
        server.Welcome("cart-1", (relay,)),
        server.Invited("id", "room", "link", "123456", 1_900_000_000, (relay,)),
        server.Knock("room", "peer", "Dr Roux"),
        server.Back("room", "peer", "Dr Roux"),
        server.Left("room", "peer", final=True),
        server.CartAnswer("room", "peer", 1, "v=0"),
        server.CartCandidate("room", "peer", 1, "candidate:1", "0", 0),
        server.CartCandidate("room", "peer", 1),
        server.CartDead("room", "peer"),
        server.Pong(1),
        server.Error("no-room", "gone"),
    ]
    for message in said:
        heard = messages.decode(server.text(message))
        assert type(heard).__name__ == type(message).__name__.removeprefix("Cart")


def test_a_description_with_a_thousand_candidates_is_refused():
    sdp = "v=0\r\n" + "a=candidate:1 1 udp 1 192.0.2.1 1 typ host\r\n" * 1000
    with pytest.raises(MessageError, match="candidates"):
        messages.decode(json.dumps({"type": "answer", "room": "r", "peer": "p", "call": 1, "sdp": sdp}))


def test_an_error_never_repeats_what_was_sent():
    message = '{"type":"command","id":"x","command":{"command":"show-text","text":"MOREAU Jeanne","more":1}}'
    with pytest.raises(MessageError) as caught:
        pages.decode(message)
    assert "MOREAU" not in str(caught.value)


def test_a_conclusion_that_would_not_fit_is_refused_with_words():
    text = json.dumps({"type": "command", "id": "x", "command": {"command": "write-conclusion", "text": "a" * 8001}})
    with pytest.raises(MessageError) as caught:
        pages.decode(text)
    assert "trop longue" in caught.value.line


def test_the_vocabulary_is_the_carts_own():
    words = json.loads(pages.words())["words"]
    assert words["metrics"]["systolic"] == {"label": "Systolique", "unit": "mmHg", "digits": 0}
    assert words["doubts"]["movement"] == {"line": Doubt.MOVEMENT.line, "void": False}
    assert words["sites"]["left-ear"] == "oreille gauche"
    assert "not-newest" in words["reasons"]
