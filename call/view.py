# SPDX-License-Identifier: Apache-2.0
"""What a doctor sees that is no entry: a part of the station's state, of this encounter only. Pure."""

from typing import Any
from uuid import UUID

import msgspec

from call.change import Change
from call.chart import Scope, unnumbered
from device.camera import CameraState
from device.clock import Instant
from device.codes import Metric
from device.instrument import InstrumentState
from device.people import Operator, Patient
from device.sound import ListeningState
from device.station.state import Live, MicrophoneRequest, ShownText, State, Zoom
from device.station.zoom import nameless


class View(msgspec.Struct, frozen=True):
    """docs/signalling.md §2, ``view``. Without an encounter nothing of a patient is in it. ``microphone`` says what is
    wrong with the cart's, "" while all is well; ``conference`` is the phase of the one that was let in, "" for none."""

    now: Instant
    encounter: UUID | None
    patient: Patient | None
    operator: Operator | None
    cameras: tuple[CameraState, ...]
    camera: str
    frozen: bool
    camera_on: bool
    microphone_on: bool
    microphone: str
    listening: ListeningState
    instruments: tuple[InstrumentState, ...]
    live: tuple[Live, ...]
    aside: int
    text: ShownText | None
    asked: Metric | None
    microphone_request: MicrophoneRequest | None
    zoom: Zoom
    conference: str


def view(state: State, scope: Scope, aside: int, now: Instant) -> View:
    """What the doctor of ``scope`` may see of ``state``; paths and raw frames stay on the cart."""
    file = state.encounter
    ours = file is not None and file.id == scope.encounter
    return View(
        now=now,
        encounter=scope.encounter if ours else None,
        patient=unnumbered(file.patient) if file is not None and ours else None,
        operator=state.operator,
        cameras=tuple(msgspec.structs.replace(camera, ring="") for camera in state.cameras),
        camera=state.camera,
        frozen=state.frozen,
        camera_on=state.camera_on,
        microphone_on=state.microphone_on,
        microphone=state.sound.microphone,
        listening=msgspec.structs.replace(state.listening, ring="") if ours else ListeningState(),
        instruments=state.instruments,
        live=tuple(_bare(live) for live in state.live) if ours else (),
        aside=aside if ours else 0,
        text=state.text if ours else None,
        asked=state.asked if ours else None,
        microphone_request=_nameless(state.microphone_request) if ours else None,
        conference=state.call.conference.phase if ours and state.call.conference.phase.lasts else "",
        zoom=nameless(state.zoom) if ours else Zoom(state.zoom.number, state.zoom.region),
    )


def plain(shown: View) -> dict[str, Any]:
    """As JSON says it; what is many is an object by id, so that one of them can change alone."""
    told: dict[str, Any] = msgspec.to_builtins(shown)
    return {
        **told,
        "cameras": {camera["id"]: camera for camera in told["cameras"]},
        "instruments": {instrument["id"]: instrument for instrument in told["instruments"]},
        "live": {_name(live): live for live in told["live"]},
    }


def _name(live: dict[str, Any]) -> str:
    return f"{live['provenance']['instrument']} {live['measurement']['metric']}"


def encode(told: dict[str, Any]) -> str:
    """The message that says all."""
    return msgspec.json.encode({"type": "view", "view": told}).decode()


def encode_change(change: Change) -> str:
    """The message that says what became different."""
    return msgspec.json.encode({"type": "change", **msgspec.to_builtins(change)}).decode()


def _nameless(request: MicrophoneRequest | None) -> MicrophoneRequest | None:
    """A request without the name that the rendezvous server has for the doctor's page."""
    if request is None:
        return None
    return msgspec.structs.replace(request, by=msgspec.structs.replace(request.by, peer=""))


def _bare(live: Live) -> Live:
    return msgspec.structs.replace(live, provenance=msgspec.structs.replace(live.provenance, frame=""))
