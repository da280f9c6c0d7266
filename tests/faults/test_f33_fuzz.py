# SPDX-License-Identifier: Apache-2.0
"""f33: a hundred thousand bitten messages at every decoder of signalling and data channel: read, or refused with a
reason that repeats nothing of them. And a page that asks for what it may not."""

import json
import random
from collections.abc import Callable
from typing import get_args

import msgspec
import pytest

from call import messages, pages
from device import commands
from device.errors import MessageError
from doctor import messages as rendezvous
from doctor.errors import Rejected

EACH = 25_000
CANARY = "Canari-Dupont"
COMMON = {"room": "r" * 40, "peer": "p7", "call": 1}
CANDIDATE = "candidate:1 1 udp 2130706431 10.0.0.1 9 typ host"
TO_CART = [
    {"type": "welcome", "cart": "chevet-1", "ice": [{"urls": ["turn:relay.example:3478"], "username": "u"}]},
    {"type": "invited", "id": "i", "room": "r", "link": "https://x/d/r", "code": "123456", "expires": 1.5, "ice": []},
    {"type": "knock", "room": "r", "peer": "p", "name": CANARY},
    {"type": "answer", **COMMON, "sdp": "v=0\r\na=candidate:1 1 udp 1 10.0.0.1 9 typ host\r\n"},
    {"type": "candidate", **COMMON, "candidate": CANDIDATE, "sdpMid": "0", "sdpMLineIndex": 0},
]
TO_SERVER = [
    {"type": "join", "room": "r" * 40, "code": "123456", "name": CANARY, "alive": False},
    {"type": "answer", "call": 1, "sdp": "v=0\r\n"},
    {"type": "candidate", "call": 1, "candidate": CANDIDATE, "sdpMid": "0", "sdpMLineIndex": 0},
    {"type": "invite", "id": "i", "room": "r"},
    {"type": "offer", **COMMON, "sdp": "v=0\r\n"},
]
OF_PAGE = [
    {"type": "read", "after": 12},
    {"type": "command", "id": "a", "command": {"command": "freeze", "frozen": True}},
    {"type": "command", "id": "b", "command": {"command": "show-text", "text": CANARY}},
    {"type": "get-capture", "sha256": "0" * 64},
    {"type": "beat", "n": 4, "microphone": False},
    {"type": "command", "id": "c", "command": {"command": "ask-microphone", "on": False}},
    {"type": "command", "id": "d", "command": {"command": "zoom-picture", "x": 0.5, "y": 0.25, "width": 0.25}},
    {
        "type": "seen",
        "since": 9.5,
        "pictures": 200,
        "first": 1.25,
        "freezes": 1,
        "frozen": 2.5,
        "last_freeze": 2.5,
        "cuts": 1,
        "cut": 4.0,
        "last_cut": 4.0,
        "rate": 24.9,
    },
]
SIGNS = [*'"{}[]:,\\0-9.eE+tfn ', "\x00", "\x7f", "é", "\u2028", "\U0001f4a9", "null", "1e999", "-1", "[" * 60, CANARY]
DECODERS = {
    "cart": (messages.decode, TO_CART, MessageError),
    "server-from-cart": (rendezvous.from_cart, TO_SERVER, Rejected),
    "server-from-page": (rendezvous.from_page, TO_SERVER, Rejected),
    "data-channel": (pages.decode, OF_PAGE, MessageError),
}


def bitten(dice: random.Random, whole: str) -> str:
    """A message with a few pieces replaced, cut out, doubled or put in."""
    for _ in range(dice.randint(1, 5)):
        start = dice.randrange(len(whole) + 1)
        stop = min(len(whole), start + dice.choice((0, 1, 1, 2, 8, 40)))
        piece = dice.choice((dice.choice(SIGNS), whole[start:stop] * 2, ""))
        whole = whole[:start] + piece + whole[stop:]
    return whole


@pytest.mark.parametrize("which", DECODERS)
def test_f33_a_hundred_thousand_bitten_messages_are_read_or_refused(which: str) -> None:
    decode: Callable[[str], object]
    decode, wholes, refusal = DECODERS[which]
    dice = random.Random(f"f33 {which}")  # noqa: S311 - a seeded fuzz
    texts = [json.dumps(whole, ensure_ascii=False) for whole in wholes]
    read = 0
    said: list[str] = []
    for _ in range(EACH):
        try:
            decode(bitten(dice, dice.choice(texts)))
        except refusal as error:
            said.append(str(error))
        else:
            read += 1
    assert read > EACH // 100
    assert len(said) > EACH // 4
    assert CANARY not in "".join(said)


