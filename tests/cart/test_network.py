# SPDX-License-Identifier: Apache-2.0
"""``chevet network``, against the real rendezvous server and a real relay."""

import argparse
import asyncio
import hashlib
import shutil
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from cart import network
from cart.config import SHIPPED
from doctor.config import Config
from doctor.server import serving
from doctor.turn import Relay
from tests.call.turnserver import SECRET, available, coturn
from tests.call.whip.cart import served
from tests.call.whip.mirror import Mirror


@asynccontextmanager
async def placed(folder, relay: Relay | None, token: str = "demonstration"):  # noqa: S107 - of a test
    """A configuration folder whose rendezvous server runs."""
    config = folder / "config"
    await asyncio.to_thread(shutil.copytree, SHIPPED, config)
    carts = {"cart-1": hashlib.sha256(token.encode()).hexdigest()}
    async with serving(Config(key=b"k" * 32, carts=carts, port=0, relay=relay)) as server:
        text = (config / "cart.toml").read_text("utf-8").replace("ws://127.0.0.1:8460", server.origin)
        (config / "cart.toml").write_text(text, "utf-8")
        yield argparse.Namespace(config=config, conference=False)


async def looked(options) -> int:
    return await asyncio.to_thread(network.run, options)


@pytest.mark.skipif(not available(), reason="needs coturn")
async def test_each_relay_is_told_and_the_one_that_is_used(tmp_path, capsys):
    async with coturn(tmp_path) as server, placed(tmp_path, Relay(SECRET, server.urls[:2], 600)) as options:
        assert await looked(options) == 0
    said = capsys.readouterr().out
    assert "serveur      répond en" in said
    assert said.count("utilisé") == 2
    assert "rien à signaler" in said


async def test_a_token_that_the_server_does_not_know_is_told(tmp_path, capsys):
    async with placed(tmp_path, None, "another") as options:
        assert await looked(options) == 1
    assert "CAL-01" in capsys.readouterr().out


async def test_relays_that_do_not_answer_are_told_in_french(tmp_path, capsys):
    relay = Relay(SECRET, ("turn:127.0.0.1:9?transport=tcp",), 600)
    async with placed(tmp_path, relay) as options:
        assert await looked(options) == 1
    said = capsys.readouterr().out
    assert "injoignable" in said
    assert "CAL-36" in said


async def test_a_conference_is_tried_in_earnest_with_a_test_card(tmp_path, capsys):
    mirror = Mirror()
    async with placed(tmp_path, None) as options, served(mirror.application) as base:
        text = (options.config / "cart.toml").read_text("utf-8")
        section = f'[conference]\npublish = "{base}/whip/1"\nreceive = "{base}/whep/1"\n'
        (options.config / "cart.toml").write_text(f"{text}\n{section}", "utf-8")
        options.conference = True
        assert await looked(options) == 0
        said = capsys.readouterr().out
        assert "essai        publie : " in said
        assert "images envoyées en 640 × 360" in said
        assert "essai        reçoit : " in said
        assert "images reçues" in said
        assert mirror.open == {}
        mirror.instead = [web.Response(status=403) for _ in range(50)]
        assert await looked(options) == 1
    said = capsys.readouterr().out
    assert said.count("Le serveur de conférence refuse ce chariot") == 3
    assert said.count("CAL-51") == 1


async def test_a_conference_that_answers_is_told_and_one_that_does_not(tmp_path, capsys):
    mirror = Mirror()
    async with placed(tmp_path, None) as options, served(mirror.application) as base:
        text = (options.config / "cart.toml").read_text("utf-8")
        section = f'[conference]\npublish = "{base}/whip/1"\nreceive = "http://127.0.0.1:9/"\ntoken_file = "token"\n'
        (options.config / "cart.toml").write_text(f"{text}\n{section}", "utf-8")
        (options.config / "token").write_text("abc\n")
        assert await looked(options) == 1
        said = capsys.readouterr().out
        assert "conférence   publie : répond en" in said
        assert "conférence   reçoit : Le serveur de conférence est injoignable" in said
        assert "CAL-50" in said
        (options.config / "token").write_text("two words\n")
        assert await looked(options) == 1
    said = capsys.readouterr().out
    assert "CFG-22" in said
    assert "two words" not in said
    assert [one[0] for one in mirror.asked] == ["OPTIONS", "OPTIONS"]
