# SPDX-License-Identifier: Apache-2.0
"""``chevet record``: capture an enrolled instrument's frames, through the station, for ``tests/frames``."""

import argparse
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from cart.cli import folder_arguments
from cart.config import Configuration
from cart.instruments import SOCKET, diagnoses
from cart.recording import Unit, document, keep, measured, origin
from cart.technician import PATIENCE, Technician
from cart.terminal import say
from device.driver import Frame
from device.enrolment import Diagnosis
from device.errors import ConfigurationError, InstrumentError
from device.registry import Registry
from device.station import technical as t

MOST = 60


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which instrument, for how long, and where to."""
    parser.description = (
        "Capture the frames of an enrolled instrument of a running 'chevet device', with its address and serial number"
        " replaced, as a file for tests/frames. What is measured is kept: measure yourself, not a patient."
    )
    parser.add_argument("instrument", help="its name, as 'chevet instruments list' shows it")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to listen (default: %(default)s)")
    parser.add_argument("--most", type=int, default=MOST, help="different frames kept at most (default: %(default)s)")
    parser.add_argument("--out", type=Path, help="file to write (default: MODEL.json, here)")
    folder_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Record; 0 when at least one frame could be read."""
    configuration = Configuration.load(options.config)
    files = configuration.files
    registry = Registry.load(configuration.file(files.models), configuration.file(files.instruments))
    with Technician.connect(options.runtime / SOCKET) as technician:
        known = _known(technician, options.instrument)
        model = registry.models.get(known.model)
        if model is None:
            line = f"Le modèle {known.model} n’est pas dans cette configuration : donnez --config /etc/chevet."
            raise ConfigurationError(32, line, f"no model {known.model!r} in {options.config}")
        if not model.metrics:
            line = "Un lecteur de codes lit des identités : rien n’en est enregistré."
            raise InstrumentError(55, line, f"{model.id} measures nothing")
        out: Path = options.out or Path(f"{model.id}.json")
        if out.exists():
            line = f"{out} existe déjà : donnez un autre fichier avec --out, puis réunissez les deux."
            raise ConfigurationError(31, line, f"{out} exists")
        say(f"Écoute de {known.state.id} pendant {options.seconds:g} s. Mesurez, et notez ce que montre son écran.")
        frames = _listen(technician, options)
    simulated = any(one.id == known.state.id and one.simulated for one in registry.instruments)
    told = origin(model, known.firmware, datetime.now(UTC).date(), simulated=simulated)
    unit = Unit(known.address, known.state.serial)
    kept = keep(frames, unit, registry.driver(model), options.most, told)
    if kept.dropped:
        say(f"{kept.dropped} trames laissées de côté : on ne peut pas y effacer le numéro de série sans les fausser.")
    if not kept.frames:
        line = "Aucune trame reçue : rien n’est écrit. L’instrument est-il allumé, près du chariot ?"
        raise InstrumentError(53, line, f"{len(frames)} frames")
    out.write_text(document(model, kept.frames), "utf-8")
    say(f"{len(kept.frames)} trames différentes, sur {len(frames)}, dans {out}.")
    for one in measured(kept):
        say(f"  {one.metric.label} : {one.value} {one.metric.unit}")
    if not measured(kept):
        say("Aucune ne contient de mesure : ce fichier seul ne suffit pas aux essais.")
        return 1
    say("Comparez ces valeurs à l’écran de l’instrument, corrigez « what », puis posez le fichier dans tests/frames.")
    return 0


def _known(technician: Technician, instrument: str) -> Diagnosis:
    for one in diagnoses(technician).diagnoses:
        if one.state.id == instrument:
            return one
    line = f"Aucun instrument {instrument} sur ce chariot : chevet instruments list."
    raise InstrumentError(54, line, f"no instrument {instrument!r}")


def _listen(technician: Technician, options: argparse.Namespace) -> list[Frame]:
    """Every frame, those that nobody can read included. Raises MessageError when a file is opened meanwhile."""
    frames = []
    request = t.Overhear(str(uuid4()), options.instrument, options.seconds)
    for message in technician.converse(request, options.seconds + PATIENCE):
        if isinstance(message, t.Heard):
            frames.append(Frame(message.frame.source, message.frame.data))
        elif isinstance(message, t.Progress):
            say(f"{message.step.line}")
    return frames
