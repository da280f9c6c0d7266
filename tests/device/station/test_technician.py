# SPDX-License-Identifier: Apache-2.0
"""A technician at the station's socket: what may be asked, by whom, when, and that hanging up undoes it."""

import asyncio
import grp
import os
import pwd
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import msgspec
import pytest

from device import commands as c
from device import entry as e
from device.entry import CART
from device.station import technical as t
from device.station.messages import MAX_LINE, Failure, Hello, Read, Reply, Request, StationMessage, Welcome
from device.station.rights import Right, Rights
from device.station.server import StationServer
from device.station.workshop import Workshop
from tests.device.station.buses import CUFF, METER, PASSKEY, Bus
from tests.device.station.conftest import SECONDS, Bench

Connect = Callable[[str], Awaitable["Program"]]


class Program:
    """A technician's program."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def send(self, message: object) -> None:
        self._writer.write(msgspec.json.encode(message) + b"\n")

    async def next(self) -> StationMessage:
        line = await asyncio.wait_for(self._reader.readline(), SECONDS)
        assert line, "the station hung up"
        return msgspec.json.decode(line, type=StationMessage)

    async def until_reply(self) -> tuple[list[StationMessage], Reply]:
        before = []
        while not isinstance(message := await self.next(), Reply):
            before.append(message)
        return before, message

    async def ask(self, message: object) -> tuple[list[StationMessage], Reply]:
        self.send(message)
        return await self.until_reply()

    async def hang_up(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()

    async def hung_up(self) -> bool:
        return not await asyncio.wait_for(self._reader.read(), SECONDS)


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
async def connect(bench: Bench, bus: Bus, tmp_path: Path) -> AsyncIterator[Connect]:
    workshop = Workshop(bench.station)
    workshop.attach("ble", bus)
    path, ready, programs = tmp_path / "station", asyncio.Event(), []
    task = asyncio.create_task(StationServer(bench.station, path, workshop=workshop).run(ready.set))
    await asyncio.wait_for(ready.wait(), SECONDS)

    async def connected(role: str) -> Program:
        program = Program(*await asyncio.open_unix_connection(str(path), limit=MAX_LINE))
        program.send(Hello(role))
        assert isinstance(await program.next(), Welcome)
        programs.append(program)
        return program

    yield connected
    for program in programs:
        await program.hang_up()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_technician_sees_the_instruments_and_nothing_of_any_patient(connect: Connect, bench: Bench):
    await bench.open()
    technician = await connect("technician")
    (message,), reply = await technician.ask(t.Diagnose("1"))
    assert reply.ok
    assert isinstance(message, t.Diagnoses)
    assert [(one.state.id, one.rssi, one.clock_offset) for one in message.diagnoses] == [("cuff-1", -52, 3.0)]
    for asked in (Read(0), Request("2", c.EndEncounter())):
        technician.send(asked)
        assert isinstance(await technician.next(), Failure)


async def test_an_instrument_is_discovered_enrolled_with_its_passkey_and_written_down(
    connect: Connect, bus: Bus, bench: Bench
):
    technician = await connect("technician")
    (found,), reply = await technician.ask(t.Discover("1", 1.0))
    assert reply.ok
    assert isinstance(found, t.Candidates)
    assert found.candidates == (CUFF, METER)
    technician.send(t.Enrol("2", METER.address, "accu-chek-guide", "glucometre-1"))
    step, question = await technician.next(), await technician.next()
    assert isinstance(step, t.Progress)
    assert isinstance(question, t.Asked)
    assert (question.what, question.seconds > 0) == ("passkey", True)
    technician.send(t.Answer(question.question, "417 263"))
    assert (await technician.until_reply())[1].ok
    assert bus.enrolled["glucometre-1"] == "accu-chek-guide"
    await bench.station.writer.settled()
    (written,) = bench.bodies(e.InstrumentEnrolled)
    account = pwd.getpwuid(os.getuid()).pw_name
    assert written == e.InstrumentEnrolled("glucometre-1", "accu-chek-guide", "5161", account)
    assert {entry.encounter for entry in bench.journal.after(0)} == {CART}


async def test_wrong_digits_and_mistyped_ones_change_nothing(connect: Connect, bus: Bus, bench: Bench):
    technician = await connect("technician")
    await technician.ask(t.Discover("1"))
    for answers, code in ((["000000"], "BLE-31"), (["12", "abcdef", "1234567"], "BLE-50"), ([""], "BLE-50")):
        technician.send(t.Enrol("2", METER.address, "accu-chek-guide", "meter-1"))
        await technician.next()
        for text in answers:
            question = await technician.next()
            assert isinstance(question, t.Asked)
            technician.send(t.Answer(question.question, text))
        assert (await technician.until_reply())[1].code == code
    await bench.station.writer.settled()
    assert set(bus.enrolled) == {"cuff-1"}
    assert not bench.journal.after(0)


async def test_hanging_up_refuses_and_undoes(connect: Connect, bus: Bus):
    technician = await connect("technician")
    await technician.ask(t.Discover("1"))
    technician.send(t.Enrol("2", METER.address, "accu-chek-guide", "meter-1"))
    await technician.next()
    assert isinstance(await technician.next(), t.Asked)
    await technician.hang_up()
    other = await connect("technician")
    async with asyncio.timeout(SECONDS):
        while not (await other.ask(t.Discover("3")))[1].ok:
            await asyncio.sleep(0)
    assert bus.undone == 1
    assert set(bus.enrolled) == {"cuff-1"}


async def test_what_a_technician_agrees_to_and_is_shown(connect: Connect, bus: Bus):
    technician = await connect("technician")
    for text, agreed in (("yes", True), ("", False)):
        technician.send(t.Repair("1", "cuff-1"))
        shown, question = await technician.next(), await technician.next()
        assert isinstance(shown, t.Shown)
        assert shown.passkey == PASSKEY
        assert isinstance(question, t.Asked)
        technician.send(t.Answer(question.question, text))
        assert (await technician.until_reply())[1].ok
        assert bus.agreed is agreed


async def test_each_step_of_a_test_is_told_once_and_the_first_that_failed_is_its_answer(connect: Connect):
    technician = await connect("technician")
    steps, reply = await technician.ask(t.Check("1", "cuff-1"))
    assert [(one.step.name, one.step.passed) for one in steps if isinstance(one, t.Progress)] == [
        ("connexion", True),
        ("trame", False),
    ]
    assert (reply.ok, reply.code) == (False, "BLE-32")


async def test_a_retired_instrument_leaves_the_screen_and_is_written_down(connect: Connect, bus: Bus, bench: Bench):
    bench.station.show_instrument(bus.diagnoses()[0].state)
    technician = await connect("technician")
    assert (await technician.ask(t.Retire("1", "cuff-1")))[1].ok
    assert bench.station.state.instruments == ()
    await bench.station.writer.settled()
    (written,) = bench.bodies(e.InstrumentRetired)
    assert isinstance(written, e.InstrumentRetired)
    assert written.instrument == "cuff-1"
    assert (await technician.ask(t.Retire("2", "cuff-1")))[1].code == "CMD-72"


async def test_nobody_works_on_the_instruments_while_a_file_is_open(connect: Connect, bench: Bench):
    technician = await connect("technician")
    await technician.ask(t.Discover("1"))
    await bench.open()
    requests = (
        t.Discover("2"),
        t.Enrol("3", CUFF.address, "and-ua-651ble", "cuff-2"),
        t.Repair("4", "cuff-1"),
        t.Check("5", "cuff-1"),
        t.Retire("6", "cuff-1"),
        t.Overhear("7", "cuff-1", 5.0),
    )
    for request in requests:
        assert (await technician.ask(request))[1].code == "CMD-70"
    assert (await technician.ask(t.Diagnose("8")))[1].ok


async def test_two_technicians_do_not_work_at_once(connect: Connect, bus: Bus):
    one, two = await connect("technician"), await connect("technician")
    await one.ask(t.Discover("1"))
    one.send(t.Enrol("2", METER.address, "accu-chek-guide", "meter-1"))
    await asyncio.wait_for(bus.asked.wait(), SECONDS)
    assert (await two.ask(t.Check("3", "cuff-1")))[1].code == "CMD-71"
    one.send(t.Check("4", "cuff-1"))
    before, reply = await one.until_reply()
    assert (reply.id, reply.code) == ("4", "CMD-71")
    assert (await two.ask(t.Diagnose("5")))[1].ok
    (question,) = (message for message in before if isinstance(message, t.Asked))
    one.send(t.Answer(question.question, PASSKEY))
    assert (await one.until_reply())[1].ok


async def test_a_unit_that_did_not_show_itself_is_not_enrolled(connect: Connect):
    technician = await connect("technician")
    assert (await technician.ask(t.Enrol("1", CUFF.address, "and-ua-651ble", "cuff-2")))[1].code == "CMD-73"


async def test_a_name_that_no_file_can_hold_is_refused_before_anything_is_paired(connect: Connect, bus: Bus):
    technician = await connect("technician")
    await technician.ask(t.Discover("1"))
    for name in ("", "Tensiomètre 1", "../x", "a--b"):
        assert (await technician.ask(t.Enrol("2", CUFF.address, "and-ua-651ble", name)))[1].code == "CFG-30"
    assert not bus.asked.is_set()


async def test_a_bus_that_fails_in_no_known_way_leaves_nobody_waiting(
    connect: Connect, bus: Bus, caplog: pytest.LogCaptureFixture
):
    technician = await connect("technician")
    bus.wreck = True
    assert (await technician.ask(t.Check("1", "cuff-1")))[1].code == "CHV-01"
    assert "wrecked" in caplog.text
    bus.wreck = False
    assert (await technician.ask(t.Check("2", "cuff-1")))[1].code == "BLE-32"


async def test_a_bus_that_cannot_search_is_told_and_the_others_answer(connect: Connect, bus: Bus):
    bus.dead = True
    technician = await connect("technician")
    told, reply = await technician.ask(t.Discover("1"))
    assert reply.code == "BLE-07"
    assert [one.step.code for one in told if isinstance(one, t.Progress)] == ["BLE-07"]


async def test_frames_are_overheard_of_one_instrument_until_a_file_is_opened(connect: Connect, bus: Bus, bench: Bench):
    technician = await connect("technician")
    technician.send(t.Overhear("1", "cuff-1", 60.0))
    await asyncio.wait_for(bus.listening.wait(), SECONDS)
    bus.sends("cuff-1", b"\x1e unreadable")
    bus.sends("oxi-1", b"another's")
    heard = await technician.next()
    assert isinstance(heard, t.Heard)
    assert (heard.frame.instrument, heard.frame.data) == ("cuff-1", b"\x1e unreadable")
    await bench.open()
    bus.sends("cuff-1", b"of a patient")
    before, reply = await technician.until_reply()
    assert (before, reply.code) == ([], "CMD-70")
    assert bus.heard is None


async def test_a_program_that_does_not_read_loses_frames_and_is_told(connect: Connect, bus: Bus):
    technician = await connect("technician")
    technician.send(t.Overhear("1", "cuff-1", 0.2))
    await asyncio.wait_for(bus.listening.wait(), SECONDS)
    for _ in range(5000):
        bus.sends("cuff-1", b"x")
    before, reply = await technician.until_reply()
    assert reply.ok
    told = [one.step.line for one in before if isinstance(one, t.Progress)]
    heard = sum(isinstance(one, t.Heard) for one in before)
    assert told == [f"{5000 - heard} trames perdues : ce programme ne les prend pas assez vite."]


async def test_the_screen_may_not_speak_as_a_technician(connect: Connect):
    screen = await connect("ui")
    screen.send(t.Retire("1", "cuff-1"))
    while not isinstance(message := await screen.next(), Failure):
        pass
    assert message.code == "MSG-02"


async def test_f57_only_technicians_accounts_work_on_the_instruments(bench: Bench, tmp_path: Path):
    class Groups(Rights):
        """Rights as if this account were another's."""

        given = Right.NONE

        def of(self, user: int) -> Right:  # noqa: ARG002 - whoever it is
            return self.given

    rights, path, ready = Groups(), tmp_path / "station", asyncio.Event()
    task = asyncio.create_task(StationServer(bench.station, path, rights, Workshop(bench.station)).run(ready.set))
    await asyncio.wait_for(ready.wait(), SECONDS)
    for given, role in ((Right.NONE, "technician"), (Right.NONE, "ui"), (Right.INSTRUMENTS, "ui")):
        rights.given = given
        program = Program(*await asyncio.open_unix_connection(str(path)))
        program.send(Hello(role))
        refused = await program.next()
        assert isinstance(refused, Failure)
        assert refused.code == "MSG-03"
        assert await program.hung_up()
        await program.hang_up()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_f57_rights_follow_the_accounts_of_this_machine():
    ours = os.getuid()
    theirs = next(one for one in pwd.getpwall() if one.pw_uid not in {0, ours} and one.pw_gid != 0)
    group = grp.getgrgid(theirs.pw_gid).gr_name
    assert Rights().of(ours) is Right.ALL
    assert Rights(frozenset({theirs.pw_uid})).of(0) is Right.INSTRUMENTS
    assert Rights(technicians=group).of(theirs.pw_uid) is Right.INSTRUMENTS
    assert Rights(technicians="no-such-group").of(theirs.pw_uid) is Right.NONE
    assert Rights().of(987654321) is Right.NONE
