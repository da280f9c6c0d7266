# SPDX-License-Identifier: Apache-2.0
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctor.errors import Rejected
from doctor.messages import Answer, CartOffer, Join, Offer, from_cart, from_page, text

SDP = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n"


def test_messages_are_read() -> None:
    offer = from_cart(json.dumps({"type": "offer", "room": "r", "peer": "p", "call": 2, "sdp": SDP}))
    assert offer == CartOffer("r", "p", 2, SDP)
    assert from_page('{"type": "join", "room": "r", "name": "Dr Martin", "code": "123456"}') == Join(
        "r", "Dr Martin", "123456"
    )
    assert from_page(json.dumps({"type": "answer", "call": 1, "sdp": SDP})) == Answer(1, SDP)


def test_messages_are_written_with_their_type() -> None:
    assert json.loads(text(Offer(3, SDP))) == {"type": "offer", "call": 3, "sdp": SDP, "ice": []}


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[]",
        "null",
        "{}",
        '{"type": "nothing"}',
        '{"type": "leave", "extra": 1}',
        '{"type": "join"}',
        '{"type": "join", "room": 5}',
        '{"type": "join", "room": "", "name": "x"}',
        '{"type": "join", "room": "r", "name": "' + "x" * 81 + '"}',
        '{"type": "join", "room": "r", "name": "a\\u0007b"}',
        '{"type": "answer", "call": -1, "sdp": "v=0"}',
        '{"type": "answer", "call": 1, "sdp": "hello"}',
        '{"type": "candidate", "call": 1, "candidate": "' + "x" * 1025 + '"}',
        '{"type": "ping", "n": 1e400}',
        "[" * 100_000,
    ],
)
def test_what_is_no_message_is_rejected_with_a_reason(line: str) -> None:
    with pytest.raises(Rejected) as refusal:
        from_page(line)
    assert refusal.value.close == 1008
    assert str(refusal.value)


@given(st.text(max_size=200))
def test_any_text_is_read_or_rejected(line: str) -> None:
    for read in (from_page, from_cart):
        with pytest.raises(Rejected):
            read(line)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3),
    )
)
def test_any_field_value_is_read_or_rejected(value: object) -> None:
    for kind in ("join", "answer", "candidate", "offer", "invite", "ping"):
        line = json.dumps({"type": kind, "room": value, "call": value, "sdp": value, "n": value})
        for read in (from_page, from_cart):
            with pytest.raises(Rejected):
                read(line)
