# SPDX-License-Identifier: Apache-2.0
"""The client at the wire: it comes back, reads on, asks once, and bounds what it holds."""

from pathlib import Path

import pytest

from device.commands import CallDoctor, EndEncounter, Freeze
from device.entry import FileClosed
from device.station.messages import MAX_LINE, Reply
from tests.ui import scenes
from tests.ui.wire import WireStation
from ui.lines import Lines
from ui.station import Station

WAIT = 3000


@pytest.fixture
def wire(qtbot, tmp_path: Path):  # noqa: ARG001 - the application
    one = WireStation(tmp_path / "station")
    yield one
    one.die()
    one.deleteLater()


@pytest.fixture
def station(qtbot, wire):  # noqa: ARG001 - the application
    one = Station(wire.path)
    one.start()
    wire.state = scenes.talking(newest=11)
    wire.entries = scenes.usual()
    yield one
    one.close()
    one.deleteLater()


def ready(qtbot, station: Station) -> None:
    qtbot.waitUntil(lambda: station.file is not None and station.file.sequence == 11, timeout=WAIT)


def test_it_reads_from_where_the_open_file_begins(qtbot, wire, station) -> None:
    ready(qtbot, station)
    assert wire.hellos[0].role == "ui"
    assert wire.reads == [0]
    assert station.lost is None


def test_it_comes_back_and_reads_on_from_its_own_position(qtbot, wire, station) -> None:
    ready(qtbot, station)
    wire.die()
    qtbot.waitUntil(lambda: station.lost is not None, timeout=1000)
    wire.listen()
    qtbot.waitUntil(lambda: len(wire.reads) == 2, timeout=WAIT)
    assert wire.reads == [0, 11]
    assert station.lost is None
    assert len(station.file.recorded) == 2


def test_a_new_encounter_is_followed_without_asking_again_and_a_closed_one_is_forgotten(qtbot, wire, station) -> None:
    ready(qtbot, station)
    wire.append(scenes.entry(12, FileClosed(scenes.CAMILLE)))
    wire.show(scenes.base(operator=scenes.CAMILLE, newest=12))
    qtbot.waitUntil(lambda: station.file is None and station.state.encounter is None, timeout=WAIT)
    assert wire.reads == [0]


def test_a_request_is_sent_once_while_it_waits_and_its_reply_reaches_who_asked(qtbot, wire, station) -> None:
    ready(qtbot, station)
    wire.answer = lambda _: None
    replies: list[Reply] = []
    assert station.submit(EndEncounter(), replies.append)
    assert not station.submit(EndEncounter(), replies.append)
    qtbot.waitUntil(lambda: len(wire.requests) == 1, timeout=WAIT)
    wire.send(Reply("another", ok=True))
    wire.send(Reply(wire.requests[0].id, ok=False, code="CMD-01", line="non"))
    qtbot.waitUntil(lambda: bool(replies), timeout=WAIT)
    assert [one.code for one in replies] == ["CMD-01"]
    assert len({request.id for request in wire.requests}) == 1


def test_nothing_is_kept_for_later_while_the_station_is_away(qtbot, wire, station) -> None:
    ready(qtbot, station)
    wire.answer = lambda _: None
    replies: list[Reply] = []
    station.submit(CallDoctor(), replies.append)
    wire.die()
    qtbot.waitUntil(lambda: bool(replies), timeout=WAIT)
    assert not station.submit(EndEncounter(), replies.append)
    assert [one.code for one in replies] == ["STA-01", "STA-01"]
    wire.listen()
    qtbot.waitUntil(lambda: station.lost is None, timeout=WAIT)
    assert [request.command for request in wire.requests if isinstance(request.command, EndEncounter)] == []


def test_a_request_without_an_answer_is_given_up_and_said(qtbot, wire) -> None:
    clock = [100.0]
    station = Station(wire.path, lambda: clock[0])
    station.start()
    wire.state = scenes.HOME
    qtbot.waitUntil(lambda: station.state is not None, timeout=WAIT)
    wire.answer = lambda _: None
    replies: list[Reply] = []
    station.submit(Freeze(frozen=True), replies.append)
    clock[0] += 11
    qtbot.waitUntil(lambda: bool(replies), timeout=WAIT)
    assert replies[0].code == "STA-02"
    station.close()
    station.deleteLater()


@pytest.mark.parametrize(
    "line", [b"{not json\n", b'{"type":"nothing"}\n', b"x" * (MAX_LINE + 10)], ids=["json", "type", "long"]
)
def test_a_line_that_cannot_be_read_costs_the_connection_and_nothing_else(qtbot, wire, station, line, caplog) -> None:
    ready(qtbot, station)
    wire.send_raw(line)
    qtbot.waitUntil(lambda: len(wire.hellos) == 2, timeout=WAIT)
    qtbot.waitUntil(lambda: station.lost is None, timeout=WAIT)
    assert station.file.sequence == 11
    assert "station:" in caplog.text


def test_lines_are_cut_and_bounded() -> None:
    lines = Lines(8)
    assert lines.feed(b"ab\ncd") == [b"ab"]
    assert lines.feed(b"ef\n\n") == [b"cdef", b""]
    with pytest.raises(ValueError, match="8 bytes"):
        lines.feed(b"123456789")
