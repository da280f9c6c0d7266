# SPDX-License-Identifier: Apache-2.0
"""A conference is two legs, as far as they are configured, with a token from a file."""

import asyncio

import pytest

from call.conference import LONGEST, Conference, Where, bearer
from call.incoming import Incoming
from device.errors import ConfigurationError
from tests.call.whip.cart import QUICK, Legs, served
from tests.call.whip.mirror import Mirror


async def test_both_legs_stand_by_themselves_and_leave_nothing(tmp_path):
    mirror, legs = Mirror(), Legs("http://127.0.0.1:9", 1)
    token = tmp_path / "token"
    token.write_text("first\n")
    async with served(mirror.application) as base:
        where = Where(f"{base}/whip/a", f"{base}/whep/a", token)
        conference = Conference(
            where,
            legs.video,
            legs.voice,
            lambda: Incoming(legs.watcher, legs.watcher),
            on_change=legs.bell.ring,
            folder=tmp_path,
            pace=QUICK,
        )
        assert not any(one.alive for one in conference.standings.values())
        work = asyncio.create_task(conference.run())
        await legs.bell.until(lambda: all(one.alive for one in conference.standings.values()), 30)
        assert sorted(conference.standings) == ["publish", "receive"]
        await mirror.bell.until(lambda: mirror.frames > 0, 30)
        kept = {one.name for one in await asyncio.to_thread(lambda: list(tmp_path.glob("conference-*.json")))}
        assert kept == {"conference-publish.json", "conference-receive.json"}
        token.write_text("second\n")
        conference.moved()
        await mirror.bell.until(lambda: mirror.count("POST") == 4, 30)
        conference.hush()
        work.cancel()
        await asyncio.wait((work,))
        legs.video.close()
        said = [one[2]["Authorization"] for one in mirror.asked if one[0] == "POST"]
        assert said == ["Bearer first"] * 2 + ["Bearer second"] * 2
        assert mirror.open == {}
    assert not list(tmp_path.glob("conference-*.json"))


async def test_one_leg_that_is_refused_does_not_stop_the_other():
    mirror, legs = Mirror(), Legs("http://127.0.0.1:9", 1)
    async with served(mirror.application) as base:
        where = Where(f"{base}/whip/a", "http://127.0.0.1:9/")
        conference = Conference(
            where,
            legs.video,
            legs.voice,
            lambda: Incoming(legs.watcher, legs.watcher),
            on_change=legs.bell.ring,
            pace=QUICK,
        )
        work = asyncio.create_task(conference.run())
        await legs.bell.until(lambda: conference.standings["publish"].alive, 30)
        await legs.bell.until(lambda: conference.standings["receive"].trouble is not None, 30)
        assert conference.standings["receive"].trouble.code == "CAL-50"
        work.cancel()
        await asyncio.wait((work,))
        legs.video.close()


def test_only_what_is_configured_is_dialled():
    legs = Legs("http://127.0.0.1:9", 1)
    one = Conference(Where(receive="https://sfu.example/whep"), legs.video, legs.voice, lambda: None)
    assert list(one.standings) == ["receive"]


@pytest.mark.parametrize("text", [b"", b"\n", b"two words", b"a\nb", "é".encode(), b"x" * (LONGEST + 1), b"a=b", b"\0"])
def test_what_is_no_token_is_refused_and_not_repeated(tmp_path, text):
    (tmp_path / "token").write_bytes(text)
    with pytest.raises(ConfigurationError) as error:
        bearer(tmp_path / "token")
    assert error.value.code == "CFG-22"
    assert "two words" not in str(error.value)


def test_a_token_is_one_line(tmp_path):
    (tmp_path / "token").write_text("  eyJhbGciOi.J9_-~+/==\n")
    assert bearer(tmp_path / "token") == "eyJhbGciOi.J9_-~+/=="
    assert bearer(None) == ""
    with pytest.raises(ConfigurationError):
        bearer(tmp_path / "nowhere")
