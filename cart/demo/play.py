# SPDX-License-Identifier: Apache-2.0
"""The play: one teleconsultation, from the nurse's first touch to the hospital's server, as its people live it."""

import asyncio
import re
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from cart.demo import story
from cart.demo.doctor import Doctor
from cart.demo.nurse import Nurse
from cart.demo.timeline import Timeline
from cart.demo.world import World
from cart.stage.network import Cable
from virtual.ble.control import tell

START_SECONDS = 90.0
CUFF_SECONDS = 20.0
TOUCHES = 3
BACK_SECONDS = 20.0
SENT_SECONDS = 60.0


class Play:
    """One performance. ``shots`` gets a picture of every screen."""

    def __init__(self, world: World, cable: Cable, nurse: Nurse, doctor: Doctor, timeline: Timeline) -> None:
        self._world = world
        self._cable = cable
        self._nurse = nurse
        self._doctor = doctor
        self._said = timeline
        self._shots = world.out / "screens"

    async def perform(self) -> None:
        """From the first touch to the closed file."""
        await self._prepare()
        await self._sign_in()
        await self._call()
        await self._measure()
        await self._measure_more()
        await self._speak()
        await self._look_into_the_ear()
        await self._listen()
        await self._cut()
        await self._end()

    async def _prepare(self) -> None:
        await self._world.ready(START_SECONDS)
        self._said.step("cart", "ready: station, instruments, cameras")
        for order in story.memory(datetime.now(ZoneInfo("Europe/Paris"))):
            await self._tell(order)
        self._said.step("cuff", "remembers two older readings, of nobody here")

    async def _sign_in(self) -> None:
        await self._nurse.sees("Bonjour. Qui êtes-vous ?", seconds=START_SECONDS)
        await self._nurse.keeps_picture("signin")
        await self._nurse.signs_in(story.OPERATOR, story.PIN)
        await self._nurse.sees("Pour quel résident ?")
        self._said.step("nurse", f"signed in: {story.OPERATOR}")
        await self._nurse.keeps_picture("home")

    async def _call(self) -> None:
        before = self._nurse.touches
        await self._nurse.touch(story.PATIENT, exact=False)
        await self._nurse.sees("Est-ce bien cette personne ?")
        await self._nurse.keeps_picture("consent")
        await self._nurse.touch("Oui, c’est elle")
        await self._nurse.touch("Elle est d’accord : appeler le médecin")
        called = self._nurse.touches - before
        self._said.check(
            "at most three touches from the list to the doctor being called", called <= TOUCHES, f"{called} touches"
        )
        code = re.sub(r"\D", "", (await self._nurse.sees("Code ", exact=False)).name)
        link = (await self._nurse.sees("Lien ", exact=False)).name.removeprefix("Lien ")
        await self._nurse.keeps_picture("waiting")
        self._said.step("nurse", f"gives the doctor the link and the code {code}")
        await self._doctor.knock(link, code, story.DOCTOR)
        await self._nurse.sees_words(story.DOCTOR)
        await self._nurse.keeps_picture("knock")
        began = time.monotonic()
        await self._nurse.touch("Faire entrer")
        await self._doctor.entered(story.PATIENT)
        seen = await self._doctor.sees_picture()
        self._said.check("the doctor's page shows a moving picture", seen.alive, f"{seen}, {_since(began)}")
        seen = await self._nurse.sees_picture("Le médecin")
        self._said.check("the kiosk shows the doctor moving", seen.alive, f"{seen}, {_since(began)}")

    async def _measure(self) -> None:
        cuff = asyncio.create_task(self._tell(story.FIRST.order(CUFF_SECONDS)))
        self._said.step("nurse", "puts the cuff on; it inflates for 20 s")
        await self._tell({"instrument": "oxymetre", "do": "start"})
        await self._tell(story.finger())
        self._said.step("oximeter", f"finger in: {story.SATURATION} %, {story.PULSE}/min")
        await self._shows("the kiosk shows the saturation live", "Saturation", str(story.SATURATION), "en direct")
        await self._nurse.touch("Air ambiant")
        await self._tell(story.ear(story.TEMPERATURE))
        shown = story.TEMPERATURE.replace(".", ",")
        await self._shows("the kiosk shows the temperature", "Température", shown)
        await cuff
        pressure = f"{story.FIRST.systolic}/{story.FIRST.diastolic}"
        await self._shows("the kiosk shows the pressure", "Tension", pressure)
        await self._shows("the two older readings are aside", "2 mesures", "de côté")
        wanted = {pressure, str(story.SATURATION), shown}
        values = {row.value for row in await self._doctor.sees_values(wanted)}
        self._said.check("the doctor's page shows the same numbers", wanted <= values, sorted(values))
        live = await self._doctor.live_value("saturation")
        self._said.check("the doctor's live saturation is the oximeter's", live == str(story.SATURATION), live)
        older = {f"{one.systolic}/{one.diastolic}" for one in story.OLDER}
        self._said.check("and not the two older readings", not older & values)
        aside = await self._doctor.sees_aside(2)
        self._said.check("the doctor is told that two are aside", aside.startswith("2 "), aside)
        await self._nurse.keeps_picture("encounter")
        await self._doctor.picture(self._shots / "doctor-measurements.png")
        await self._nurse.touch("2 mesures", exact=False)
        await self._nurse.sees("De côté")
        await self._nurse.keeps_picture("aside")
        await self._nurse.touch("Retour à la consultation")

    async def _measure_more(self) -> None:
        await self._tell(story.drop())
        await self._shows("the kiosk shows the glucose and its meal", "Glycémie", str(story.GLUCOSE), "à jeun")
        await self._nurse.touch("Poids", exact=False)
        await self._nurse.touch("Saisir à la main…")
        for key in story.WEIGHT.replace(".", ","):
            await self._nurse.touch("Virgule" if key == "," else key)
        weight = story.WEIGHT.replace(".", ",")
        await self._nurse.touch(f"Noter {weight} kg")
        await self._shows("the kiosk says that the weight was typed in", "Poids", weight, "saisi à la main")
        values = {row.value for row in await self._doctor.sees_values({str(story.GLUCOSE), weight})}
        self._said.check("the doctor's page shows both", {str(story.GLUCOSE), weight} <= values, sorted(values))

    async def _listen(self) -> None:
        await self._nurse.touch("Écouter au stéthoscope")
        await self._nurse.answers("Où est posé le stéthoscope ?", "Foyer mitral")
        await self._shows("the kiosk listens", "Stéthoscope", "Foyer mitral")
        await self._shows("and shows what it hears", "Onde du stéthoscope")
        await self._nurse.sees_words("Stéthoscope", f"00:0{story.LISTEN_SECONDS}", seconds=20)
        await self._nurse.keeps_picture("listening")
        await self._nurse.touch("Arrêter et garder")
        await self._doctor.has_capture("Auscultation, foyer mitral")
        self._said.step("nurse", "listens at the mitral area; the doctor has the recording, its digest is right")

    async def _speak(self) -> None:
        await self._doctor.show_text(story.TEXT)
        await self._nurse.sees(story.TEXT)
        self._said.step("doctor", f"shows « {story.TEXT} » on the patient's screen")
        await self._nurse.keeps_picture("patient")
        await self._doctor.hide_text()
        await self._nurse.no_longer_sees(story.TEXT)

    async def _look_into_the_ear(self) -> None:
        await self._doctor.choose_camera("Otoscope")
        self._said.step("doctor", "chooses the otoscope")
        seen = await self._doctor.sees_picture()
        self._said.check("the doctor sees through the otoscope", seen.alive, seen)
        await self._doctor.capture("oreille droite")
        await self._doctor.has_capture()
        self._said.step("doctor", "keeps a still of the right ear; its digest is right")
        await self._doctor.picture(self._shots / "doctor-otoscope.png")
        await self._nurse.keeps_picture("otoscope")

    async def _cut(self) -> None:
        began = time.monotonic()
        self._cable.cut()
        self._said.step("network", "cut")
        cuff = asyncio.create_task(self._tell(story.DURING_THE_CUT.order(6.0)))
        await self._tell(story.ear(story.TEMPERATURE_IN_THE_CUT))
        await cuff
        shown = story.TEMPERATURE_IN_THE_CUT.replace(".", ",")
        pressure = f"{story.DURING_THE_CUT.systolic}/{story.DURING_THE_CUT.diastolic}"
        await self._shows("during the cut the kiosk shows the temperature", "Température", shown)
        await self._shows("during the cut the kiosk shows the pressure", "Tension", pressure)
        await self._nurse.sees_words("Le réseau est coupé", seconds=15)
        await self._nurse.keeps_picture("offline")
        await self._doctor.picture(self._shots / "doctor-cut.png")
        await asyncio.sleep(max(0.0, story.CUT_SECONDS - (time.monotonic() - began)))
        self._cable.join()
        back = time.monotonic()
        self._said.step("network", f"back after {_since(began)}")
        rows = await self._doctor.sees_values({shown, pressure}, BACK_SECONDS)
        values = {row.value for row in rows}
        self._said.check("both measurements reached the doctor", {shown, pressure} <= values, f"{_since(back)}")
        seen = await self._doctor.sees_picture(BACK_SECONDS)
        self._said.check("the picture is back", seen.alive, f"{seen}, {_since(back)}")
        sequences = [row.sequence for row in rows]
        self._said.check(
            "no entry stands twice on the page",
            len(set(zip(sequences, (r.kind for r in rows), strict=True))) == len(rows),
        )

    async def _end(self) -> None:
        await self._doctor.conclude(story.CONCLUSION)
        self._said.step("doctor", "writes the conclusion")
        await self._doctor.picture(self._shots / "doctor-end.png")
        await self._tell({"instrument": "oxymetre", "do": "remove-finger"})
        await self._nurse.touch("Terminer")
        await self._nurse.keeps_picture("end")
        await self._nurse.touch("Oui, terminer")
        await self._nurse.sees_words("Téléconsultation terminée")
        await self._nurse.sees_words("Tout est envoyé", seconds=SENT_SECONDS)
        self._said.step("cart", "every entry was acknowledged by the records endpoint")
        await self._nurse.keeps_picture("summary")
        await self._nurse.touch("Fermer le dossier")
        await self._nurse.sees("Pour quel résident ?")
        names = await self._nurse.all_names()
        self._said.check("nothing of the encounter stays on the screen", not any("132/81" in name for name in names))
        self._said.check("the doctor's page never complained", not self._doctor.complaints, self._doctor.complaints)

    async def _shows(self, what: str, *words: str) -> None:
        try:
            said = await self._nurse.sees_words(*words)
        except AssertionError as error:
            self._said.check(what, holds=False, found=error)
        else:
            self._said.check(what, holds=True, found=said)

    async def _tell(self, order: Mapping[str, Any]) -> None:
        answer = await tell(self._world.control, order)
        if not answer.ok:
            self._said.check(f"{order['instrument']}: {order['do']}", holds=False, found=answer.error)


def _since(began: float) -> str:
    return f"{time.monotonic() - began:.1f} s"
