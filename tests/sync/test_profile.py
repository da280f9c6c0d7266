# SPDX-License-Identifier: Apache-2.0
from pathlib import Path
from urllib.parse import parse_qs
from uuid import UUID

import msgspec
import pytest

from device.entry import PractitionerJoined
from device.errors import ConfigurationError
from sync.profile import inlined, named_by_us, query, reading, unknown, with_data
from sync.settings import Settings
from sync.steps import steps
from tests.sync.story import DOCTOR, SOURCE, Story, call, capture, closing, conclusion, opening, pressure

LANE = UUID(int=7)
STORY = Story()
STORY.tell(LANE, *opening(), *call(), pressure(), capture("a" * 64, 9), conclusion(), *closing())
STEPS = steps(SOURCE, STORY.entries, {"a" * 64: "c2hh"})


def of(kind):
    return [one for one in STEPS if one.type == kind]


def test_our_own_ids_are_left_as_they_are():
    assert all(reading(one, None) is one.resource for one in STEPS)


def test_given_ids_are_written_where_ours_stood_and_nowhere_else():
    (encounter, _), observation = of("Encounter"), of("Observation")[0]
    places = {encounter.place: "Encounter/900", observation.place: "Observation/901"}
    made = reading(observation, places)
    assert made["id"] == "901"
    assert made["encounter"]["reference"] == "Encounter/900"
    assert made["subject"] == observation.resource["subject"]
    assert {name: value for name, value in made.items() if name not in {"id", "encounter", "meta"}} == {
        name: value for name, value in observation.resource.items() if name not in {"id", "encounter", "meta"}
    }
    assert "id" not in reading(observation, {})
    assert "id" in observation.resource


def test_everything_is_found_by_an_identifier_or_a_tag_of_its_own():
    found = {}
    for one in STEPS:
        if one.type != "Binary":
            found.setdefault((one.type, query(one)), set()).add(one.place)
    assert all(len(places) == 1 for places in found.values())
    assert all(next(iter(parse_qs(asked))) in {"identifier", "_tag"} for _, asked in found)


def test_what_has_no_identifier_gets_a_tag():
    for one in of("Provenance"):
        tags = reading(one, {})["meta"]["tag"]
        assert parse_qs(query(one))["_tag"] == [f"{tags[-1]['system']}|{tags[-1]['code']}"]
        assert "tag" not in one.resource["meta"]


def test_what_others_named_is_never_written_over():
    assert named_by_us(of("Patient")[0])
    doctor = msgspec.structs.replace(DOCTOR, rpps="10101201234")
    story = Story()
    story.tell(LANE, *opening(), PractitionerJoined(doctor))
    for one in steps(SOURCE, story.entries, {}):
        system = one.resource["identifier"][0]["system"] if one.resource.get("identifier") else ""
        assert named_by_us(one) or not str(system).startswith(SOURCE.uri)


def test_what_is_not_named_yet_is_told():
    own = frozenset(one.place for one in STEPS)
    observation = of("Observation")[0]
    assert f"Encounter/{LANE}" in set(unknown(observation, own, {}))
    assert not set(unknown(observation, own, dict.fromkeys(own, "X/1")))


def test_files_go_within_their_documents():
    found = inlined(STEPS)
    assert [one for one in found if one.type == "Binary"] == []
    (document,) = [one for one in found if one.attachment]
    attachment = document.resource["content"][0]["attachment"]
    assert "url" not in attachment
    assert document.attachment == "a" * 64
    assert not any(need.startswith("Binary/") for one in found for need in one.needs)
    assert with_data(document.resource, "ZGF0YQ==")["content"][0]["attachment"] == attachment | {"data": "ZGF0YQ=="}
    assert next(one for one in STEPS if one.attachment).type == "Binary"


SHIPPED = Path(__file__).parents[2] / "config" / "records.toml"
OPTIONS = {"kind", "identity", "files", "transaction", "gzip", "token_file", "certificate_file", "key_file"}
SOURCE_TABLE = '[source]\nroot = "2.25.1"\ncart = "c"\nestablishment = "e"\n'
SERVER = '[[server]]\nid = "a"\nbase = "https://h.example/fhir"\n'
OAUTH = '[server.oauth]\ntoken_url = "https://h.example/token"\nclient_id = "c"\n'


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('identity = "guess"\n', "identity"),
        ('identity = "post"\nfiles = "binary"\n', "inline"),
        ("batch = 51\n", "batch"),
        ('certificate_file = "/c"\n', "go together"),
        ("read_back = true\n", "dicomweb"),
        ('kind = "dicomweb"\nidentity = "post"\n', "for kind fhir"),
        ('kind = "dicomweb"\ntransaction = true\n', "for kind fhir"),
        (OAUTH, "secret_file"),
        (OAUTH + 'secret_file = "/s"\nmethod = "guess"\n', "method"),
        (OAUTH.replace("https", "http") + 'secret_file = "/s"\n', "token_url"),
        ('token_file = "/t"\n' + OAUTH + 'secret_file = "/s"\n', "both"),
    ],
)
def test_a_profile_that_cannot_be_is_refused_with_its_place(tmp_path, text, named):
    path = tmp_path / "records.toml"
    path.write_text(SOURCE_TABLE + SERVER + text)
    with pytest.raises(ConfigurationError, match="a") as caught:
        Settings.load(path)
    assert named in str(caught.value)


def test_every_line_that_the_shipped_file_only_mentions_is_good(tmp_path):
    shipped = SHIPPED.read_text(encoding="utf-8")
    path = tmp_path / "records.toml"
    options = [line.removeprefix("# ") for line in shipped.splitlines() if line.startswith("# ") and " = " in line]
    chosen = [one for one in options if one.partition(" ")[0] in OPTIONS]
    assert {one.partition(" ")[0] for one in chosen} == OPTIONS
    path.write_text(SOURCE_TABLE + SERVER + "\n".join(chosen))
    (server,) = Settings.load(path).server
    assert server.certificate_file
