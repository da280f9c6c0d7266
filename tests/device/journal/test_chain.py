# SPDX-License-Identifier: Apache-2.0
from hashlib import sha256
from uuid import UUID

import pytest

from device.clock import Instant
from device.errors import JournalError
from device.journal.chain import digest, entry, intact, link
from tests.device.journal.samples import START, incident, recorded

ID, ENCOUNTER = UUID(int=7), UUID(int=8)
INSTANT = Instant(START, 2.5, trusted=False)


def test_a_digest_covers_the_previous_one_and_the_canonical_bytes():
    assert digest("ab" * 32, b"x") == sha256(b"\xab" * 32 + b"x").hexdigest()
    assert digest("", b"x") == sha256(b"x").hexdigest()


def test_the_canonical_bytes_are_documented_json():
    row = link(3, ID, ENCOUNTER, INSTANT, incident(2), "")
    text = (
        b'[3,"00000000-0000-0000-0000-000000000007","00000000-0000-0000-0000-000000000008",'
        b'{"monotonic":2.5,"trusted":false,"wall":"2026-11-21T09:00:00Z"},'
        b'{"kind":"incident","line":"R\xc3\xa9seau coup\xc3\xa9","seconds":0.5,"what":"network-cut"}]'
    )
    assert row.digest == sha256(text).hexdigest()


def test_a_body_comes_back_as_it_was_written():
    row = link(1, ID, ENCOUNTER, INSTANT, recorded(), "")
    assert entry(row).body == recorded()
    assert entry(row).instant == INSTANT


def test_the_same_set_is_written_in_the_same_order():
    assert len({link(1, ID, ENCOUNTER, INSTANT, recorded(), "").body for _ in range(20)}) == 1


@pytest.mark.parametrize("field", ["sequence", "id", "encounter", "instant", "body", "previous"])
def test_no_field_can_change_without_the_digest_noticing(field):
    row = link(1, ID, ENCOUNTER, INSTANT, incident(), "ab" * 32)
    changed = {"sequence": 2, "instant": b"{}", "body": b"{}", "previous": "cd" * 32}.get(field, str(UUID(int=9)))
    assert intact(row)
    assert not intact(row._replace(**{field: changed}))


@pytest.mark.parametrize("previous", ["zz", "abc", "é"])
def test_a_digest_that_is_not_hexadecimal_is_not_intact(previous):
    assert not intact(link(1, ID, ENCOUNTER, INSTANT, incident(), "")._replace(previous=previous))


def test_a_sealed_row_of_an_unknown_kind_is_refused_by_name():
    row = link(1, ID, ENCOUNTER, INSTANT, incident(), "")
    alien = row._replace(body=b'{"kind":"alien"}')
    text = b'[1,"%s","%s",%s,%s]' % (row.id.encode(), row.encounter.encode(), row.instant, alien.body)
    with pytest.raises(JournalError, match="entry 1 cannot be read"):
        entry(alien._replace(digest=digest("", text)))
