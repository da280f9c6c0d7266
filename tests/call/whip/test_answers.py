# SPDX-License-Identifier: Apache-2.0
"""What an endpoint's answer means, whatever it is."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call.messages import IceServer
from call.wish_answers import PATIENT, SERVERS, Answer, Created, Declined, located, read, redirected, servers, wait
from device.errors import CallError

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
URL = "https://sfu.example/whip/room"
BODY = b"v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 96\r\n"


def good(**changes) -> Answer:
    return Answer(**{"url": URL, "status": 201, "kind": "application/sdp", "location": "/s/1", "body": BODY, **changes})


def test_a_created_session_is_where_location_says_with_its_tag_and_its_relays():
    link = '<turns:t.example?transport=tcp>; rel="ice-server"; username="u"; credential="p"'
    made = read(good(etag='"x"', links=(link,)), NOW, player=False)
    assert isinstance(made, Created)
    assert (made.location, made.etag, made.counter) == ("https://sfu.example/s/1", '"x"', False)
    assert made.ice == (IceServer("turns:t.example?transport=tcp", "u", "p"),)


@pytest.mark.parametrize(
    ("status", "code", "retry"),
    [
        (200, "CAL-52", False),
        (204, "CAL-52", False),
        (302, "CAL-52", False),
        (307, "CAL-52", False),
        (400, "CAL-55", False),
        (401, "CAL-51", False),
        (403, "CAL-51", False),
        (404, "CAL-52", False),
        (405, "CAL-52", False),
        (406, "CAL-55", False),
        (409, "CAL-55", False),
        (410, "CAL-52", False),
        (415, "CAL-55", False),
        (418, "CAL-55", False),
        (422, "CAL-55", False),
        (429, "CAL-54", True),
        (500, "CAL-56", True),
        (501, "CAL-56", True),
        (503, "CAL-54", True),
        (599, "CAL-56", True),
    ],
)
def test_each_status_has_its_code_and_says_whether_to_try_again(status, code, retry):
    declined = read(good(status=status, location="", retry_after="7"), NOW, player=False)
    assert isinstance(declined, Declined)
    assert (declined.error.code, declined.error.retry, declined.after) == (code, retry, 7.0)
    assert declined.error.line.endswith(".")


@pytest.mark.parametrize("status", [404, 409])
def test_a_player_without_a_stream_waits(status):
    declined = read(good(status=status, retry_after="2"), NOW, player=True)
    assert isinstance(declined, Declined)
    assert (declined.error.code, declined.error.retry, declined.after) == ("CAL-58", True, 2.0)


def test_a_servers_own_offer_is_for_players_alone():
    counter = read(good(status=406), NOW, player=True)
    assert isinstance(counter, Created)
    assert counter.counter
    assert isinstance(read(good(status=406), NOW, player=False), Declined)
    assert isinstance(read(good(status=406, location=""), NOW, player=True), Declined)


@pytest.mark.parametrize(
    "changes",
    [{"kind": "text/html"}, {"kind": ""}, {"body": None}, {"body": b"\xff\xfe"}, {"kind": "application/json"}],
)
def test_an_unusable_answer_leaves_a_session_to_be_deleted(changes):
    declined = read(good(**changes), NOW, player=False)
    assert isinstance(declined, Declined)
    assert (declined.error.code, declined.location) == ("CAL-53", "https://sfu.example/s/1")


@pytest.mark.parametrize(
    "location", ["", "http://sfu.example/s", "ftp://x/", "https://u:p@x/", "file:///etc/passwd", "https://[::1"]
)
def test_a_token_goes_over_no_other_scheme_and_to_no_strange_address(location):
    assert located(URL, location) is None
    declined = read(good(location=location), NOW, player=False)
    assert isinstance(declined, Declined)
    assert (declined.error.code, declined.location) == ("CAL-53", "")
    assert redirected(good(status=307, location=location)) is None


def test_redirections_that_keep_the_method_are_followed_and_no_others():
    assert redirected(good(status=307, location="https://other.example/whip")) == "https://other.example/whip"
    assert redirected(good(status=308, location="/b")) == "https://sfu.example/b"
    assert redirected(good(status=301, location="/b")) is None
    assert redirected(good(status=302, location="/b")) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("12", 12.0),
        ("9" * 500, PATIENT),
        ("-5", 0.0),
        ("²", 0.0),
        ("soon", 0.0),
        ("", 0.0),
        (format_datetime(NOW + timedelta(seconds=30), usegmt=True), 30.0),
        (format_datetime(NOW - timedelta(days=3), usegmt=True), 0.0),
        (format_datetime(NOW + timedelta(days=3), usegmt=True), PATIENT),
    ],
)
def test_the_wait_that_a_server_asks_for_is_bounded(text, seconds):
    assert wait(text, NOW) == seconds


def test_relays_are_read_as_the_rfc_writes_them():
    fields = (
        '<stun:stun.example.net>; rel="ice-server"',
        '<turn:t.example>; rel="ice-server"; username="us,er"; credential="a\\"b>c", <turn:b.example>;rel=ice-server',
        '<turn:oauth.example>; rel="ice-server"; username="u"; credential="x"; credential-type="oauth"',
        '<https://doc.example>; rel="help"',
        "nonsense",
    )
    assert servers(fields) == (
        IceServer("stun:stun.example.net"),
        IceServer("turn:t.example", "us,er", 'a"b>c'),
        IceServer("turn:b.example"),
    )
    assert len(servers(['<stun:a>;rel="ice-server"'] * 100)) == SERVERS


@given(
    st.builds(
        Answer,
        url=st.just(URL),
        status=st.integers(100, 999),
        kind=st.text(max_size=40),
        location=st.text(max_size=60),
        etag=st.text(max_size=10),
        retry_after=st.text(max_size=40),
        links=st.lists(st.text('<>;,="\\ abc-', max_size=60), max_size=3).map(tuple),
        body=st.none() | st.binary(max_size=60),
    ),
    st.booleans(),
)
def test_no_answer_breaks_the_reader(answer, player):
    meant = read(answer, NOW, player=player)
    if isinstance(meant, Declined):
        assert isinstance(meant.error, CallError)
        assert 0 <= meant.after <= PATIENT
    redirected(answer)
