# SPDX-License-Identifier: Apache-2.0
from datetime import timedelta
from uuid import UUID

import msgspec

from device import commands as c
from device import entry as e
from device.clock import Instant
from device.codes import Site
from device.encounter import Bedside, evolve, replay
from device.encounter.evolve import KNOWN, TRAY
from device.entry import CART, Entry
from tests.device.encounter.samples import DOCTOR, JEANNE, NURSE, PAUL, Desk, at, cuff

ELSEWHERE = UUID(int=77)


def test_replaying_gives_the_same_state():
    desk = Desk()
    desk.take(cuff(-60, -65))
    desk.consent()
    desk.take(cuff(30, 25))
    assert replay(desk.entries) == desk.state
    assert replay(desk.entries[4:], replay(desk.entries[:4])) == desk.state


def test_doctors_come_and_go_and_all_leave_with_the_call():
    desk = Desk().consent()
    other = msgspec.structs.replace(DOCTOR, peer="peer-2")
    chain = desk.file.id
    desk.write(chain, e.PractitionerJoined(DOCTOR), e.PractitionerJoined(other), e.PractitionerJoined(DOCTOR))
    assert set(desk.file.practitioners) == {DOCTOR, other}
    desk.write(chain, e.PractitionerLeft(other))
    assert desk.file.practitioners == (DOCTOR,)
    desk.write(chain, e.CallEnded(NURSE))
    assert desk.file.practitioners == ()


def test_captures_and_incidents_are_kept():
    desk = Desk().consent()
    capture = e.CaptureTaken("otoscope", "Otoscope", Site.LEFT_EAR, "ab" * 32, "image/jpeg", 9, 640, 480, at(5))
    (entry,) = desk.write(desk.file.id, capture)
    desk.write(desk.file.id, e.Incident("network-cut", "Réseau coupé.", 20.0))
    desk.do(c.MarkEnteredInError(entry.id, "oreille droite"))
    assert [(one.body, one.in_error) for one in desk.file.captures] == [(capture, True)]
    assert [one.seconds for one in desk.file.incidents] == [20.0]


def test_entries_of_another_encounter_change_nothing_of_this_one():
    desk = Desk().consent()
    before = desk.state
    for body in (e.CallRequested(NURSE), e.EncounterClosed(e.Outcome.FINISHED, NURSE), e.FileClosed(NURSE)):
        desk.write(ELSEWHERE, body)
    assert desk.state == before


def test_entries_without_an_encounter_change_nothing():
    state = Bedside()
    for body in (e.IdentityConfirmed(NURSE), e.CallRequested(NURSE), e.FileClosed(NURSE)):
        state = evolve(state, Entry(1, UUID(int=1), ELSEWHERE, at(0), body, ""))
    assert state == Bedside()


def test_the_first_identification_counts():
    desk = Desk().identify(seconds=10)
    desk.write(desk.file.id, e.IdentityConfirmed(NURSE), seconds=20)
    assert desk.file.identified == at(10)


def test_the_tray_follows_the_cart_and_not_another_patient():
    desk = Desk()
    desk.take(cuff(-60, -65))
    desk.identify(JEANNE)
    desk.take(cuff(30, -30, systolic="150"))
    assert [one.chain == CART for one in desk.state.aside] == [True, False]
    desk.end(60)
    assert [one.chain for one in desk.state.aside] == [CART]
    desk.identify(PAUL, 100)
    assert [one.chain for one in desk.state.aside] == [CART]


def test_an_old_tray_is_empty_when_a_file_is_opened():
    desk = Desk()
    desk.take(cuff(-60, -65))
    later = Instant(at(-60).wall + TRAY + timedelta(seconds=1), 5, trusted=True)
    state = evolve(desk.state, Entry(9, UUID(int=9), ELSEWHERE, later, e.EncounterOpened(NURSE, JEANNE), ""))
    assert state.aside == ()


def test_what_was_seen_is_remembered_within_bounds():
    desk = Desk()
    arrivals = [cuff(second, -second) for second in range(1, 40)]
    desk.take(*arrivals)
    assert len(desk.state.known) == 39
    crowded = msgspec.structs.replace(desk.state, known={str(n): at(n) for n in range(KNOWN)})
    (body,) = (desk.entries[0].body,)
    state = evolve(crowded, Entry(99, UUID(int=99), CART, at(0), body, ""))
    assert len(state.known) == KNOWN
    assert "0" not in state.known
