# SPDX-License-Identifier: Apache-2.0
"""The cart's sound: microphone, loudspeaker and stethoscope, real ones or virtual ones."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from call.echo import EchoCanceller
from cart.config import Configuration
from device.attachments import Attachments
from device.audio import Loudspeaker, Microphone, PortAudio, PortAudioLoudspeaker, PortAudioMicrophone, SoundPhase
from device.audio.auscultation import SECONDS, Auscultation
from device.audio.metered import Metered
from device.audio.room import Room
from device.clock import Clock
from device.levels import LevelWriter
from device.station.core import Station
from virtual.auscultation import stethoscope
from virtual.sounds import VirtualLoudspeaker, VirtualMicrophone, voice

KEPT = 150
"""Blocks of the stethoscope that may wait for this process: three seconds, as each counts."""
FULL = f"L’enregistrement est arrivé à {SECONDS / 60:.0f} minutes, il s’est arrêté : gardez-le ou jetez-le."

Told = Callable[[SoundPhase], None]


class Sound:
    """What the room hears, says and listens to, told to the station. ``parts`` have to run."""

    def __init__(
        self,
        configuration: Configuration,
        station: Station,
        clock: Clock,
        places: tuple[Attachments, Path],
        *,
        virtual: bool,
    ) -> None:
        """``places``: where sounds are kept, and the folder of the run time, which is memory: a recording grows there,
        since only what is sealed goes to the disk."""
        self._configuration = configuration
        self._station = station
        self._clock = clock
        self._attachments, self._runtime = places
        self._library = PortAudio()
        ring = self._runtime / "microphone.levels"
        microphone, self.loudspeaker = self._virtual() if virtual else self._real()
        self.microphone = Metered(microphone, LevelWriter(ring))
        self.echo = EchoCanceller() if configuration.sound.clean else None
        if self.echo is not None:
            self.loudspeaker.played = self.echo.played
        self.room = Room(self.microphone, self.loudspeaker, str(ring), clock, station.show_sound)
        station.attach_sounds(self.room)
        self.ears = self._ears(virtual=virtual)
        if self.ears is not None:
            station.attach_ears(self.ears)

    @property
    def parts(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """What has to run, by name."""
        parts: dict[str, Callable[[], Awaitable[None]]] = {
            "microphone": self.microphone.run,
            "loudspeaker": self.loudspeaker.run,
        }
        if self.ears is not None:
            parts["stethoscope"] = self.ears.run
        return parts

    def _virtual(self) -> tuple[Microphone, Loudspeaker]:
        """A generated voice in a room, where the loudspeaker is heard, too."""
        microphone = VirtualMicrophone(voice(), lambda _: self.room.changed())
        return microphone, VirtualLoudspeaker(microphone)

    def _real(self) -> tuple[Microphone, Loudspeaker]:
        """Through PortAudio, hence ALSA or PipeWire."""
        devices = self._configuration.sound
        return (
            PortAudioMicrophone(self._library, devices.microphone or None, self._told("AUD-01", "Micro")),
            PortAudioLoudspeaker(self._library, devices.loudspeaker or None, self._told("AUD-02", "Haut-parleur")),
        )

    def _told(self, code: str, what: str) -> Told:
        def told(phase: SoundPhase) -> None:
            trouble = phase.line and phase is not SoundPhase.OPENING
            self._station.notify(code, f"{what} {phase.line}." if trouble else "")
            self.room.changed()

        return told

    def _ears(self, *, virtual: bool) -> Auscultation | None:
        """The stethoscope, where the cart has one."""
        section = self._configuration.stethoscope
        if not (virtual or section.device):
            return None

        def plug(told: Told) -> Microphone:
            if virtual:
                return stethoscope(told, section.device)
            return PortAudioMicrophone(self._library, section.device, told, KEPT)

        return Auscultation(
            plug,
            label=section.label,
            clock=self._clock,
            attachments=self._attachments,
            folder=self._runtime / "recordings",
            ring=self._runtime / "stethoscope.levels",
            on_change=self._station.show_listening,
            on_full=lambda full: self._station.notify("AUD-07", FULL if full else ""),
        )
