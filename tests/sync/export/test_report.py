# SPDX-License-Identifier: Apache-2.0
"""The report says all that a doctor must know, in French, and nothing in it is a program."""

import re
from contextlib import closing
from datetime import UTC, date, datetime
from html import unescape
from html.parser import HTMLParser
from uuid import UUID

import msgspec
import pytest
from playwright.async_api import async_playwright

from device.attachments import Attachments
from device.entry import Outcome
from device.people import IdentityStatus, Patient
from sync.export.gather import gather, pieces
from sync.export.receipts import Receipt
from sync.export.report import Told, report
from sync.export.writing import write_folder
from tests.sync.fhir.whole import QUALIFIED
from tests.sync.story import SOURCE, Story, conclusion, opening, pressure, saturation, temperature
from tests.sync.story import closing as ending

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
LANE = UUID(int=9)
RECEIPTS = (Receipt("dossier", taken=30), Receipt("pacs", taken=1, waiting=2), Receipt("autre"))
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"
VOID = {"meta", "img", "br"}


class Page(HTMLParser):
    """Elements in their nesting, and the words."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page.decode())
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", unescape(" ".join(self.words)))


def told(*bodies, patient=QUALIFIED, receipts=RECEIPTS):
    story = Story()
    story.tell(LANE, *opening(patient), *bodies)
    return Page(report(Told(SOURCE, LANE, story.of(LANE), (), receipts, NOW)))


@pytest.fixture(scope="session")
def folder(cart, tmp_path_factory):
    target = tmp_path_factory.mktemp("report") / "export"
    with closing(cart.journal) as journal:
        attachments = Attachments.reading(cart.state / "captures", journal)
        found = gather(SOURCE, journal, attachments, cart.encounter)
        write_folder(target, pieces(SOURCE, found, attachments, RECEIPTS, NOW))
    return target


@pytest.fixture(scope="session")
def page(folder):
    return Page((folder / "compte-rendu.html").read_bytes())


@pytest.mark.parametrize(
    "words",
    [
        "Durand", "02/03/1934", "qualifiée", "123456789012244", "Claire Morel (infirmière), RPPS 10101201234",
        "Dr Anne Petit", "accord écrit", "accord retiré", "128/74", "A&D UA-651BLE, n° 5180900123", "bras gauche",
        "Sous 2 L/min d’oxygène", "saisi à la main", "36,60", "aucune (en dessous de ce que l’instrument mesure)",
        "Saisie par erreur : mauvaise oreille", "Mise de côté : l’instrument ne dit pas quand",
        "Valeur inhabituelle, confirmée", "Otite externe droite", "remplacée par une plus récente",
        "Réseau coupé. (95 s)", "dossier : tout est reçu : 30 éléments reçus",
        "pacs : 1 élément reçu, 2 en attente", "autre : rien n’y a encore été envoyé", "systolique 128",
        "diastolique non mesurée", "157,3 lb", "7,2 mmol/L", "sha256sum -c SHA256SUMS",
    ],
)  # fmt: skip
def test_the_report_tells(page, words):
    assert words in page.text


def test_what_does_not_count_is_struck_and_said_in_words(folder):
    html = (folder / "compte-rendu.html").read_text("utf-8")
    (wrong,) = [row for row in html.split("<tr") if "mauvaise oreille" in row]
    assert "<del>36,1" in wrong
    (aside,) = [row for row in html.split("<tr") if "199/99" in row]
    assert "<del>199/99" in aside
    (good,) = [row for row in html.split("<tr") if "36,60" in row]
    assert "<del>" not in good


def test_it_is_one_page_of_french_without_a_program_that_loads_only_its_own_files(page, folder):
    names = [name for name, _ in page.seen]
    assert dict(page.seen[0][1]) == {"lang": "fr"}
    assert not {"script", "iframe", "object", "embed", "link", "form"} & set(names)
    assert not [key for _, attributes in page.seen for key in attributes if key.startswith("on")]
    files = [value for _, attributes in page.seen for key, value in attributes.items() if key in ("src", "href")]
    assert files
    assert all((folder / str(name)).is_file() for name in files)
    assert all(attributes.get("alt") for name, attributes in page.seen if name == "img")
    assert names.count("h1") == 1
    assert names.count("caption") == names.count("table") == 2


def test_what_people_wrote_stays_text():
    patient = msgspec.structs.replace(QUALIFIED, family=HOSTILE)
    page = told(conclusion(HOSTILE), *ending(), patient=patient)
    assert page.text.count(HOSTILE) == 2
    assert not [name for name, _ in page.seen if name in ("script", "img")]


@pytest.mark.parametrize("status", [one for one in IdentityStatus if one is not IdentityStatus.QUALIFIED])
def test_an_ins_is_told_of_a_qualified_identity_alone(status):
    page = told(*ending(), patient=msgspec.structs.replace(QUALIFIED, status=status))
    assert QUALIFIED.matricule not in page.text
    assert "non communiqué" in page.text
    assert status.value in page.text


def test_a_wrong_patients_file_says_at_its_top_that_nothing_counts():
    page = told(pressure(), conclusion(), *ending(Outcome.WRONG_PATIENT))
    assert page.text.index("ne doit être utilisé") < page.text.index("Nom de naissance")
    assert "dossier ouvert pour une autre personne" in page.text


def test_an_encounter_under_way_is_said_to_be_provisional():
    assert "compte rendu est provisoire" in told(temperature()).text


def test_an_encounter_without_a_beginning_or_a_measurement_is_still_a_page():
    story = Story()
    story.tell(LANE, saturation(value=None))
    assert "on ne sait pas de qui elle est" in Page(report(Told(SOURCE, LANE, story.of(LANE), (), (), NOW, (4,)))).text
    assert "Aucune conclusion" in told().text
    assert "Aucune mesure" in told(patient=Patient("1", "A", "B", date(1930, 1, 1))).text


async def test_a_browser_shows_and_prints_it_without_a_complaint(folder, tmp_path):
    said: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        try:
            tab = await browser.new_page(locale="fr-FR", viewport={"width": 900, "height": 1200})
            tab.on("console", lambda line: said.append(line.text) if line.type in ("error", "warning") else None)
            tab.on("requestfailed", lambda request: said.append(request.url))
            await tab.goto((folder / "compte-rendu.html").as_uri())
            broken = await tab.evaluate("[...document.images].filter((one) => !one.naturalWidth).length")
            wide = await tab.evaluate("document.documentElement.scrollWidth > innerWidth")
            await tab.screenshot(path=tmp_path / "report.png", full_page=True)
            printed = await tab.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
        finally:
            await browser.close()
    assert (said, broken, wide) == ([], 0, False)
    assert re.search(rb"/MediaBox \[0 0 59[45]\.?\d* 84[12]\.?\d*\]", printed)
