# SPDX-License-Identifier: Apache-2.0
"""What is left after the play: the journal and what the records endpoint received, held against what was measured."""

import json
from base64 import b64decode
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from cart.demo import story
from cart.demo.timeline import Timeline
from device.codes import Metric
from device.entry import Entry, MeasurementRecorded, MeasurementSetAside
from device.journal import JournalReader, verify
from virtual.records.export import exported
from virtual.records.store import Store

MEASURED: dict[Metric, set[Decimal]] = {
    Metric.SYSTOLIC: {Decimal(story.FIRST.systolic), Decimal(story.DURING_THE_CUT.systolic)},
    Metric.DIASTOLIC: {Decimal(story.FIRST.diastolic), Decimal(story.DURING_THE_CUT.diastolic)},
    Metric.PULSE_CUFF: {Decimal(story.FIRST.pulse), Decimal(story.DURING_THE_CUT.pulse)},
    Metric.SATURATION: {Decimal(story.SATURATION)},
    Metric.PULSE_OXIMETER: {Decimal(story.PULSE)},
    Metric.TEMPERATURE: {Decimal(story.TEMPERATURE), Decimal(story.TEMPERATURE_IN_THE_CUT)},
    Metric.GLUCOSE: {Decimal(story.GLUCOSE)},
    Metric.WEIGHT: {Decimal(story.WEIGHT)},
}
LOINC = {
    "8480-6": MEASURED[Metric.SYSTOLIC],
    "8462-4": MEASURED[Metric.DIASTOLIC],
    "2708-6": MEASURED[Metric.SATURATION],
    "8310-5": MEASURED[Metric.TEMPERATURE],
    "2339-0": MEASURED[Metric.GLUCOSE],
    "29463-7": MEASURED[Metric.WEIGHT],
    "8867-4": MEASURED[Metric.PULSE_CUFF] | MEASURED[Metric.PULSE_OXIMETER],
}

PHOTOGRAPH, CONSULT_NOTE, SOUND = "72170-4", "11488-4", "Auscultation"
INCIDENTS = "Incidents techniques de la téléconsultation"
"""Types of the documents: LOINC codes, or words where there is none."""


def weigh(state: Path, key: bytes, records: Path, out: Path, said: Timeline) -> None:
    """Check both; keep them readable in ``out``."""
    entries = _entries(state / "journal.db", key)
    report = verify(state / "journal.db", key)
    said.check("the journal's chains are whole", report.sound, f"{report.entries} entries")
    (out / "journal.jsonl").write_text(
        "".join(f"{msgspec.json.encode(entry).decode()}\n" for entry in entries), "utf-8"
    )
    _journal(entries, said)
    store = Store.open(records)
    received = exported(store)
    store.close()
    (out / "records.json").write_text(json.dumps(received, indent=1, ensure_ascii=False, default=str), "utf-8")
    _records(received, entries, said)
    _logs(out / "logs", said)


def _logs(folder: Path, said: Timeline) -> None:
    """Logs carry codes and identifiers: nobody's name, nothing that was said."""
    family, _, given = story.PATIENT.partition(" ")
    words = {family, family.title(), given, story.DOCTOR, story.OPERATOR, story.TEXT, story.CONCLUSION, story.PIN}
    found = [
        f"{path.name}: {word}" for path in sorted(folder.iterdir()) for word in words if word in path.read_text("utf-8")
    ]
    said.check("the logs name nobody", not found, found)


def _journal(entries: list[Entry], said: Timeline) -> None:
    for metric, wanted in MEASURED.items():
        found = {
            one.value
            for entry in entries
            if isinstance(entry.body, MeasurementRecorded)
            for one in entry.body.measurements
            if one.metric is metric
        }
        said.check(f"journal: {metric.value} is what the instrument sent", found == wanted, sorted(map(str, found)))
    asides = [entry.body for entry in entries if isinstance(entry.body, MeasurementSetAside)]
    values = {one.value for body in asides for one in body.measurements if one.metric is Metric.SYSTOLIC}
    older = {Decimal(one.systolic) for one in story.OLDER}
    said.check("journal: the two older readings are set aside, and nothing else", values == older and len(asides) == 2)  # noqa: PLR2004 - two of them


def _records(received: dict[str, Any], entries: list[Entry], said: Timeline) -> None:
    said.check("records: nothing doubled", not received["doubled"], received["doubled"])
    counts = received["counts"]
    said.check(
        "records: one patient, one encounter", (counts.get("Patient"), counts.get("Encounter")) == (1, 1), counts
    )
    observations = [one["body"] for one in received["resources"] if one["type"] == "Observation"]
    found: dict[str, list[Decimal]] = {}
    for observation in observations:
        for code, value in _values(observation):
            found.setdefault(code, []).append(value)
    for code, wanted in LOINC.items():
        said.check(f"records: {code} is what the instruments sent", set(found.get(code, ())) == wanted, found.get(code))
    for code, metrics in {
        "8480-6": [Metric.SYSTOLIC],
        "8310-5": [Metric.TEMPERATURE],
        "2708-6": [Metric.SATURATION],
    }.items():
        sent, kept = Counter(found.get(code, ())), Counter(_recorded(entries, metrics))
        said.check(f"records: {code} as many times as the journal has it", sent == kept, f"{sum(sent.values())}")
    _documents(received, said)
    statuses = [one["body"]["status"] for one in received["resources"] if one["type"] == "Encounter"]
    said.check("records: the encounter is finished", statuses == ["finished"], statuses)


def _documents(received: dict[str, Any], said: Timeline) -> None:
    """One photograph and one auscultation with their bytes, and one conclusion which is the doctor's text."""
    found: dict[str, list[dict[str, Any]]] = {}
    for one in received["resources"]:
        if one["type"] == "DocumentReference":
            kind = one["body"]["type"]
            code = kind["coding"][0]["code"] if "coding" in kind else kind["text"]
            found.setdefault(code, []).append(one["body"])
    kept = [len(found.pop(code, [])) for code in (PHOTOGRAPH, SOUND)]
    binaries = received["counts"].get("Binary")
    said.check("records: the still and the sound arrived", kept == [1, 1] and binaries == sum(kept), (kept, binaries))
    texts = [
        b64decode(content["attachment"].get("data", "")).decode()
        for one in found.pop(CONSULT_NOTE, [])
        if one["status"] == "current"
        for content in one["content"]
    ]
    said.check("records: the conclusion is what the doctor wrote", texts == [story.CONCLUSION], texts)
    told = [one for one in found.pop(INCIDENTS, []) if one["status"] == "current"]
    said.check("records: the incidents of the network are told", len(told) == 1, len(told))
    said.check("records: no other document", not found, sorted(found))


def _recorded(entries: list[Entry], metrics: list[Metric]) -> list[Decimal]:
    return [
        one.value
        for entry in entries
        if isinstance(entry.body, MeasurementRecorded)
        for one in entry.body.measurements
        if one.metric in metrics and one.value is not None
    ]


def _values(observation: dict[str, Any]) -> list[tuple[str, Decimal]]:
    """LOINC code and value of an observation and of its components."""
    found = []
    for part in (observation, *observation.get("component", ())):
        quantity = part.get("valueQuantity")
        if quantity is None:
            continue
        value = Decimal(str(quantity["value"]))
        codings = part["code"]["coding"]
        found += [(coding["code"], value) for coding in codings if coding["system"] == "http://loinc.org"]
    return found


def _entries(path: Path, key: bytes) -> list[Entry]:
    reader = JournalReader.open(path, key)
    entries: list[Entry] = []
    while page := reader.after(len(entries)):
        entries += page
    reader.close()
    return entries
