# SPDX-License-Identifier: Apache-2.0
"""How many technical incidents a patient's file takes: a link that comes and goes all day does not fill it. Pure."""

from device.encounter import Encounter
from device.entry import Incident

CUT_SECONDS = 5.0
"""A network away for less than this is not worth a line in the patient's file."""
MOST = 40
"""Of one encounter."""
ENOUGH = Incident("more", "Les incidents suivants de la liaison ne sont plus notés un à un.")


def bounded(file: Encounter, incident: Incident) -> tuple[Incident, ...]:
    """What is written of ``incident`` into ``file``: it, that there are more, or nothing."""
    if len(file.incidents) < MOST:
        return (incident,)
    return () if ENOUGH in file.incidents else (ENOUGH,)
