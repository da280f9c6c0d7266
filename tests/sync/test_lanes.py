# SPDX-License-Identifier: Apache-2.0
"""Which entries may be called « transmis »."""

from uuid import UUID

import msgspec

from device.codes import Metric, Site
from device.entry import EnteredInError, Incident, SiteNoted, TextShown
from sync.lanes import acknowledged
from sync.lines import Line, LineState
from sync.steps import steps
from tests.sync.story import NURSE, SOURCE, Story, closing, opening, oxygen, pressure, saturation

LANE = UUID(int=7)


def told(*bodies):
    story = Story()
    entries = story.tell(LANE, *opening(), *bodies)
    found = steps(SOURCE, story.entries, {})
    return entries[3:], found, {one.key: Line(one.key, one.digest, LineState.ACKNOWLEDGED) for one in found}


def test_an_entry_without_a_resource_is_never_acknowledged():
    unsent = (TextShown("Respirez fort", "Dr Petit", "practitioner"), SiteNoted(Metric.TEMPERATURE, Site.EAR, NURSE))
    (shown, noted, end, shut), found, lines = told(*unsent, *closing())
    assert end.id in acknowledged(found, lines)
    assert acknowledged(found, lines).isdisjoint({shown.id, noted.id, shut.id})


def test_an_incident_is_acknowledged_with_the_document_that_tells_it():
    (incident, *_), found, lines = told(Incident("camera-lost", "caméra"), *closing())
    assert incident.id in acknowledged(found, lines)
    document = next(one.key for one in found if one.type == "DocumentReference")
    lines[document] = msgspec.structs.replace(lines[document], state=LineState.WAITING)
    assert incident.id not in acknowledged(found, lines)


def test_every_resource_of_an_entry_must_be_acknowledged():
    (entry,), found, lines = told(pressure())
    assert entry.id in acknowledged(found, lines)
    pulse = found[-1].key
    for state in set(LineState) - {LineState.ACKNOWLEDGED}:
        lines[pulse] = msgspec.structs.replace(lines[pulse], state=state)
        assert entry.id not in acknowledged(found, lines)
    del lines[pulse]
    assert entry.id not in acknowledged(found, lines)


def test_oxygen_is_acknowledged_with_the_saturation_that_carries_it():
    (_, noted), found, lines = told(saturation(), oxygen())
    assert noted.id in acknowledged(found, lines)


def test_what_was_acknowledged_before_a_correction_is_not_the_correction():
    story = Story()
    *_, wrong = story.tell(LANE, *opening(), pressure())
    before = steps(SOURCE, story.entries, {})
    lines = {one.key: Line(one.key, one.digest, LineState.ACKNOWLEDGED, one.digest) for one in before}
    (mark,) = story.tell(LANE, EnteredInError(wrong.id, "voisine", NURSE))
    assert acknowledged(steps(SOURCE, story.entries, {}), lines).isdisjoint({wrong.id, mark.id})
