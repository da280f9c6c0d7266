# SPDX-License-Identifier: Apache-2.0
import pytest

from call.door import KNOCKING, Door
from call.rooms import RoomFile
from device.errors import Refusal
from device.people import Practitioner


def test_a_room_is_kept_for_its_encounter_alone(tmp_path):
    path = tmp_path / "room.json"
    assert RoomFile(path).get("e1") is None
    RoomFile(path).put("e1", "room-1")
    assert RoomFile(path).get("e1") == "room-1"
    assert RoomFile(path).get("e2") is None
    RoomFile(path).put("e1", None)
    assert RoomFile(path).get("e1") is None


@pytest.mark.parametrize("content", [b"", b"{", b'{"encounter": 1}', b"\xff" * 100])
def test_a_damaged_file_is_no_room(tmp_path, content):
    path = tmp_path / "room.json"
    path.write_bytes(content)
    assert RoomFile(path).get("e1") is None


def test_a_room_that_cannot_be_kept_is_logged_and_nothing_more(tmp_path, caplog):
    RoomFile(tmp_path / "absent" / "room.json").put("e1", "room-1")
    assert "CAL-14" in caplog.text


def test_who_knocks_waits_once_until_answered_and_in_bounded_number():
    door = Door()
    for n in range(KNOCKING + 3):
        door.knock(Practitioner(f"p{n}", "Dr Roux"))
        door.knock(Practitioner(f"p{n}", "Dr Roux"))
    assert len(door.knocking) == KNOCKING
    assert door.take("p0").peer == "p0"
    with pytest.raises(Refusal):
        door.take("p0")
    door.leave("p1")
    assert len(door.knocking) == KNOCKING - 2


def test_another_room_forgets_who_knocked_at_the_last():
    door = Door()
    door.invited("r1", "link", "123456")
    door.knock(Practitioner("p1", "Dr Roux"))
    door.invited("r1", "link", "654321")
    assert door.knocking
    door.invited("r2", "link", "111111")
    assert not door.knocking
