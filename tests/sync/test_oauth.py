# SPDX-License-Identifier: Apache-2.0
"""Tokens by client credentials: kept, renewed before their end and once when refused; nothing is lost without them."""

from uuid import uuid4

import msgspec
import pytest

from sync.oauth import Tokens
from sync.outcome import Answer, Silence, Why
from sync.settings import OAuth
from tests.sync.bench import bench, drained
from tests.sync.story import closing, opening, pressure
from virtual.records.authority import Authority

SECRET = "un secret : à=deux points"  # noqa: S105 - of the test's own server


@pytest.fixture
async def desk(tmp_path):
    authority = Authority("cart-3", SECRET)
    (tmp_path / "secret").write_text(SECRET + "\n", encoding="utf-8")
    async with bench(tmp_path, authority=authority) as made:
        made.authority = authority
        made.records._token = ""
        made.server = msgspec.structs.replace(made.server, token_file="", oauth=oauth(made))
        yield made


def oauth(desk, **changes):
    url = desk.server.base.removesuffix("/fhir") + "/token"
    return OAuth(**{"token_url": url, "client_id": "cart-3", "secret_file": str(desk.folder / "secret")} | changes)


def tell(desk):
    desk.story.tell(uuid4(), *opening(), pressure(), *closing())


@pytest.mark.parametrize("method", ["basic", "body"])
async def test_one_token_serves_every_request(desk, method):
    tell(desk)
    async with desk.running(oauth=oauth(desk, method=method, scope="system/*.cruds")):
        await desk.until(drained)
    assert desk.export["counts"]["Observation"] == 2
    assert len(desk.authority.given) == 1
    assert desk.authority.asked[0]["scope"] == "system/*.cruds"


async def test_f29_a_token_that_ends_in_the_middle_is_renewed_and_nothing_waits_for_a_person(desk):
    async with desk.running() as sync:
        encounter = uuid4()
        *_, first = desk.story.tell(encounter, *opening(), pressure())
        sync.wake()
        await desk.until(lambda one: first.id in one.acknowledged)
        desk.authority.revoke()
        (second,) = desk.story.tell(encounter, pressure("131"))
        sync.wake()
        await desk.until(lambda one: second.id in one.acknowledged)
    assert len(desk.authority.given) == 2
    assert desk.export["doubled"] == []
    assert all("autorisation" not in one.why for one in desk.reports)


async def test_f29_a_refused_secret_pauses_and_loses_nothing_until_it_is_right(desk):
    secret = desk.folder / "secret"
    secret.write_text("faux", encoding="utf-8")
    tell(desk)
    async with desk.running():
        queue = await desk.until(lambda one: "autorisation" in one.why)
        assert (queue.code, queue.quarantined, queue.waiting) == ("REC-06", 0, 4)
        secret.write_text(SECRET, encoding="utf-8")
        await desk.until(drained)
    assert desk.export["counts"]["Observation"] == 2


async def test_f29_an_authority_that_is_away_is_said_and_asked_again(desk):
    desk.authority.status = 503
    tell(desk)
    async with desk.running():
        queue = await desk.until(lambda one: "autorise" in one.why)
        assert (queue.code, queue.reachable) == ("REC-07", False)
        desk.authority.status = None
        await desk.until(drained)


MAC = b'{"access_token": "a", "token_type": "mac"}'


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


class Said:
    """An answer of a token endpoint, as aiohttp would give it."""

    def __init__(self, status, body, **headers):
        self.status, self.headers, self.content = status, headers, self
        self._body = body

    async def read(self, _most):
        return self._body

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        return None


class Session:
    def __init__(self, *answers):
        self.answers = list(answers)

    def post(self, *_, **__):
        return self.answers.pop(0)


def token(value, **more):
    return Said(200, msgspec.json.encode({"access_token": value, "token_type": "bearer"} | more))


@pytest.fixture
def tokens(tmp_path):
    (tmp_path / "secret").write_text("s")
    one = OAuth("https://h.example/token", "c", secret_file=str(tmp_path / "secret"))
    return Tokens(one, Clock())


async def test_a_token_is_renewed_before_its_end(tokens):
    session = Session(token("a", expires_in="600"), token("b", expires_in=20), token("c"))
    assert await tokens.bearer(session) == "a"
    tokens._clock.now += 539
    assert await tokens.bearer(session) == "a"
    tokens._clock.now += 1
    assert await tokens.bearer(session) == "b"
    tokens._clock.now += 15
    assert await tokens.bearer(session) == "c"


async def test_two_requests_refused_with_one_token_renew_it_once(tokens):
    session = Session(token("a"), token("b"))
    assert await tokens.bearer(session) == "a"
    assert await tokens.renew(session, "a") == "b"
    assert await tokens.renew(session, "a") == "b"


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        (Said(400, b'{"error": "invalid_scope"}'), Answer(401, words="oauth: invalid_scope")),
        (Said(401, b"<html>"), Answer(401, words="oauth: no token, status 401")),
        (Said(200, b"{}"), Answer(401, words="oauth: no token, status 200")),
        (Said(200, b'{"access_token": "x\\n"}'), Answer(401, words="oauth: no token, status 200")),
        (Said(200, MAC), Answer(401, words="oauth: the token is no bearer token")),
        (Said(429, b"", **{"Retry-After": "7"}), Answer(429, words="oauth", retry_after=7.0)),
        (Said(502, b""), Silence(Why.AUTHORITY, "status 502")),
    ],
)
async def test_what_is_no_token_is_said(tokens, said, outcome):
    assert await tokens.bearer(Session(said)) == outcome


async def test_a_secret_that_cannot_be_read_is_said(tmp_path):
    one = OAuth("https://h.example/token", "c", secret_file=str(tmp_path / "none"))
    assert (await Tokens(one).bearer(Session())).status == 401
