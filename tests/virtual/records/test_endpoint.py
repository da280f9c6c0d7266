# SPDX-License-Identifier: Apache-2.0
import asyncio
from hashlib import sha256

import aiohttp
import pytest

from virtual.records import Ill, Store, Trouble, doubled, exported, write_export
from virtual.records.store import decode

PATIENT = {"resourceType": "Patient", "id": "a", "identifier": [{"system": "urn:oid:2.25.1.2", "value": "42"}]}
NAMELESS = {k: v for k, v in PATIENT.items() if k != "id"}
ENCOUNTER = {
    "resourceType": "Encounter",
    "id": "e",
    "status": "in-progress",
    "class": {"code": "VR"},
    "subject": {"reference": "Patient/a"},
}


def put(resource, **request):
    url = f"{resource['resourceType']}/{resource['id']}"
    return {"resource": resource, "request": {"method": "PUT", "url": url, **request}}


def bundle(kind, *entries):
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


async def test_a_put_creates_then_updates_and_the_same_again_makes_no_version(desk):
    status, body, headers = await desk.ask("PUT", "Patient/a", PATIENT)
    assert (status, body["meta"]["versionId"], headers["ETag"]) == (201, "1", 'W/"1"')
    assert (await desk.ask("PUT", "Patient/a", PATIENT))[:1] == (200,)
    status, body, headers = await desk.ask("PUT", "Patient/a", PATIENT | {"active": True})
    assert (status, body["meta"]["versionId"], headers["Location"]) == (200, "2", "Patient/a/_history/2")
    assert "active" not in (await desk.ask("GET", "Patient/a/_history/1"))[1]
    assert (await desk.ask("GET", "Patient/a"))[1]["active"] is True


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "Patient/b", PATIENT, 400),
        ("PUT", "Patient/a", NAMELESS, 400),
        ("PUT", "Encounter/a", PATIENT, 400),
        ("PUT", "Patient/a", b"{", 400),
        ("PUT", "Patient/a", b"[]", 400),
        ("PUT", "Patient/a", b'{"resourceType":"Patient","id":"a","x":NaN}', 400),
        ("PUT", "Patient/a", PATIENT | {"gender": "F"}, 422),
        ("PUT", "Encounter/e", ENCOUNTER, 422),
        ("PUT", "Basic/x", {"resourceType": "Basic", "id": "x"}, 404),
        ("GET", "Patient/none", None, 404),
        ("GET", "Patient/a/b/c", None, 404),
        ("GET", "Patient?name=x", None, 400),
        ("GET", "Patient?identifier=42", None, 400),
        ("DELETE", "Patient/a", None, 405),
        ("POST", "Patient/a", PATIENT, 405),
        ("PUT", "Patient/a", b" " * 70_000, 413),
        ("PUT", "Binary/b", b"", 400),
        ("POST", "", PATIENT, 400),
        ("POST", "", bundle("document", put(PATIENT)), 400),
        ("POST", "", bundle("batch"), 400),
        ("POST", "", bundle("batch", {"resource": PATIENT}), 400),
        ("POST", "", bundle("batch", put(PATIENT), put(PATIENT)), 400),
    ],
)
async def test_what_is_wrong_is_refused_with_an_outcome(desk, method, path, body, status):
    found, outcome, _ = await desk.ask(method, path, body)
    assert found == status
    assert outcome["resourceType"] == "OperationOutcome"
    assert outcome["issue"][0]["diagnostics"]
    assert list(desk.records.store.all()) == []


async def test_a_token_is_wanted_but_for_the_capabilities(desk):
    status, outcome, _ = await desk.ask("GET", "Patient/a", Authorization="Bearer other")
    assert (status, outcome["issue"][0]["code"]) == (401, "login")
    status, statement, _ = await desk.ask("GET", "metadata", Authorization="")
    assert (status, statement["fhirVersion"]) == (200, "4.0.1")
    assert {one["type"] for one in statement["rest"][0]["resource"]} >= {"Patient", "Observation", "Binary"}


async def test_other_media_types_are_refused(desk):
    assert (await desk.ask("PUT", "Patient/a", PATIENT, Content_Type="text/plain"))[0] == 415


async def test_a_version_that_is_not_the_one_is_refused(desk):
    await desk.ask("PUT", "Patient/a", PATIENT)
    changed = PATIENT | {"active": True}
    assert (await desk.ask("PUT", "Patient/a", changed, If_Match='W/"7"'))[0] == 412
    assert (await desk.ask("PUT", "Patient/a", changed, If_Match='W/"1"'))[0] == 200