@pytest.mark.parametrize("which", DECODERS)
@pytest.mark.parametrize("text", ["", "null", "[" * 100_000, "{" * 100_000, '{"type":' * 20_000, '"' + "é" * 9000])
def test_f33_deep_long_and_half_messages_are_refused(which: str, text: str) -> None:
    decode, _, refusal = DECODERS[which]
    with pytest.raises(refusal):
        decode(text)


@pytest.mark.parametrize("count", [65, 1000])
def test_f33_a_thousand_candidates_are_refused_at_both_ends(count: int) -> None:
    sdp = "v=0\r\n" + "a=candidate:1 1 udp 1 10.0.0.1 9 typ host\r\n" * count
    with pytest.raises(MessageError, match="too many candidates"):
        messages.decode(json.dumps({"type": "answer", **COMMON, "sdp": sdp}))
    with pytest.raises(Rejected, match="more than 64"):
        rendezvous.from_page(json.dumps({"type": "answer", "call": 1, "sdp": sdp}))
    with pytest.raises(Rejected, match="more than 64"):
        rendezvous.from_cart(json.dumps({"type": "offer", **COMMON, "sdp": sdp}))


ID = "01890000-0000-7000-8000-000000000001"
PATIENT = {"id": "IPP-1", "family": "Dupont", "given": "Zoé", "born": "1940-02-29"}
QUEUE = {"waiting": 0, "quarantined": 0, "oldest": None, "reachable": True, "why": "", "acknowledged": []}
OF_THE_BEDSIDE: dict[str, dict[str, object]] = {
    "sign-in": {"operator": "camille", "pin": "123456"},
    "sign-out": {},
    "open-encounter": {"patient": PATIENT},
    "confirm-identity": {},
    "wrong-patient": {},
    "give-consent": {"form": "oral"},
    "refuse-consent": {},
    "withdraw-consent": {},
    "call-doctor": {},
    "hang-up": {},
    "admit-doctor": {"peer": "p7"},
    "refuse-doctor": {"peer": "p7"},
    "open-conference": {},
    "close-conference": {},
    "note-oxygen": {"litres": "2"},
    "note-site": {"metric": "systolic", "site": "left-arm"},
    "attribute-measurement": {"aside": ID},
    "discard-measurement": {"aside": ID},
    "confirm-measurement": {"entry": ID},
    "mark-entered-in-error": {"entry": ID, "reason": "faux"},
    "start-auscultation": {"position": "mitral"},
    "stop-auscultation": {"keep": False},
    "enter-measurement": {"values": [["temperature", "37.1"]]},
    "attach-document": {"document": "d", "what": "ecg"},
    "discard-document": {"document": "d"},
    "test-sound": {},
    "set-microphone": {"on": True},
    "answer-microphone": {"id": "m", "agree": True},
    "set-camera": {"on": True},
    "end-encounter": {},
    "close-file": {},
    "report-queue": QUEUE,
}
"""Every command that is not a doctor's, whole, as a program at the bedside says it."""


def test_f33_every_command_is_a_doctors_or_is_tried_here() -> None:
    assert set(get_args(pages.Allowed)) == set(commands.PRACTITIONERS_MAY)
    doctors = {one.__struct_config__.tag for one in commands.PRACTITIONERS_MAY}
    everybodys = {one.__struct_config__.tag for one in get_args(commands.Command)}
    assert everybodys == doctors | OF_THE_BEDSIDE.keys()
    assert doctors.isdisjoint(OF_THE_BEDSIDE)


@pytest.mark.parametrize("name", OF_THE_BEDSIDE)
def test_f33_a_page_has_the_commands_of_a_practitioner_and_no_other(name: str) -> None:
    """Each is well formed: nothing but its sender is wrong with it."""
    order = {"command": name, **OF_THE_BEDSIDE[name]}
    assert msgspec.json.decode(json.dumps(order), type=commands.Command).__struct_config__.tag == name
    with pytest.raises(MessageError, match="Invalid value"):
        pages.decode(json.dumps({"type": "command", "id": "a", "command": order}))


@pytest.mark.parametrize("name", ["FREEZE", "", "freeze\x00", "freeze ", "no-such-command"])
def test_f33_a_command_that_nobody_has_is_refused(name: str) -> None:
    order = {"type": "command", "id": "a", "command": {"command": "freeze", "frozen": True}}
    assert pages.decode(json.dumps(order))
    order["command"] = {"command": name, "frozen": True}
    with pytest.raises(MessageError):
        pages.decode(json.dumps(order))
