# SPDX-License-Identifier: Apache-2.0
"""Our side of BlueZ against an org.bluez on a private D-Bus."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from dbus_fast import MessageType

from device.ble.adapter import Health, Known, on_record
from device.ble.bluez import BlueZ
from device.enrolment import Step
from device.errors import InstrumentError
from tests.device.ble.bluez.fake import HCI, Daemon, private_bus, systemd

CUFF = "C0:00:00:00:18:10"
CUFF_PATH = f"{HCI}/dev_C0_00_00_00_18_10"
OTHER_PATH = f"{HCI}/dev_C0_00_00_00_18_22"


class Technician:
    """Answers at once, or not at all."""

    def __init__(self, digits: str = "", *, agrees: bool = True) -> None:
        self.digits, self.agreeing = digits, agrees
        self.shown: list[str] = []
        self.questions: list[str] = []
        self.waiting = asyncio.Event()

    async def passkey(self) -> str:
        self.waiting.set()
        if not self.digits:
            await asyncio.Event().wait()
        return self.digits

    def show(self, passkey: str) -> None:
        self.shown.append(passkey)

    async def agrees(self, line: str) -> bool:
        self.questions.append(line)
        return self.agreeing

    def tell(self, step: Step) -> None:
        raise AssertionError(step)


class Bench:
    def __init__(self, address: str) -> None:
        self.daemon = Daemon(address)
        self.bluez = BlueZ(address)
        self.told: list[Health] = []
        self._changed = asyncio.Event()

    def tell(self, health: Health) -> None:
        self.told.append(health)
        self._changed.set()

    async def until(self, health: Health) -> None:
        async with asyncio.timeout(10):
            while self.told[-1:] != [health]:
                self._changed.clear()
                await self._changed.wait()

    async def agent_there(self) -> None:
        async with asyncio.timeout(10):
            await self.daemon.registered.wait()


@asynccontextmanager
async def bench(folder: Path, *, started: bool = True) -> AsyncIterator[Bench]:
    async with private_bus(folder) as address:
        at = Bench(address)
        if started:
            await at.daemon.start()
        running = asyncio.ensure_future(at.bluez.run(at.tell))
        try:
            if started:
                await at.until(Health.READY)
            yield at
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            if hasattr(at.daemon, "bus") and at.daemon.bus.connected:
                await at.daemon.kill()
        assert running.cancelled()


async def test_the_agent_is_the_default_one_and_can_type_and_show_digits(tmp_path) -> None:
    async with bench(tmp_path) as at:
        assert (at.daemon.agent, at.daemon.capability, at.daemon.default) == (
            "/fr/chevet/agent",
            "KeyboardDisplay",
            True,
        )


REQUESTS = [
    ("RequestPasskey", "o", ()),
    ("RequestConfirmation", "ou", (123456,)),
    ("RequestAuthorization", "o", ()),
    ("DisplayPasskey", "ouq", (123456, 0)),
    ("AuthorizeService", "os", ("0000110b-0000-1000-8000-00805f9b34fb",)),
    ("RequestPinCode", "o", ()),
    ("DisplayPinCode", "os", ("0000",)),
]


@pytest.mark.parametrize(("member", "signature", "more"), REQUESTS)
async def test_outside_an_enrolment_everything_is_rejected(tmp_path, member, signature, more) -> None:
    async with bench(tmp_path) as at:
        reply = await at.daemon.ask(member, signature, CUFF_PATH, *more)
        assert reply.error_name == "org.bluez.Error.Rejected"
        assert at.bluez.agent.refused == 1


@pytest.mark.parametrize(("member", "signature", "more"), REQUESTS)
async def test_during_an_enrolment_every_other_unit_is_rejected(tmp_path, member, signature, more) -> None:
    async with bench(tmp_path) as at:
        with at.bluez.pairing.permit(CUFF, Technician("123456")):
            reply = await at.daemon.ask(member, signature, OTHER_PATH, *more)
        assert reply.error_name == "org.bluez.Error.Rejected"


async def test_the_unit_under_enrolment_pairs_with_the_technician_s_help(tmp_path) -> None:
    async with bench(tmp_path) as at:
        technician = Technician("012345")
        with at.bluez.pairing.permit(CUFF, technician):
            assert (await at.daemon.ask("RequestPasskey", "o", CUFF_PATH)).body == [12345]
            assert (await at.daemon.ask("RequestAuthorization", "o", CUFF_PATH)).message_type is not MessageType.ERROR
            await at.daemon.ask("DisplayPasskey", "ouq", CUFF_PATH, 4711, 0)
            await at.daemon.ask("DisplayPasskey", "ouq", CUFF_PATH, 4711, 1)
            reply = await at.daemon.ask("RequestConfirmation", "ou", CUFF_PATH, 4711)
            assert reply.message_type is not MessageType.ERROR
        assert technician.shown == ["004711"]
        assert technician.questions == ["L’instrument affiche-t-il 004711 ?"]
        assert (await at.daemon.ask("RequestPasskey", "o", CUFF_PATH)).error_name == "org.bluez.Error.Rejected"


async def test_digits_that_differ_and_digits_that_are_none_are_rejected(tmp_path) -> None:
    async with bench(tmp_path) as at:
        with at.bluez.pairing.permit(CUFF, Technician("12345", agrees=False)):
            for member, signature, more in REQUESTS[:2]:
                reply = await at.daemon.ask(member, signature, CUFF_PATH, *more)
                assert reply.error_name == "org.bluez.Error.Rejected"


async def test_a_pairing_that_bluez_gives_up_waits_for_nobody(tmp_path) -> None:
    async with bench(tmp_path) as at:
        technician = Technician()
        with at.bluez.pairing.permit(CUFF, technician):
            asking = asyncio.ensure_future(at.daemon.ask("RequestPasskey", "o", CUFF_PATH))
            await technician.waiting.wait()
            await at.daemon.ask("Cancel", "")
            async with asyncio.timeout(5):
                assert (await asking).error_name == "org.bluez.Error.Rejected"


async def test_a_bluetoothd_that_is_killed_is_told_at_once_and_gets_its_agent_back(tmp_path) -> None:
    async with bench(tmp_path) as at:
        await at.daemon.kill()
        await at.until(Health.DEAD)
        assert await at.bluez.health() is Health.DEAD
        await at.daemon.start()
        await at.until(Health.READY)
        await at.agent_there()
        assert (await at.daemon.ask("RequestPasskey", "o", CUFF_PATH)).error_name == "org.bluez.Error.Rejected"


async def test_a_bluetoothd_that_comes_late_is_found(tmp_path) -> None:
    async with bench(tmp_path, started=False) as at:
        await at.until(Health.DEAD)
        await at.daemon.start(powered=False)
        await at.until(Health.OFF)
        await at.agent_there()


async def test_an_adapter_that_is_pulled_out_and_put_back_is_told(tmp_path) -> None:
    async with bench(tmp_path) as at:
        at.daemon.unplug()
        await at.until(Health.MISSING)
        at.daemon.plug(powered=False)
        await at.until(Health.OFF)
        await at.bluez.switch_on()
        await at.until(Health.READY)


async def test_a_power_cycle_goes_off_and_on(tmp_path) -> None:
    async with bench(tmp_path) as at:
        assert at.daemon.adapter is not None
        await at.bluez.power_cycle()
        assert at.daemon.adapter.powerings == [False, True]
        at.daemon.blocked = True
        with pytest.raises(InstrumentError) as caught:
            await at.bluez.switch_on()
        assert caught.value.code == "BLE-07"
        assert "rfkill" in str(caught.value)


async def test_systemd_is_asked_for_a_restart_of_bluetoothd_and_of_nothing_else(tmp_path) -> None:
    async with bench(tmp_path) as at:
        asked = asyncio.Event()
        async with systemd(at.bluez._address, asked.set) as manager:
            await at.bluez.restart()
            assert asked.is_set()
            assert manager.asked == [("bluetooth.service", "replace")]


async def test_records_are_read_hung_up_and_forgotten(tmp_path) -> None:
    async with bench(tmp_path) as at:
        cuff = at.daemon.record(CUFF, bonded=True, connected=True)
        assert await at.bluez.known() == (Known(CUFF, bonded=True, connected=True),)
        await at.bluez.hang_up(CUFF)
        await at.bluez.hang_up(CUFF)
        assert cuff.hang_ups == 1
        await at.bluez.forget("C0:00:00:00:00:99")
        assert at.daemon.removed == []
        await at.bluez.forget(CUFF)
        assert at.daemon.removed == [CUFF_PATH]
        assert await on_record(at.bluez, CUFF) is None


async def test_without_a_d_bus_every_call_is_an_error_and_the_stack_is_dead(tmp_path) -> None:
    bluez = BlueZ(f"unix:path={tmp_path}/nothing")
    told: list[Health] = []
    first = asyncio.Event()

    def tell(health: Health) -> None:
        told.append(health)
        first.set()

    running = asyncio.ensure_future(bluez.run(tell))
    async with asyncio.timeout(5):
        await first.wait()
    assert told == [Health.DEAD]
    with pytest.raises(InstrumentError):
        await bluez.known()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_an_instrument_that_refuses_its_keys_is_estranged_and_one_that_hangs_up_is_not(tmp_path) -> None:
    async with bench(tmp_path) as at:
        cuff, other = at.daemon.record(CUFF, bonded=True), at.daemon.record("C0:00:00:00:18:22", bonded=True)
        other.say_why("org.bluez.Reason.Remote")
        cuff.say_why("org.bluez.Reason.Authentication")
        await at.bluez.known()
        assert at.bluez.pairing.is_estranged(CUFF)
        at.bluez.pairing.meet(CUFF)
        assert not at.bluez.pairing.is_estranged(CUFF)
        assert not at.bluez.pairing.is_estranged("C0:00:00:00:18:22")


async def test_whoever_asks_to_pair_is_estranged(tmp_path) -> None:
    async with bench(tmp_path) as at:
        await at.daemon.ask("RequestAuthorization", "o", CUFF_PATH)
        assert at.bluez.pairing.is_estranged(CUFF)