async def test_a_conditional_create_creates_once(desk):
    condition = "identifier=urn:oid:2.25.1.2|42"
    status, first, _ = await desk.ask("POST", "Patient", NAMELESS, If_None_Exist=condition)
    again, second, _ = await desk.ask("POST", "Patient", NAMELESS, If_None_Exist=condition)
    assert (status, again) == (201, 200)
    assert first["id"] == second["id"]
    await desk.ask("POST", "Patient", NAMELESS)
    assert (await desk.ask("POST", "Patient", NAMELESS, If_None_Exist=condition))[0] == 412
    _, found, _ = await desk.ask("GET", "Patient?identifier=urn:oid:2.25.1.2|42")
    assert found["total"] == 2
    assert doubled([one["resource"] for one in found["entry"]]) == ["Patient urn:oid:2.25.1.2|42"]


async def test_a_search_by_id_finds_one_or_none(desk):
    await desk.ask("PUT", "Patient/a", PATIENT)
    assert (await desk.ask("GET", "Patient?_id=a"))[1]["total"] == 1
    assert (await desk.ask("GET", "Patient?_id=b"))[1] == {"resourceType": "Bundle", "type": "searchset", "total": 0}


async def test_binaries_are_raw_or_json(desk):
    picture = b"\xff\xd8" + bytes(300)
    status, body, _ = await desk.ask("PUT", "Binary/b", picture, Content_Type="image/jpeg")
    assert (status, body["contentType"]) == (201, "image/jpeg")
    assert (await desk.ask("PUT", "Binary/b", picture, Content_Type="image/jpeg"))[0] == 200
    assert (await desk.ask("GET", "Binary/b", Accept="image/jpeg"))[1] == picture
    assert (await desk.ask("GET", "Binary/b", Accept="application/fhir+json"))[1]["contentType"] == "image/jpeg"
    coded = {"resourceType": "Binary", "id": "c", "contentType": "image/png", "data": "YWJj"}
    assert (await desk.ask("PUT", "Binary/c", coded))[0] == 201


async def test_a_batch_answers_each_entry_and_keeps_the_good_ones(desk):
    wrong = PATIENT | {"id": "w", "gender": "F"}
    status, body, _ = await desk.ask("POST", "", bundle("batch", put(PATIENT), put(wrong), put(ENCOUNTER)))
    assert (status, body["type"]) == (200, "batch-response")
    assert [one["response"]["status"] for one in body["entry"]] == ["201", "422", "201"]
    assert body["entry"][1]["response"]["outcome"]["issue"][0]["expression"] == ["Patient.gender"]
    assert body["entry"][0]["response"]["location"] == "Patient/a/_history/1"


async def test_a_transaction_is_all_or_nothing(desk):
    wrong = ENCOUNTER | {"status": "done"}
    assert (await desk.ask("POST", "", bundle("transaction", put(PATIENT), put(wrong))))[0] == 422
    assert list(desk.records.store.all()) == []
    assert (await desk.ask("POST", "", bundle("transaction", put(PATIENT), put(ENCOUNTER))))[0] == 200


async def test_a_transaction_resolves_what_it_creates(desk):
    about = {k: v for k, v in ENCOUNTER.items() if k != "id"} | {"subject": {"reference": "urn:uuid:1"}}
    created = {"fullUrl": "urn:uuid:1", "resource": NAMELESS, "request": {"method": "POST", "url": "Patient"}}
    encounter = {"resource": about, "request": {"method": "POST", "url": "Encounter"}}
    status, body, _ = await desk.ask("POST", "", bundle("transaction", created, encounter))
    assert status == 200
    place = body["entry"][0]["response"]["location"].partition("/_history")[0]
    (stored,) = desk.records.store.all("Encounter")
    assert stored.body["subject"]["reference"] == place


async def test_figures_are_kept_exactly(desk):
    text = b'{"resourceType":"Patient","id":"a","extension":[{"url":"x","valueDecimal":36.60}]}'
    await desk.ask("PUT", "Patient/a", text)
    assert b"36.60" in (await (await desk.session.get(f"{desk.base}/Patient/a")).read())


async def test_every_request_is_kept_with_its_digest_and_answer(desk, tmp_path):
    body = b'{"resourceType":"Patient","id":"a"}'
    await desk.ask("PUT", "Patient/a", body)
    await desk.ask("GET", "Patient/zz")
    first, second = desk.records.store.requests()
    assert (first.method, first.path, first.status, first.size) == ("PUT", "Patient/a", 201, len(body))
    assert first.digest == sha256(body).hexdigest()
    assert (second.status, second.time >= first.time) == (404, True)
    write_export(desk.records.store, tmp_path / "export.json")
    export = decode((tmp_path / "export.json").read_bytes())
    assert export["counts"] == {"Patient": 1}
    assert [one["versions"] for one in export["resources"]] == [1]
    assert len(export["requests"]) == 2


