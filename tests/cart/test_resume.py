# SPDX-License-Identifier: Apache-2.0
"""A file that was open is taken up again, however much was written into it."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest

from cart import device as program
from device.clock import SystemClock
from device.codes import Metric
from device.entry import CART, EncounterOpened, FileClosed, IdentityConfirmed, Incident, TraceRecorded
from device.journal import Journal
from device.measurement import Provenance
from device.people import Operator, Patient

CAMILLE = Operator("camille", "Camille Morel", "infirmière")
JEANNE = Patient("IPP-1012", "LEROUX", "Jeanne", date(1936, 3, 12))
CLOCK = SystemClock(trusted=True)


def trace() -> TraceRecorded:
    return TraceRecorded(Metric.SATURATION, Provenance("o", "m", "M", "1"), CLOCK.now(), ((0, Decimal(96)),))


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Journal:
    monkeypatch.setattr(program, "REMEMBERED", 10)
    return Journal.open(tmp_path / "journal.db", CLOCK)


def test_an_open_file_is_found_behind_hours_of_traces(journal: Journal):
    encounter = uuid4()
    journal.append(CART, Incident("network-cut", "Réseau coupé.", 9.0))
    journal.append(encounter, EncounterOpened(CAMILLE, JEANNE), IdentityConfirmed(CAMILLE), *[trace()] * 1200)
    file = program._bedside(journal).encounter
    assert file is not None
    assert (file.id, file.patient, file.first_sequence) == (encounter, JEANNE, 2)
    assert file.identified is not None
    journal.close()


def test_a_closed_file_stays_closed_and_an_empty_journal_is_empty(journal: Journal):
    assert program._bedside(journal).encounter is None
    journal.append(uuid4(), EncounterOpened(CAMILLE, JEANNE), IdentityConfirmed(CAMILLE), FileClosed(CAMILLE))
    assert program._bedside(journal).encounter is None
    journal.close()
