# SPDX-License-Identifier: Apache-2.0
"""What a technician asks of the running sender, over its real socket and from the real command."""

import argparse
import asyncio
import json
import os
import socket
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest

from cart import queue
from device.entry import MeasurementRecorded
from device.errors import MessageError
from device.station.rights import Rights
from sync.counter import Counter
from sync.fhir.source import measured
from sync.lines import LineState
from tests.sync.bench import bench, drained
from tests.sync.story import closing, opening, pressure, saturation
from virtual.records import Ill, Trouble

WORDS = "valeur refusée pour Odette Lefèvre\x1b[2J"


@pytest.fixture
async def desk(tmp_path):
    async with bench(tmp_path) as made:
        yield made


@asynccontextmanager
async def counter(sync, folder, rights=None):
    """A counter before a running sync; gives ``chevet queue``."""
    task = asyncio.create_task(Counter(sync, folder / "queue", rights).run())
    async with asyncio.timeout(5):
        while not (folder / "queue").exists():
            await asyncio.sleep(0)
    parser = argparse.ArgumentParser()
    queue.arguments(parser)

    async def chevet(*words):
        options = parser.parse_args(words)
        options.runtime = folder
        return await asyncio.to_thread(queue.run, options)

    try:
        yield chevet
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def refused(desk, encounter):
    """An encounter of which the server refuses one observation; the entry's number."""
    desk.story.tell(encounter, *opening(), pressure(), *closing())
    (one,) = [one for one in desk.story.of(encounter) if isinstance(one.body, MeasurementRecorded)]
    place = f"Observation/{measured(one.id, 'pressure-1')}"
    desk.records.trouble(Trouble(Ill.STATUS, status=422, times=None, path=place, words=WORDS))
    return one.sequence


async def test_what_is_refused_is_listed_shown_with_the_server_s_words_and_tried_again(desk, tmp_path, capsys):
    number = refused(desk, uuid4())
    async with desk.running() as sync, counter(sync, tmp_path) as chevet:
        await desk.until(lambda one: one.waiting == 0 and one.quarantined == 1)
        assert await chevet() == 0
        said = capsys.readouterr().out
        assert f"\n{number}  " in said
        assert "refusé" in said
        assert "REC-11" in said
        assert "Odette" not in said
        assert await chevet("show", str(number)) == 0
        said = capsys.readouterr().out
        assert "valeur refusée pour Odette Lefèvre" in said
        assert "422" in said
        assert "\x1b" not in said
        desk.records.troubles.clear()
        assert await chevet("retry", str(number)) == 0
        assert "remise(s) dans la file" in capsys.readouterr().out
        await desk.until(lambda one: drained(one) and one.quarantined == 0)
        assert await chevet() == 0
        assert "Rien n’attend." in capsys.readouterr().out
        assert await chevet("show", str(number)) == 1


@pytest.mark.parametrize("how", [("--all",), ("--encounter",)])
async def test_a_whole_teleconsultation_or_everything_is_tried_again(desk, tmp_path, how):
    encounter = uuid4()
    refused(desk, encounter)
    async with desk.running() as sync, counter(sync, tmp_path) as chevet:
        await desk.until(lambda one: one.waiting == 0 and one.quarantined == 1)
        desk.records.troubles.clear()
        assert await chevet("retry", *how, *([str(encounter)] if how == ("--encounter",) else [])) == 0
        await desk.until(lambda one: drained(one) and one.quarantined == 0)


async def test_what_is_let_go_is_sent_no_more_counts_no_more_and_is_not_said_to_be_transmitted(desk, tmp_path, capsys):
    encounter = uuid4()
    number = refused(desk, encounter)
    entry = desk.story.entries[number - 1].id
    async with desk.running() as sync, counter(sync, tmp_path) as chevet:
        await desk.until(lambda one: one.waiting == 0 and one.quarantined == 1)
        assert await chevet("release", str(number), "--yes") == 0
        queued = await desk.until(lambda one: drained(one) and one.quarantined == 0)
        assert entry not in queued.acknowledged
        capsys.readouterr()
        await chevet()
        assert "sorti de la file" in capsys.readouterr().out
        (one,) = sync.waiting()
        assert one.state is LineState.RELEASED
        assert await chevet("release", str(number), "--yes") == 1
        desk.records.troubles.clear()
        assert await chevet("retry", str(number)) == 0
        async with asyncio.timeout(10):
            while sync.waiting():
                await asyncio.sleep(0.01)


async def test_what_is_held_back_says_what_for_and_a_server_in_trouble_why(desk, tmp_path, capsys):
    desk.story.tell(uuid4(), *opening(), saturation())
    async with desk.running() as sync, counter(sync, tmp_path) as chevet:
        await desk.until(lambda one: "oxygène" in one.why)
        await chevet("--json")
        told = json.loads(capsys.readouterr().out)
        assert [one["server"] for one in told["servers"]] == ["records"]
        assert any(piece["held"] for one in told["waiting"] for piece in one["pieces"])
        await chevet()
        said = capsys.readouterr().out
        assert "retenu" in said
        assert "oxygène" in said
    async with desk.running(base="http://127.0.0.1:9/fhir") as sync, counter(sync, tmp_path) as chevet:
        await desk.until(lambda one: "injoignable" in one.why)
        await chevet()
        assert "REC-01" in capsys.readouterr().out


async def test_retry_brings_forward_what_only_waits_for_its_time(desk, tmp_path):
    desk.story.tell(uuid4(), *opening(), *closing())
    desk.records.trouble(Trouble(Ill.STATUS, status=503, retry_after=3000))
    async with desk.running() as sync, counter(sync, tmp_path) as chevet:
        await desk.until(lambda one: "saturé" in one.why)
        assert await chevet("retry", "--all") == 0
        await desk.until(drained)


async def test_another_account_is_refused(desk, tmp_path):
    rights = Rights(frozenset({os.getuid() + 1}), technicians="nobody-has-this-group")
    async with desk.running() as sync, counter(sync, tmp_path, rights) as chevet:
        if os.getuid() == 0:  # root is a technician
            assert await chevet() == 0
        else:
            with pytest.raises(MessageError) as caught:
                await chevet()
            assert caught.value.code == "MSG-03"


@pytest.mark.parametrize("line", [b"\n", b"{}\n", b'{"type":"let-go"}\n', b"x" * 100_000 + b"\n", b'{"type":"drop"}\n'])
async def test_nonsense_is_answered_and_changes_nothing(desk, tmp_path, line):
    async with desk.running() as sync, counter(sync, tmp_path):
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / "queue"))
        writer.write(line)
        async with asyncio.timeout(5):
            answer = json.loads(await reader.readline())
        writer.close()
    assert answer["code"] == "MSG-01"


@pytest.mark.parametrize("answer", [None, b"", b"not json\n"])
def test_where_nobody_answers_the_command_says_what_to_start(tmp_path, answer):
    with socket.socket(socket.AF_UNIX) as listener:
        if answer is not None:
            listener.bind(str(tmp_path / "queue"))
        with pytest.raises(MessageError) as caught:
            queue.ask(tmp_path / "queue", queue.counter.List())
    assert caught.value.code == "MSG-23"
    assert "chevet-sync" in caught.value.line


@pytest.mark.parametrize("words", [("retry",), ("retry", "3", "--all")])
def test_retry_wants_to_know_what(tmp_path, words):
    parser = argparse.ArgumentParser()
    queue.arguments(parser)
    with pytest.raises(MessageError) as caught:
        queue.run(parser.parse_args(["--runtime", str(tmp_path), *words]))
    assert caught.value.code == "MSG-22"
