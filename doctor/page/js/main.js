// SPDX-License-Identifier: Apache-2.0
// The page: joins, and draws the consultation from what the cart says. Nothing is put on window.

import { since, stamp } from "./age.js";
import { Call } from "./call.js";
import { Captures } from "./captures.js";
import { Conclusion } from "./conclusion.js";
import { Consultation } from "./consultation.js";
import { Controls } from "./controls.js";
import * as doors from "./doors.js";
import { find, say } from "./dom.js";
import { ControlWords } from "./fingerprints.js";
import { Measurements } from "./measurements.js";
import { Meeting } from "./meeting.js";
import { OwnMedia } from "./media.js";
import { Memory } from "./memory.js";
import { PatientMicrophone } from "./patientmicrophone.js";
import { PatientText } from "./patienttext.js";
import { Picture } from "./picture.js";
import { Quality } from "./quality.js";
import { Sight } from "./sight.js";
import { Silence } from "./silence.js";
import { Stethoscope } from "./stethoscope.js";
import * as words from "./words.js";
import { Zoom } from "./zoom.js";

const TICK = 250;
const SPEAK_AFTER = 2000;

const ENDS = {
  left: ["Vous avez quitté la téléconsultation", "L’équipe auprès du patient en est avertie."],
  closed: ["La téléconsultation est terminée", "L’équipe auprès du patient a raccroché."],
  refused: ["L’entrée n’a pas été accordée", ""],
  replaced: ["Ouverte ailleurs", ""],
  ended: ["La téléconsultation est terminée pour vous", "Cette page n’est plus reliée au chariot."],
};

const room = decodeURIComponent(location.pathname.split("/").at(-1));
const memory = new Memory(room);
const media = new OwnMedia();
const consultation = new Consultation();
const now = () => performance.now() / 1000;
const sight = new Sight(now());
const picture = new Picture((metadata) => {
  sight.frame(now());
  zoom.frame(metadata);
}, () => zoom.hold());
const quality = new Quality();
const controlWords = new ControlWords(find("control-words"));
const stethoscope = new Stethoscope();
const silence = new Silence();
const meeting = new Meeting();
const measurements = new Measurements();
const captures = new Captures();
const command = (order) => call?.peer?.channel?.command(order) ?? Promise.resolve({ ok: false, line: "La liaison est coupée. Réessayez quand elle revient." });
const zoom = new Zoom(command);
const controls = new Controls(command, media, () => call?.peer?.channel?.beat());
const patientMicrophone = new PatientMicrophone(command);
const text = new PatientText(command);
const conclusion = new Conclusion(command);

let call = null;
let view = null;
let viewAt = stamp();
let drawing = false;

function enter(code) {
  call = new Call(room, memory, media, code);
  call.addEventListener("waiting", () => {
    doors.waitLine("L’équipe auprès du patient voit votre nom et va vous ouvrir.");
    doors.wait(media);
  });
  call.addEventListener("admitted", () => open());
  call.addEventListener("cart", ({ detail }) => {
    doors.waitLine(detail ? "Le chariot est de nouveau joignable : on va vous ouvrir." : "Le chariot n’est pas joignable pour l’instant. Nous réessayons sans arrêt.");
  });
  call.addEventListener("server", ({ detail }) => {
    const line = detail ? "" : "Le serveur de rendez-vous ne répond pas. Nous réessayons sans arrêt.";
    doors.joinLine(line);
    doors.waitLine(line || "L’équipe auprès du patient voit votre nom et va vous ouvrir.");
  });
  call.addEventListener("peer", ({ detail }) => follow(detail));
  call.addEventListener("cut", () => {
    sight.cut(now());
    picture.hold();
    captures.use(null);
    draw();
  });
  call.addEventListener("finished", ({ detail }) => finish(detail));
}

function open() {
  if (document.body.dataset.screen === "consultation") return;
  doors.screen("consultation");
  sight.begin(now());
  media.show(find("self"));
  controls.drawMicrophone();
  draw();
}

