# SPDX-License-Identifier: Apache-2.0
"""What the screens see of the open file, and of what waits for the records servers."""

from device.clock import Instant
from device.commands import ReportQueue
from device.encounter import Encounter
from device.station.state import EncounterState, QueueState


def encounter_state(file: Encounter | None) -> EncounterState | None:
    """The open file as the snapshot carries it: who, since when, and what was agreed. Values travel as entries."""
    if file is None:
        return None
    return EncounterState(
        id=file.id,
        first_sequence=file.first_sequence,
        patient=file.patient,
        operator=file.operator,
        opened=file.opened,
        identified=file.identified,
        consent=file.consent,
        closed=file.closed,
        oxygen_known=file.oxygen is not None,
        call_requested=file.call_requested,
    )


def queue_state(report: ReportQueue, now: Instant) -> QueueState:
    """What chevet-sync reported ``now``."""
    return QueueState(
        reported=now,
        reachable=report.reachable,
        waiting=report.waiting,
        quarantined=report.quarantined,
        oldest=report.oldest,
        why=report.why,
        acknowledged=report.acknowledged,
        code=report.code,
        bytes_waiting=report.bytes_waiting,
        seconds_left=report.seconds_left,
    )
