# SPDX-License-Identifier: Apache-2.0
"""What is exported is what is sent, bit for bit, under names that say what it is and never whose."""

import json
import subprocess
from base64 import b64decode
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

import pytest
from fhir.resources.R4B.bundle import Bundle

from device.attachments import Attachments
from device.errors import ExportError
from sync.export.bundle import BASE, told
from sync.export.gather import gather, pieces
from sync.export.receipts import Receipt
from sync.export.writing import SUMS, Piece, write_folder
from sync.steps import steps
from tests.sync.bench import bench, drained
from tests.sync.export.conftest import play
from tests.sync.story import SOURCE, Story, opening, oxygen, pressure, saturation
from virtual.records.store import decode
from virtual.records.strict import faults, links

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


def exported(cart, target, receipts=()):
    with closing(cart.journal) as journal:
        attachments = Attachments.reading(cart.state / "captures", journal)
        found = gather(SOURCE, journal, attachments, cart.encounter)
        write_folder(target, pieces(SOURCE, found, attachments, receipts, NOW))
    return found


@pytest.fixture(scope="session")
def folder(cart, tmp_path_factory):
    target = tmp_path_factory.mktemp("out") / "export"
    exported(cart, target, (Receipt("dossier", taken=30), Receipt("pacs", taken=1, waiting=2)))
    return target


@pytest.fixture(scope="session")
def resources(folder):
    return {one["fullUrl"].removeprefix(f"{BASE}/"): one["resource"] for one in read(folder)["entry"]}


def read(folder):
    return decode((folder / "bundle.json").read_bytes())


def test_the_sums_are_those_of_every_file_and_sha256sum_agrees(folder):
    done = subprocess.run(
        ["sha256sum", "--strict", "-c", SUMS], cwd=folder, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {line.partition(":")[0] for line in done.stdout.splitlines()} == files - {SUMS}


def test_what_was_kept_is_there_bit_for_bit_with_names_that_say_what_it_is(folder, cart):
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.glob("*/*")}
    assert sorted(found) == [
        "documents/03-ecg.pdf", "documents/04-echographie.pdf", "documents/05-document.pdf",
        "images/01-otoscope-oreille-gauche.jpg", "sons/02-stethoscope-foyer-mitral.flac"
    ]  # fmt: skip
    assert {sha256(data).hexdigest() for data in found.values()} == set(cart.files)


async def test_the_resources_are_those_that_a_server_is_sent(cart, resources, tmp_path):
    async with bench(tmp_path) as desk:
        desk.story = Story(cart.entries())
        for data in cart.files.values():
            desk.attachments.put(data)
        async with desk.running():
            await desk.until(drained)
        sent = {f"{one['type']}/{one['id']}": one["body"] for one in desk.export["resources"]}
        data = {f"Binary/{one.id}": one.data for one in desk.records.store.all() if one.type == "Binary"}
    assert resources.keys() == sent.keys()
    assert len(data) == 5
    for place, resource in resources.items():
        if place in data:
            assert b64decode(resource["data"]) == data[place]
        else:
            assert {**resource, "meta": None} == {**sent[place], "meta": None}
            assert resource["meta"].items() <= sent[place]["meta"].items()


def test_every_resource_keeps_the_invariants_and_refers_to_what_is_there(resources):
    wrong = {place: faults(one) for place, one in resources.items() if not place.startswith("Binary/")}
    assert {place: found for place, found in wrong.items() if found} == {}
    targets = {link.target for place, one in resources.items() if "Binary/" not in place for link in links(one)}
    assert targets <= resources.keys()
    assert any(target.startswith("Binary/") for target in targets)


def test_the_whole_is_a_valid_collection(folder):
    whole = json.loads((folder / "bundle.json").read_bytes())
    assert Bundle.model_validate(whole).type == "collection"
    urls = [one["fullUrl"] for one in whole["entry"]]
    assert len(urls) == len(set(urls))
    assert all(url == f"{BASE}/{one['resource']['resourceType']}/{one['resource']['id']}"
               for url, one in zip(urls, whole["entry"], strict=True))  # fmt: skip


def test_decimals_stay_as_they_were_read(folder):
    assert b'"value":36.60' in (folder / "bundle.json").read_bytes()


def test_a_lost_and_a_damaged_file_are_told_and_the_rest_is_there(tmp_path):
    cart = play(tmp_path / "state")
    picture, sound, _ = cart.files
    cart.path(picture).unlink()
    spoilt = bytearray(cart.path(sound).read_bytes())
    spoilt[40] ^= 1
    cart.path(sound).write_bytes(spoilt)
    found = exported(cart, tmp_path / "out")
    assert [(one.body.sha256, one.trouble) for one in found.missing] == [
        (picture, "introuvable sur le chariot (JRN-15)"),
        (sound, "abîmé, il ne correspond plus à son empreinte (JRN-16)"),
    ]
    assert {path.name for path in (tmp_path / "out").glob("*/*")} == {
        "03-ecg.pdf", "04-echographie.pdf", "05-document.pdf"
    }  # fmt: skip
    kept = {one["fullUrl"].removeprefix(f"{BASE}/") for one in read(tmp_path / "out")["entry"]}
    targets = {
        link.target
        for one in read(tmp_path / "out")["entry"]
        if one["resource"]["resourceType"] != "Binary"
        for link in links(one["resource"])
    }
    assert targets <= kept
    page = (tmp_path / "out/compte-rendu.html").read_text("utf-8")
    assert "Fichier absent" in page
    assert "JRN-16" in page


def test_a_saturation_that_waits_for_its_oxygen_is_in_the_report_and_not_in_the_bundle():
    story = Story()
    lane = UUID(int=3)
    story.tell(lane, *opening(), pressure(), saturation())
    found, held = told(steps(SOURCE, story.of(lane), {}))
    assert [one.type for one in held if one.held] == ["Observation"]
    assert [one.type for one in found].count("Observation") == 3
    story.tell(lane, oxygen())
    assert told(steps(SOURCE, story.of(lane), {}))[1] == ()


def test_nothing_is_overwritten_and_what_fails_leaves_nothing(tmp_path):
    def broken():
        yield b"some"
        raise OSError(28, "No space left on device")

    with pytest.raises(ExportError) as caught:
        write_folder(tmp_path / "out", [Piece("a", [b"1"]), Piece("b/c", broken())])
    assert caught.value.code == "EXP-04"
    assert "place" in caught.value.line
    assert list(tmp_path.iterdir()) == []
    write_folder(tmp_path / "out", [Piece("a", [b"1"])])
    with pytest.raises(ExportError) as caught:
        write_folder(tmp_path / "out", [Piece("a", [b"2"])])
    assert caught.value.code == "EXP-03"
    assert (tmp_path / "out/a").read_bytes() == b"1"
    assert {path.name for path in tmp_path.iterdir()} == {"out"}


def test_what_a_killed_export_left_is_replaced(tmp_path):
    (tmp_path / ".out.part/b").mkdir(parents=True)
    write_folder(tmp_path / "out", [Piece("a", [b"1"])])
    assert {path.name for path in tmp_path.iterdir()} == {"out"}