function follow(peer) {
  picture.hold();
  peer.addEventListener("tracks", ({ detail }) => picture.show(detail));
  peer.addEventListener("stethoscope", ({ detail }) => stethoscope.use(detail));
  peer.addEventListener("open", () => {
    peer.channel.read(consultation.position);
    measurements.speak(false);
    setTimeout(() => measurements.speak(true), SPEAK_AFTER);
    captures.use(peer);
    zoom.renew();
    sight.renew();
    draw();
  });
  peer.addEventListener("words", ({ detail }) => { words.learn(detail); later(); });
  peer.addEventListener("view", ({ detail }) => take(detail, peer));
  peer.addEventListener("zoom", ({ detail }) => zoom.tell(detail));
  peer.addEventListener("entry", ({ detail }) => { if (consultation.apply(detail)) later(); });
}

function take(newView, peer) {
  view = newView;
  viewAt = stamp();
  zoom.tell(view.zoom);
  if (view.encounter !== null && view.encounter !== consultation.encounter) {
    if (consultation.encounter !== null) {
      forget(view.encounter);
      peer.channel.read(0);
    }
    consultation.encounter = view.encounter;
  }
  later();
}

function forget(encounter) {
  consultation.clear(encounter);
  measurements.clear();
  captures.clear();
  conclusion.clear();
}

/** Draw once, after all the messages of this turn. */
function later() {
  if (drawing) return;
  drawing = true;
  queueMicrotask(() => {
    drawing = false;
    draw();
  });
}

function draw() {
  const dead = call === null || call.dead || !(call.peer?.alive ?? false);
  const patient = view?.patient ?? null;
  say(find("patient-name"), patient ? words.name(patient) : "Dossier du patient");
  say(find("patient-facts"), patient ? words.facts(patient) : "");
  say(find("operator"), view?.operator ? `avec ${view.operator.name}, ${view.operator.profession}` : "");
  measurements.update(consultation, view, since(viewAt), dead);
  controls.update(view, dead);
  patientMicrophone.update(view, since(viewAt), dead);
  text.update(view);
  conclusion.update(consultation.conclusion);
  captures.update(consultation.captures);
  picture.tick(view, dead);
  if (!dead && (document.hidden || still())) sight.pause(now());
  zoom.update(view, dead);
  stethoscope.update(view, dead);
  silence.update(view, dead);
  meeting.update(view);
}

/** Whether no new picture is due. */
function still() {
  return (view?.frozen ?? false) || !(view?.camera_on ?? true);
}

function finish({ code, line }) {
  call = null;
  view = null;
  media.stop();
  picture.clear();
  controlWords.clear();
  stethoscope.clear();
  patientMicrophone.clear();
  forget(null);
  draw();
  doors.joinBusy(false);
  if (code in ENDS) {
    doors.end(ENDS[code][0], line || ENDS[code][1]);
  } else {
    doors.screen("join");
    doors.joinLine(line);
    find("join-code").value = "";
    find("join-code").focus();
  }
}

doors.wireJoin(async ({ name, code, camera, microphone }) => {
  doors.joinBusy(true);
  memory.name = name;
  memory.resume = "";
  memory.devices = { camera, microphone };
  await media.ask(memory.devices);
  enter(code);
});

for (const id of ["quit", "waiting-quit"]) find(id).addEventListener("click", () => call?.leave());
find("ended-again").addEventListener("click", () => {
  doors.joinLine("");
  doors.screen("join");
  find("join-code").focus();
});
find("sound").addEventListener("click", () => picture.sound());
find("fullscreen").addEventListener("click", () => {
  if (document.fullscreenElement) document.exitFullscreen();
  else find("stage").requestFullscreen();
});

/** A page that slept or was out of sight says at once how old what it shows is. */
for (const [target, type] of [[document, "visibilitychange"], [document, "resume"], [window, "pageshow"]]) {
  target.addEventListener(type, () => { if (document.body.dataset.screen === "consultation") draw(); });
}
setInterval(() => {
  if (document.body.dataset.screen === "consultation") draw();
}, TICK);
setInterval(() => {
  if (document.body.dataset.screen !== "consultation" || call === null) return;
  quality.measure(call.peer, call.dead, still());
  const report = call.peer?.channel?.open ? sight.report(now()) : null;
  if (report !== null) call.peer.channel.seen(report);
  stethoscope.measure();
  controlWords.measure(call.peer, call.dead);
}, 1000);

find("join-name").value = memory.name;
if (memory.resume) {
  doors.joinBusy(true);
  await media.ask(memory.devices);
  enter(null);
} else {
  doors.screen("join");
}