async def test_what_was_received_outlives_a_restart(desk, tmp_path):
    await desk.ask("PUT", "Patient/a", PATIENT)
    again = Store.open(tmp_path / "records.db")
    assert exported(again)["counts"] == {"Patient": 1}
    again.close()


@pytest.mark.parametrize(("status", "after"), [(400, None), (401, None), (409, None), (429, 7), (503, 7), (500, None)])
async def test_it_answers_a_status_as_told_and_then_well_again(desk, status, after):
    desk.records.trouble(Trouble(Ill.STATUS, status=status, retry_after=after, times=2))
    for _ in range(2):
        found, outcome, headers = await desk.ask("PUT", "Patient/a", PATIENT)
        assert (found, headers.get("Retry-After")) == (status, None if after is None else str(after))
        assert outcome["resourceType"] == "OperationOutcome"
    assert list(desk.records.store.all()) == []
    assert (await desk.ask("PUT", "Patient/a", PATIENT))[0] == 201


async def test_a_rule_meets_only_what_it_names_also_in_a_batch(desk):
    desk.records.trouble(Trouble(Ill.STATUS, status=422, times=None, path="^PUT Encounter/"))
    _, body, _ = await desk.ask("POST", "", bundle("batch", put(PATIENT), put(ENCOUNTER)))
    assert [one["response"]["status"] for one in body["entry"]] == ["201", "422"]


@pytest.mark.parametrize(("ill", "stored"), [(Ill.SILENCE, 1), (Ill.DEAF, 0)])
async def test_it_can_fall_silent(desk, ill, stored):
    desk.records.trouble(Trouble(ill))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await desk.ask("PUT", "Patient/a", PATIENT)
    assert len(list(desk.records.store.all())) == stored
    assert desk.records.store.requests()[0].status is None


@pytest.mark.parametrize(("ill", "stored"), [(Ill.CUT, 0), (Ill.HALF, 1)])
async def test_it_can_drop_the_connection(desk, ill, stored):
    desk.records.trouble(Trouble(ill, times=None))
    with pytest.raises(aiohttp.ClientError):
        await desk.ask("PUT", "Patient/a", PATIENT)
    assert len(list(desk.records.store.all())) == stored


async def test_it_can_do_half_a_bundle(desk):
    desk.records.trouble(Trouble(Ill.HALF))
    _, body, _ = await desk.ask("POST", "", bundle("batch", put(PATIENT), put(ENCOUNTER)))
    assert len(body["entry"]) == len(list(desk.records.store.all())) == 1


async def test_it_can_answer_of_something_else_or_with_a_page(desk):
    desk.records.trouble(Trouble(Ill.WRONG_ID))
    assert (await desk.ask("PUT", "Patient/a", PATIENT))[2]["Location"].startswith("Basic/")
    desk.records.trouble(Trouble(Ill.PAGE))
    status, body, headers = await desk.ask("GET", "Patient/a")
    assert (status, headers["Content-Type"].split(";")[0]) == (200, "text/html")
    assert b"<html>" in body


async def test_it_can_drip(desk):
    desk.records.trouble(Trouble(Ill.DRIP))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await desk.ask("PUT", "Patient/a", PATIENT)
    assert len(list(desk.records.store.all())) == 1


async def test_the_control_route_makes_it_ill_and_well(desk):
    control = desk.base.replace("/fhir", "/control")
    async with desk.session.post(f"{control}/trouble", json={"ill": "status", "status": 500, "times": None}) as answer:
        assert answer.status == 204
    assert (await desk.ask("PUT", "Patient/a", PATIENT))[0] == 500
    async with desk.session.delete(f"{control}/trouble") as answer:
        assert answer.status == 204
    assert (await desk.ask("PUT", "Patient/a", PATIENT))[0] == 201
    async with desk.session.get(f"{control}/export") as answer:
        assert (await answer.json())["counts"] == {"Patient": 1}


@pytest.mark.parametrize("body", [b"{", b'{"ill":"tired"}', b'{"ill":"status","path":"("}', b'{"ill":"cut","x":1}'])
async def test_the_control_route_refuses_what_it_cannot_read(desk, body):
    async with desk.session.post(desk.base.replace("/fhir", "/control") + "/trouble", data=body) as answer:
        assert answer.status == 400
        assert (await answer.json())["error"]


async def test_there_is_no_control_route_unless_allowed(desk, tmp_path):
    plain = type(desk.records)(Store.open(tmp_path / "other.db"))
    base = await plain.start()
    async with desk.session.get(base.replace("/fhir", "/control/export")) as answer:
        assert answer.status == 404
    await plain.stop()
    plain.store.close()
